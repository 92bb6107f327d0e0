"""A profile in plain values: what is read, what is refused and where, and the one form in which it is written."""

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_network

import pytest

from edi_gateway.errors import Misuse
from edi_gateway.model.profile import Profile, Tolerances, Waiver
from edi_gateway.partners.profile_form import MEMBERS, UnknownField, read_profile, write_profile
from edi_gateway.syntax.json import canonical
from tests.support.profiles import EVERYTHING, profile


def test_the_example_has_every_name_that_there_is() -> None:
    assert set(EVERYTHING) == set(MEMBERS)


def test_what_is_written_is_what_was_read_and_goes_into_canonical_json() -> None:
    assert write_profile(read_profile(EVERYTHING)) == EVERYTHING
    assert canonical(write_profile(read_profile(EVERYTHING)))


def test_nothing_said_is_nothing_written() -> None:
    assert read_profile({}) == Profile()
    assert write_profile(Profile()) == {}
    assert profile(tolerances={"total": "0.050"}) == Profile()


def test_values_become_what_they_mean() -> None:
    read = read_profile(EVERYTHING)
    assert read.networks == (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    assert read.tolerances == Tolerances(Decimal("0.05"), Decimal("0.10"), Decimal(2))
    assert read.waivers[0] == Waiver(datetime(2027, 6, 30, tzinfo=UTC), "new keys are ordered", rsa_bits=2048)
    assert read.delivery_url == "https://edi.acme.example/inbox"
    assert hash(read) == hash(read_profile(EVERYTHING))


def test_the_order_of_a_set_does_not_matter_and_that_of_waivers_does() -> None:
    assert profile(types=["order", "invoice", "order"]) == profile(types=["invoice", "order"])
    assert profile(networks=["2001:db8::/32", "192.0.2.0/24"]) == profile(networks=["192.0.2.0/24", "2001:db8::/32"])
    waivers = EVERYTHING["waivers"]
    assert profile(waivers=waivers) != profile(waivers=waivers[::-1])


def test_a_time_may_be_toml_s_own_with_its_zone() -> None:
    waiver = 'waivers = [{ rsaBits = 2048, reason = "x", until = 2027-06-30T02:00:00+02:00 }]'
    assert read_profile(tomllib.loads(waiver)).waivers[0].until == datetime(2027, 6, 30, tzinfo=UTC)
    for local in ("2027-06-30T02:00:00", "2027-06-30", "02:00:00"):
        with pytest.raises(Misuse, match=r"waivers\[0\]\.until"):
            read_profile(tomllib.loads(waiver.replace("2027-06-30T02:00:00+02:00", local)))


@pytest.mark.parametrize("plain", [None, [], "x", 1])
def test_what_is_no_table_is_refused(plain: object) -> None:
    with pytest.raises(Misuse, match="table of types"):
        read_profile(plain)


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"typ": 1}, "profile"),
        ({"contacts": [{"name": "x", "fax": "1"}]}, r"profile\.contacts\[0\]"),
        ({"tolerances": {"lines": "1"}}, r"profile\.tolerances"),
        ({"delivery": {"url": "https://a", "key": "x"}}, r"profile\.delivery"),
        ({"waivers": [{"rsa_bits": 2048}]}, r"profile\.waivers\[0\]"),
    ],
)
def test_a_name_that_there_is_not_is_refused_by_name(members: dict[str, object], where: str) -> None:
    with pytest.raises(UnknownField, match=f"^{where}: there is no ") as refused:
        read_profile(members)
    assert refused.value.name in ("typ", "fax", "lines", "key", "rsa_bits")


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"types": []}, "leave it out"),
        ({"types": "order"}, "list"),
        ({"types": [1]}, r"types\[0\]"),
        ({"types": ["a\nb"]}, "printable"),
        ({"types": ["x"] * 101}, "list"),
        ({"rsaBits": 1024}, "from 2048"),
        ({"rsaBits": True}, "from 2048"),
        ({"rsaBits": "2048"}, "from 2048"),
        ({"maxBytes": 0}, "maxBytes"),
        ({"requestsPerMinute": Decimal("1.5")}, "requestsPerMinute"),
        ({"networks": ["192.0.2.1/24"]}, "host bits"),
        ({"networks": ["::/129"]}, "network such as"),
        ({"networks": ["example.com"]}, "network such as"),
        ({"waivers": [{"reason": "x", "rsaBits": 2048}]}, "missing: until"),
        ({"waivers": [{"reason": "x", "until": "2027-01-01T00:00:00Z"}]}, "either an algorithm or rsaBits"),
        (
            {"waivers": [{"reason": "x", "until": "2027-01-01T00:00:00Z", "rsaBits": 2048, "algorithm": "rsa-sha256"}]},
            "either an algorithm or rsaBits",
        ),
        ({"waivers": [{"reason": "x", "until": "2027-01-01T00:00:00Z", "rsaBits": 1024}]}, "from 2048"),
        ({"waivers": [{"reason": "x", "until": "tomorrow", "rsaBits": 2048}]}, "time such as"),
        ({"waivers": [{"reason": " ", "until": "2027-01-01T00:00:00Z", "rsaBits": 2048}]}, "reason"),
        ({"tolerances": {"line": "-1"}}, "amount"),
        ({"tolerances": {"line": "1e3"}}, "amount"),
        ({"tolerances": {"line": "٣"}}, "amount"),
        ({"tolerances": {"line": "."}}, "amount"),
        ({"tolerances": {"line": Decimal("0.05")}}, "text"),
        ({"tolerances": {"line": "1000.01"}}, "1000 at most"),
        ({"tolerances": {"tax": "0.00"}}, "more than 0"),
        ({"levels": {}}, "table such as"),
        ({"levels": {"BR-CO-17": 1}}, "BR-CO-17"),
        ({"delivery": {}}, "missing: url"),
        ({"delivery": {"url": "http://a"}}, "https"),
        ({"delivery": {"url": "https://user:secret@a"}}, "without credentials"),
        ({"delivery": {"url": "https://[a"}}, "https"),
        ({"delivery": {"url": "https://a b"}}, "https"),
        ({"contacts": [{"role": "x"}]}, "missing: name"),
        ({"contacts": ["x"]}, "table of"),
    ],
    ids=repr,
)
def test_what_makes_no_sense_is_refused_with_its_place(members: dict[str, object], why: str) -> None:
    with pytest.raises(Misuse, match=why):
        read_profile(members)
