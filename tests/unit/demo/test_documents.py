from collections.abc import Iterator
from decimal import Decimal

import pytest
from lxml import etree

from edi_gateway.demo import documents
from edi_gateway.demo.trade import ACME, GLOBEX, ITEMS, LINES, Line, cents, totals
from tests.support.ubl import CREDIT_NOTE, INVOICE, ORDER, PREFIXES, at


def check_digit(number: str) -> int:
    """GS1 General Specifications §7.9.1, for any GS1 number without its last digit."""
    return -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(number))) % 10


def amount(root: etree._Element, path: str) -> Decimal:
    return Decimal(at(root, path).text or "")


def amounts(root: etree._Element, path: str) -> Iterator[Decimal]:
    return (Decimal(element.text or "") for element in root.iterfind(path, PREFIXES))


@pytest.mark.parametrize("number", [ACME.gln, GLOBEX.gln, *(item.gtin for item in ITEMS)])
def test_location_and_item_numbers_have_valid_check_digits(number: str) -> None:
    assert int(number[-1]) == check_digit(number[:-1])
    assert len(number) == 13


def test_vat_numbers_have_valid_check_digits() -> None:
    for company in (ACME, GLOBEX):
        product = 10  # ISO 7064, MOD 11,10
        for digit in company.vat[2:-1]:
            product = 2 * ((int(digit) + product) % 10 or 10) % 11
        assert int(company.vat[-1]) == (11 - product) % 10


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("-0.005", "0.00"), ("-1.005", "-1.00"), ("-2.675", "-2.67"), ("2.674", "2.67")],
)
def test_halves_are_rounded_upward(amount: str, rounded: str) -> None:
    assert cents(Decimal(amount)) == Decimal(rounded)


@pytest.mark.parametrize("content", [INVOICE, CREDIT_NOTE])
def test_the_amounts_add_up(content: bytes) -> None:
    root = etree.fromstring(content)
    total = at(root, "cac:LegalMonetaryTotal")
    lines = [*amounts(root, "cac:InvoiceLine/cbc:LineExtensionAmount")] or [
        *amounts(root, "cac:CreditNoteLine/cbc:LineExtensionAmount")
    ]
    net, gross = amount(total, "cbc:TaxExclusiveAmount"), amount(total, "cbc:TaxInclusiveAmount")
    tax = amount(root, "cac:TaxTotal/cbc:TaxAmount")
    charge = amount(root, "cac:AllowanceCharge/cbc:Amount")
    assert amount(total, "cbc:LineExtensionAmount") == sum(lines)  # BR-CO-10
    assert amount(total, "cbc:ChargeTotalAmount") == charge  # BR-CO-12
    assert net == sum(lines) + charge  # BR-CO-13
    assert tax == sum(amounts(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount"))  # BR-CO-14
    assert gross == net + tax  # BR-CO-15
    assert amount(total, "cbc:PayableAmount") == gross  # BR-CO-16
    assert net == sum(amounts(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount"))
    for part in root.iterfind("cac:TaxTotal/cac:TaxSubtotal", PREFIXES):
        base, rate = amount(part, "cbc:TaxableAmount"), amount(part, "cac:TaxCategory/cbc:Percent")
        assert amount(part, "cbc:TaxAmount") == cents(base * rate / 100)  # BR-CO-17


def test_a_line_is_quantity_times_price() -> None:
    assert Line(Decimal(5000), ITEMS[0]).net == Decimal("39250.00")
    assert totals(LINES).lines == sum(line.net for line in LINES)


def test_an_invoice_is_of_the_size_that_invoices_are() -> None:
    assert 9_000 < len(INVOICE) < 13_000


def test_the_same_arguments_give_the_same_octets() -> None:
    assert documents.order("PO-1001", GLOBEX, ACME) == ORDER


def test_what_a_number_holds_is_escaped() -> None:
    order = etree.fromstring(documents.order("<&>", GLOBEX, ACME))
    assert at(order, "cbc:ID").text == "<&>"
