"""Agreeing on a profile: the statement for a version, what changes nothing, and what names nothing that exists."""

import pytest

from edi_gateway.errors import Misuse
from edi_gateway.model.partner import Identifier, Partner
from edi_gateway.model.profile import Profile
from edi_gateway.partners.keyring import directory
from edi_gateway.partners.profile_form import read_profile
from edi_gateway.receipts.statement import digest
from edi_gateway.signatures.policy import Policy
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.enrol import Office
from edi_gateway.workflows.profiles import Unchanged, check_profile, set_profile
from tests.support.gateway import NOW
from tests.support.profiles import EVERYTHING, profile


def office(agreed: Profile | None = None) -> Office:
    acme = Partner("acme", "Acme", (Identifier("test", "acme"),), profile=agreed)
    return Office(directory([acme], []), Policy(), "localhost/ledger", NOW, "0199", "anna")


def test_a_version_is_named_by_its_number_and_its_digest_with_who_and_why() -> None:
    change = set_profile("acme", read_profile(EVERYTHING), " agreement ", office())
    assert change.party == "acme"
    assert change.draft == {
        "type": "partner.profiled",
        "id": "0199",
        "origin": "localhost/ledger",
        "by": "anna",
        "partner": {"id": "acme"},
        "profile": {"version": 1, "digest": digest(canonical(EVERYTHING))},
        "changed": list(EVERYTHING),
        "reason": "agreement",
    }
    assert change.partner.profile == read_profile(EVERYTHING)


def test_the_next_version_says_what_changed() -> None:
    before = set_profile("acme", profile(maxBytes=5, types=["order"]), None, office()).partner.profile
    after = set_profile("acme", profile(maxBytes=6, rsaBits=3072), None, office(before))
    assert (after.draft["profile"]["version"], after.draft["changed"]) == (2, ["types", "rsaBits", "maxBytes"])
    assert "reason" not in after.draft
    nothing = set_profile("acme", Profile(), None, office(after.partner.profile))
    assert (nothing.draft["profile"]["version"], nothing.draft["changed"]) == (3, ["rsaBits", "maxBytes"])


def test_what_changes_nothing_is_no_version() -> None:
    before = set_profile("acme", profile(types=["order", "invoice"]), None, office()).partner.profile
    with pytest.raises(Unchanged, match="already"):
        set_profile("acme", profile(types=["invoice", "order"]), None, office(before))
    with pytest.raises(Unchanged):
        set_profile("acme", Profile(), None, office())


def test_a_partner_who_does_not_exist_and_a_reason_that_says_nothing_are_refused() -> None:
    with pytest.raises(Misuse, match="no partner globex"):
        set_profile("globex", profile(maxBytes=5), None, office())
    with pytest.raises(Misuse, match="reason"):
        set_profile("acme", profile(maxBytes=5), " ", office())


def test_everything_that_there_is_may_be_named() -> None:
    check_profile(read_profile(EVERYTHING))


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"types": ["bill"]}, "types: there is no 'bill'; there is order"),
        ({"formats": ["ubl-2.2-order"]}, "formats: there is no"),
        ({"signatureFormats": ["pgp"]}, "signatureFormats: there is no"),
        ({"algorithms": ["rsa-sha1"]}, "algorithms: there is no 'rsa-sha1'"),
        ({"algorithms": ["dsa-sha256"]}, "algorithms: there is no"),
        (
            {"waivers": [{"algorithm": "ecdsa-sha1", "until": "2027-01-01T00:00:00Z", "reason": "x"}]},
            "waivers: there is no 'ecdsa-sha1'",
        ),
        ({"ruleSets": ["peppol"]}, "ruleSets: there is no 'peppol'; there is en16931"),
        ({"levels": {"BR-CO-17": "mild"}}, "levels: there is no 'mild'"),
        ({"levels": {"GW-DOC-001": "warning"}}, "'GW-DOC-001' is no rule"),
        ({"levels": {"BR-CO-99": "warning"}}, "'BR-CO-99' is no rule"),
    ],
    ids=repr,
)
def test_what_does_not_exist_or_is_not_trusted_can_not_be_agreed_on(members: dict[str, object], why: str) -> None:
    with pytest.raises(Misuse, match=why):
        set_profile("acme", read_profile(members), None, office())
