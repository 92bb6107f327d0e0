from datetime import date

import pytest

from edi_gateway.documents import cii, en16931
from edi_gateway.documents.rulesets import JUDGES, Judging, claimed, known, named
from edi_gateway.documents.ubl import ROOTS
from edi_gateway.documents.validate import validate
from edi_gateway.errors import Misuse
from edi_gateway.model.document import Reading, Ruleset
from tests.support.ubl import INVOICE, ORDER, changed, drop, set_text, verified

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE_ROOT = f"{{{UBL}Invoice-2}}Invoice"
CORE = "urn:cen.eu:en16931:2017"
EN16931 = Ruleset("en16931", "1.3.16")
FRAGMENT = f'<CreditNote xmlns="{UBL}CreditNote-2"/>'.encode()


def names(root: str, customization: str | None, profile: str | None = None) -> list[str]:
    return [each.name for each in claimed(root, customization, profile)]


def rules(reading: Reading) -> set[str]:
    return {finding.rule for finding in reading.findings}


def test_each_row_of_the_catalogue_has_a_judge_and_is_for_documents_that_are_read() -> None:
    assert {(each.name, each.version) for each in known()} == set(JUDGES)
    assert {root for each in known() for root in each.roots} <= {*ROOTS, cii.ROOT}
    assert en16931.RULESET in JUDGES


@pytest.mark.parametrize(
    "customization",
    [
        CORE,
        f"{CORE}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
        f"{CORE}#compliant#urn:fdc:nen.nl:nlcius:v1.0",
    ],
)
def test_en_16931_is_asked_of_what_claims_its_core_or_narrows_it_down(customization: str) -> None:
    assert names(INVOICE_ROOT, customization) == ["en16931"]
    assert names(f"{{{UBL}CreditNote-2}}CreditNote", customization) == ["en16931"]


@pytest.mark.parametrize(
    "customization",
    [None, "", f"{CORE}1", f"urn:x#{CORE}", f"{CORE}#conformant#urn:factur-x.eu:1p0:extended", "OIOUBL-2.1"],
)
def test_en_16931_is_not_asked_of_what_claims_something_else_or_extends_it(customization: str | None) -> None:
    assert names(INVOICE_ROOT, customization) == []


def test_en_16931_is_for_invoices_alone() -> None:
    assert names(f"{{{UBL}Order-2}}Order", CORE) == []


def test_an_invoice_that_claims_en_16931_is_judged_by_it() -> None:
    wrong = changed(INVOICE, set_text("cac:LegalMonetaryTotal/cbc:PayableAmount", "1.00"))
    reading = validate(verified(wrong))
    assert reading.ruleset[-1] == EN16931
    (finding,) = reading.findings
    assert (finding.rule, finding.severity, finding.stage) == ("BR-CO-16", "fatal", "rules")
    assert (finding.expected, finding.actual) == ("5044.91", "1.00")
    assert finding.terms[0] == "BT-115"
    assert finding.locations[0].xpath == "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"


def test_an_invoice_that_does_not_claim_it_is_not_unless_the_rule_set_is_named() -> None:
    plain = changed(INVOICE, drop("cbc:CustomizationID"))
    assert EN16931 not in validate(verified(plain)).ruleset
    assert rules(validate(verified(plain), Judging(ruleset="en16931"))) == {"BR-01"}


def test_no_rules_are_asked_where_the_schema_is_broken() -> None:
    reading = validate(verified(changed(INVOICE, drop("cbc:ID"))))
    assert rules(reading) == {"XSD-SCHEMAV_ELEMENT_CONTENT"}
    assert reading.reached == "schema"


def test_the_rules_alone_are_asked_of_what_no_schema_accepts() -> None:
    reading = validate(verified(FRAGMENT), Judging(ruleset="en16931", rules_only=True))
    assert {"BR-01", "BR-02", "BR-CO-18"} <= rules(reading)
    assert reading.ruleset == (EN16931,)
    assert "GW-DOC-001" in rules(validate(verified(FRAGMENT), Judging(rules_only=True)))


def test_a_named_rule_set_is_asked_of_any_fragment() -> None:
    reading = validate(verified(b"<part/>"), Judging(ruleset="en16931", rules_only=True))
    assert (reading.document, reading.findings) == (None, ())


def test_a_rule_set_is_not_asked_of_documents_that_it_is_not_for() -> None:
    with pytest.raises(Misuse, match="not for a document"):
        validate(verified(ORDER), Judging(ruleset="en16931"))


def test_a_rule_set_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(Misuse, match="en16931"):
        named("peppol")


def test_a_version_counts_from_its_day_and_an_earlier_day_has_the_newest() -> None:
    (only,) = (each for each in known() if each.name == "en16931")
    assert only.is_in_force(date(2026, 11, 22))
    assert not only.is_in_force(date(2020, 1, 1))
    assert named("en16931", date(2026, 11, 22)) == named("en16931", date(2020, 1, 1)) == only
