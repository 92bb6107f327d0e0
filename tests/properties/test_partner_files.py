"""Whatever partners there are: what is written of them is read as the same, and takes over as the same elsewhere."""

import json
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network

from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.documents.grading import gradable
from edi_gateway.documents.validate import formats
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import Identifier, Partner, PartnerKey
from edi_gateway.partners.keyring import Directory, directory
from edi_gateway.partners.partner_form import read_partners, write_partner
from edi_gateway.partners.profile_form import read_profile, write_profile
from edi_gateway.signatures.policy import ALGORITHMS, Policy
from edi_gateway.syntax import json as strict_json
from edi_gateway.workflows.apply_partners import plan
from edi_gateway.workflows.enrol import Office
from tests.support import jws
from tests.support.gateway import NOW

LINE = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
MOMENT = st.integers(0, 10**12).map(lambda after: timestamp(NOW + timedelta(milliseconds=after)))
AMOUNT = st.decimals(0, 1000, places=2).map(str)
TAX = st.decimals("0.01", 1000, places=2).map(str)
NETWORK = st.one_of(
    st.builds(lambda a, bits: str(IPv4Network((a, bits), False)), st.integers(0, 2**32 - 1), st.integers(0, 32)),
    st.builds(lambda a, bits: str(IPv6Network((a, bits), False)), st.integers(0, 2**128 - 1), st.integers(0, 128)),
)


def some(values: object) -> st.SearchStrategy:
    return st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=4)


WAIVER = st.fixed_dictionaries({"until": MOMENT, "reason": LINE}).flatmap(
    lambda waiver: st.one_of(
        st.integers(2048, 8192).map(lambda bits: waiver | {"rsaBits": bits}),
        st.sampled_from(["rsa-sha256", "ed25519"]).map(lambda name: waiver | {"algorithm": name}),
    )
)
PROFILE = st.fixed_dictionaries(
    {},
    optional={
        "types": some(["order", "invoice", "contract"]),
        "formats": some(formats()),
        "signatureFormats": some(["cms", "jws", "smime", "xmldsig"]),
        "algorithms": some([name for name, one in ALGORITHMS.items() if not one.barred]),
        "rsaBits": st.integers(2048, 8192),
        "waivers": st.lists(WAIVER, min_size=1, max_size=3),
        "maxBytes": st.integers(1, 2**40),
        "requestsPerMinute": st.integers(1, 10**6),
        "networks": st.lists(NETWORK, min_size=1, max_size=3),
        "tolerances": st.fixed_dictionaries({}, optional={"line": AMOUNT, "total": AMOUNT, "tax": TAX}),
        "ruleSets": st.just(["en16931"]),
        "levels": st.dictionaries(
            st.sampled_from(sorted(gradable())),
            st.sampled_from(["fatal", "error", "warning", "information"]),
            min_size=1,
        ),
        "contracts": st.sampled_from(["noticed", "required"]),
        "delivery": st.just({"url": "https://edi.example/x"}),
        "contacts": st.lists(
            st.fixed_dictionaries({"name": LINE}, optional=dict.fromkeys(("role", "email", "phone"), LINE)),
            min_size=1,
            max_size=2,
        ),
    },
)
KEY = st.builds(
    lambda kind, days, purpose: PartnerKey(
        fingerprint=jws.fingerprint(jws.key(kind)),
        partner="",
        spki=jws.spki(jws.key(kind)),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=days) if days else None,
        purpose=purpose,
        public_key=jws.key(kind).public_key(),
    ),
    st.sampled_from(["p256", "p384", "ed25519"]),
    st.integers(0, 1000),
    st.sampled_from(["document-signature", "http-signature"]),
)


@st.composite
def directories(draw: st.DrawFn) -> tuple[Directory, list[PartnerKey]]:
    partners = []
    for number in range(draw(st.integers(1, 3))):
        profile = draw(st.one_of(st.none(), PROFILE))
        owned = {Identifier("test", f"{number}-{each}") for each in draw(st.sets(st.integers(0, 9), min_size=1))}
        agreed = None if profile is None else read_profile(profile)
        partners.append(Partner(f"p{number}", draw(LINE), tuple(sorted(owned)), draw(st.booleans()), agreed))
    keys = draw(st.lists(KEY, max_size=2, unique_by=lambda key: key.fingerprint))
    return directory(partners, keys), keys


def written(known: Directory, keys: list[PartnerKey]) -> list[object]:
    """As `partner export` writes it; the first partner has the keys."""
    return [write_partner(one, keys if one.id == "p0" else ()) for one in known.partners.values()]


@given(PROFILE)
def test_a_profile_that_is_written_is_read_as_the_same(plain: dict[str, object]) -> None:
    profile = read_profile(plain)
    assert read_profile(strict_json.parse(strict_json.canonical(write_profile(profile)))) == profile


@given(directories())
def test_partners_that_are_exported_are_taken_over_and_then_there_is_nothing_to_change(
    made: tuple[Directory, list[PartnerKey]],
) -> None:
    known, keys = made
    file = json.dumps({"partners": written(known, keys)}).encode()
    wanted = read_partners(strict_json.parse(file), lambda name: b"")
    office = Office(directory((), ()), Policy(2048, 2048), "localhost/ledger", NOW, "0199")
    ids = iter(range(1000))
    done = plan(wanted, office, lambda: str(next(ids)))
    for change in done.changes:
        after = office.directory.with_key(change.key) if change.key else office.directory.with_partner(change.partner)
        office = Office(after, office.policy, office.origin, office.at, office.uid)
    for id, partner in known.partners.items():
        taken = office.directory.partners[id]
        assert (taken.name, set(taken.identifiers), taken.suspended) == (
            partner.name,
            set(partner.identifiers),
            partner.suspended,
        )
        assert write_profile(taken.profile or read_profile({})) == write_profile(partner.profile or read_profile({}))
    assert plan(wanted, office, lambda: "").changes == ()
    again = office.directory.keys_of.get("p0", ())
    assert [(key.fingerprint, key.valid_until, key.purpose) for key in again] == [
        (key.fingerprint, key.valid_until, key.purpose) for key in keys
    ]
