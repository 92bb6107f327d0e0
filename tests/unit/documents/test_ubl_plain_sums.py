"""What adds up at a glance: the plain documents do, and none that the exact rules would speak of."""

from decimal import Decimal
from random import Random

import pytest
from lxml import etree

from edi_gateway.documents.schema import compiled
from edi_gateway.documents.ubl import arithmetic
from edi_gateway.documents.ubl.kinds import KINDS
from edi_gateway.documents.ubl.plain_sums import adds_up
from edi_gateway.model.profile import STRICT, Tolerances
from tests.support import invoices, mutations
from tests.support.ubl import CBC, CREDIT_NOTE, INVOICE, ORDER, at, changed, set_text
from tests.support.ubl_family import DESPATCH_ADVICE, ORDER_CHANGE, REMITTANCE_ADVICE

MONETARY = "cac:LegalMonetaryTotal/cbc:"


def is_plain(content: bytes, within: Tolerances = STRICT) -> bool:
    root = etree.fromstring(content)
    return adds_up(root, KINDS[str(root.tag)], within)


@pytest.mark.parametrize(
    "content", [INVOICE, CREDIT_NOTE, ORDER, ORDER_CHANGE], ids=["invoice", "credit", "order", "change"]
)
def test_what_adds_up_to_the_cent_is_asked_no_more(content: bytes) -> None:
    assert is_plain(content)


@pytest.mark.parametrize("content", [DESPATCH_ADVICE, REMITTANCE_ADVICE], ids=["despatch advice", "remittance advice"])
def test_a_document_without_a_monetary_total_is_left_to_the_rules(content: bytes) -> None:
    assert not is_plain(content)


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"{MONETARY}{each}Amount"
            for each in ("LineExtension", "TaxExclusive", "TaxInclusive", "ChargeTotal", "Payable")
        ),
        *("cac:InvoiceLine/cbc:LineExtensionAmount", "cac:InvoiceLine/cac:Price/cbc:PriceAmount"),
        *("cac:InvoiceLine/cbc:InvoicedQuantity", "cac:TaxTotal/cbc:TaxAmount", "cac:AllowanceCharge/cbc:Amount"),
        "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount",
    ],
)
@pytest.mark.parametrize("off", ["0.01", "-0.0000000001"])
def test_no_number_may_be_off_by_the_least(path: str, off: str) -> None:
    was = at(etree.fromstring(INVOICE), path).text or ""
    assert not is_plain(changed(INVOICE, set_text(path, str(Decimal(was) + Decimal(off)))))


def test_a_tax_that_may_not_be_off_at_all_is_left_to_the_rules() -> None:
    assert not is_plain(INVOICE, Tolerances(tax=Decimal(0)))


@pytest.mark.parametrize("text", ["1e999999", "NaN", "sNaN", "none", "1" * 400 + ".5"])
def test_what_is_no_plain_number_is_left_to_the_rules(text: str) -> None:
    assert not is_plain(changed(INVOICE, set_text("cac:InvoiceLine/cac:Price/cbc:PriceAmount", text)))


def test_a_rate_at_another_place_is_left_to_the_rules() -> None:
    def rate(root: etree._Element) -> None:
        subtotal = at(root, "cac:TaxTotal/cac:TaxSubtotal")
        subtotal.insert(2, etree.Element(f"{CBC}Percent"))
        subtotal[2].text = "99"

    content = changed(INVOICE, rate)
    assert not is_plain(content)
    assert [each.rule for each in arithmetic.check(etree.fromstring(content), valid=True)] == ["GW-SUM-007"]


def test_a_wrong_number_of_lines_is_left_to_the_rules() -> None:
    def count(root: etree._Element) -> None:
        etree.SubElement(root, f"{CBC}LineCountNumeric").text = "1"

    assert not is_plain(changed(INVOICE, count))


def test_whatever_adds_up_at_a_glance_breaks_no_rule() -> None:
    plain = 0
    for seed in range(600):
        chance = Random(seed)
        root = invoices.invoice(chance)
        if seed % 3:
            mutations.mutate(root, chance)
        tree = etree.fromstring(etree.tostring(root))
        kind = KINDS[str(tree.tag)]
        with compiled("ubl-2.1-credit-note" if "CreditNote" in str(tree.tag) else "ubl-2.1-invoice") as schema:
            if not schema.validate(tree):
                continue
        if adds_up(tree, kind, STRICT):
            plain += 1
            assert arithmetic.check(tree) == (), seed
    assert plain > 50
