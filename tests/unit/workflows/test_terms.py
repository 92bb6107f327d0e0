"""What was agreed, held against what is sent: how much, how often, from where, and signed how."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from edi_gateway.errors import Misuse, Rejection, TooFast
from edi_gateway.model.partner import Identifier, Partner, PartnerKey
from edi_gateway.model.profile import Profile
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.partners.keyring import directory
from edi_gateway.signatures.policy import Policy
from edi_gateway.workflows import enrol
from edi_gateway.workflows.terms import Pace, check_pace, check_size, check_way, judge_signature
from tests.support import jws
from tests.support.gateway import NOW
from tests.support.profiles import profile

KEY = jws.partner_key(jws.key("p256"))
RSA = jws.partner_key(jws.key("rsa"))
OTHERS = jws.partner_key(jws.key("p256", "globex"), "globex")
SECOND = timedelta(seconds=1)


def partner(agreed: Profile | None, id: str = "acme") -> Partner:
    return Partner(id, id.title(), (Identifier("test", id),), profile=agreed)


def sent(body: bytes = b"x", peer: str = "192.0.2.1", after: timedelta = timedelta()) -> Transmission:
    return Transmission(body, "application/cms", NOW + after, {}, peer)


def signed(key: PartnerKey = KEY, algorithm: str = "ecdsa-sha256") -> Verified:
    return Verified("cms", "application/xml", b"", key, algorithm, algorithm.rpartition("-")[2])


def rules(agreed: Profile | None, verified: Verified, policy: Policy, after: timedelta = timedelta()) -> list[str]:
    return [finding.rule for finding in judge_signature(agreed, verified, NOW + after, policy)]


class TestSize:
    def test_up_to_the_limit_is_accepted_and_no_more(self) -> None:
        known = directory([partner(profile(maxBytes=4))], [KEY])
        check_size(sent(b"1234"), [KEY], known)
        with pytest.raises(Rejection, match="at most 4 bytes") as refused:
            check_size(sent(b"12345"), [KEY], known)
        assert refused.value.code == "body-too-large"

    def test_where_several_partners_may_be_meant_the_largest_limit_holds(self) -> None:
        limited = [partner(profile(maxBytes=4)), partner(profile(maxBytes=6), "globex")]
        check_size(sent(b"123456"), [KEY, OTHERS], directory(limited, [KEY, OTHERS]))
        with pytest.raises(Rejection, match="at most 6 bytes"):
            check_size(sent(b"1234567"), [KEY, OTHERS], directory(limited, [KEY, OTHERS]))
        unlimited = [limited[0], partner(None, "globex")]
        check_size(sent(b"1234567"), [KEY, OTHERS], directory(unlimited, [KEY, OTHERS]))


class TestPace:
    def test_as_many_as_agreed_may_come_at_once_and_then_evenly(self) -> None:
        pace, acme = Pace(), partner(profile(requestsPerMinute=6))
        for _ in range(6):
            check_pace(acme, sent(), pace)
        with pytest.raises(TooFast, match="6 documents a minute") as refused:
            check_pace(acme, sent(after=4 * SECOND), pace)
        assert (refused.value.code, refused.value.retry_after) == ("too-fast", 6)
        check_pace(acme, sent(after=10 * SECOND), pace)
        with pytest.raises(TooFast):
            check_pace(acme, sent(after=11 * SECOND), pace)
        for _ in range(6):
            check_pace(acme, sent(after=timedelta(hours=1)), pace)
        with pytest.raises(TooFast):
            check_pace(acme, sent(after=timedelta(hours=1)), pace)

    def test_partners_and_networks_that_were_not_agreed_on_are_counted_apart(self) -> None:
        pace, acme = Pace(), partner(profile(requestsPerMinute=1, networks=["192.0.2.0/24"]))
        check_pace(acme, sent(peer="203.0.113.5"), pace)
        with pytest.raises(TooFast):
            check_pace(acme, sent(peer="203.0.113.6"), pace)
        check_pace(acme, sent(), pace)
        check_pace(partner(profile(requestsPerMinute=1), "globex"), sent(), pace)
        with pytest.raises(TooFast):
            check_pace(acme, sent(), pace)

    def test_a_clock_that_is_set_back_gives_nothing_away(self) -> None:
        pace, acme = Pace(), partner(profile(requestsPerMinute=1))
        check_pace(acme, sent(), pace)
        for moment in (-timedelta(hours=1), -timedelta(minutes=59, seconds=59)):
            with pytest.raises(TooFast):
                check_pace(acme, sent(after=moment), pace)

    def test_nobody_is_counted_with_whom_nothing_was_agreed(self) -> None:
        pace = Pace()
        for agreed in (None, profile(maxBytes=1)):
            for _ in range(1000):
                check_pace(partner(agreed), sent(), pace)


@pytest.mark.parametrize(
    ("peer", "permitted"),
    [
        ("192.0.2.0", True),
        ("192.0.2.255", True),
        ("192.0.3.0", False),
        ("::ffff:192.0.2.7", True),
        ("::ffff:192.0.3.7", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("fe80::1%eth0", True),
        ("", False),
        ("localhost", False),
    ],
)
def test_a_network_is_told_by_the_address(peer: str, permitted: bool) -> None:
    agreed = profile(networks=["192.0.2.0/24", "2001:db8::/32", "fe80::/64"])
    if permitted:
        check_way(agreed, signed(), peer)
    else:
        with pytest.raises(Rejection) as refused:
            check_way(agreed, signed(), peer)
        assert refused.value.code == "network-not-permitted"
        assert peer not in refused.value.detail or not peer


def test_a_format_of_signatures_that_was_not_agreed_on_is_refused() -> None:
    check_way(profile(signatureFormats=["cms"]), signed(), "")
    with pytest.raises(Rejection, match="cms was not agreed on, but jws, xmldsig") as refused:
        check_way(profile(signatureFormats=["xmldsig", "jws"]), signed(), "")
    assert refused.value.code == "document-not-permitted"


class TestAlgorithms:
    def test_an_algorithm_that_was_not_agreed_on_is_barred(self) -> None:
        assert rules(profile(algorithms=["ecdsa-sha256"]), signed(), Policy()) == []
        with pytest.raises(Rejection, match="ecdsa-sha384 was not agreed on, but ecdsa-sha256") as refused:
            rules(profile(algorithms=["ecdsa-sha256"]), signed(algorithm="ecdsa-sha384"), Policy())
        assert refused.value.code == "algorithm-barred"

    def test_a_waiver_lets_it_pass_with_a_warning_until_it_ends(self) -> None:
        until = {"until": "2026-11-23T12:00:01Z", "reason": "x"}
        agreed = profile(algorithms=["ecdsa-sha256"], waivers=[{"algorithm": "ecdsa-sha384", **until}])
        assert rules(agreed, signed(algorithm="ecdsa-sha384"), Policy()) == ["GW-SIG-003"]
        assert rules(agreed, signed(), Policy()) == []
        with pytest.raises(Rejection, match="not agreed"):
            rules(agreed, signed(algorithm="ecdsa-sha384"), Policy(), SECOND)

    @pytest.mark.parametrize("algorithm", ["ecdsa-sha1", "rsa-md5"])
    def test_no_waiver_makes_a_broken_digest_acceptable(self, algorithm: str) -> None:
        waiver = {"algorithm": algorithm, "until": "2027-01-01T00:00:00Z", "reason": "x"}
        with pytest.raises(Rejection, match="no longer accepted"):
            rules(profile(algorithms=[algorithm], waivers=[waiver]), signed(algorithm=algorithm), Policy())

    def test_rsa_keys_are_as_long_as_agreed_or_as_everybody_s(self) -> None:
        rsa_2048 = signed(RSA, "rsa-sha256")
        assert rules(profile(), rsa_2048, Policy(2048, 2048)) == []
        assert rules(None, rsa_2048, Policy(2048, 2048)) == []
        for agreed, policy in ((profile(rsaBits=3072), Policy(2048, 2048)), (profile(rsaBits=2048), Policy(3072))):
            with pytest.raises(Rejection, match="at least 3072"):
                rules(agreed, rsa_2048, policy)

    def test_a_waiver_lets_a_shorter_rsa_key_pass(self) -> None:
        waiver = {"rsaBits": 2048, "until": "2026-11-23T12:00:01Z", "reason": "x"}
        agreed, rsa_2048 = profile(waivers=[waiver]), signed(RSA, "rsa-sha256")
        assert rules(agreed, rsa_2048, Policy(3072, 3072)) == ["GW-SIG-001", "GW-SIG-003"]
        assert rules(agreed, rsa_2048, Policy(2048, 2048)) == []
        with pytest.raises(Rejection, match="at least 3072"):
            rules(agreed, rsa_2048, Policy(3072, 3072), SECOND)
        longer = jws.partner_key(rsa.generate_private_key(65537, 3072))
        assert rules(agreed, signed(longer, "rsa-sha256"), Policy(3072, 3072)) == []

    def test_under_a_waiver_a_shorter_key_is_enrolled(self) -> None:
        waiver = {"rsaBits": 2048, "until": "2026-11-23T12:00:01Z", "reason": "x"}
        known = directory([partner(profile(waivers=[waiver]))], [])
        office = enrol.Office(known, Policy(3072, 3072), "localhost/ledger", NOW, "0199")
        assert enrol.add_key("acme", RSA.spki, (None, None), office).type == "key.added"
        with pytest.raises(Misuse, match="at least 3072"):
            enrol.add_key("acme", RSA.spki, (None, None), replace(office, at=NOW + SECOND))
