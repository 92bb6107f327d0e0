"""Dates, parties, totals and lines of every kind of UBL document, as a comparison of order, delivery and bill needs."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from lxml import etree

from edi_gateway.demo.trade import ACME, GLOBEX, LINES
from edi_gateway.documents import ubl
from edi_gateway.documents.schema import catalogue
from edi_gateway.documents.ubl.layout import Path
from edi_gateway.documents.ubl.particulars_tables import PARTICULARS, LineLayout
from edi_gateway.documents.ubl.tables import LAYOUTS
from edi_gateway.errors import Rejection
from edi_gateway.model.particulars import Amount, Line, LineReference, Particulars, Price, Quantity
from edi_gateway.model.partner import Identifier
from tests.support.ubl import (
    BY_FORMAT,
    CAC,
    CBC,
    CREDIT_NOTE,
    INVOICE,
    ORDER,
    ORDER_RESPONSE,
    at,
    changed,
    drop,
    set_text,
)
from tests.support.ubl_family import (
    APPLICATION_RESPONSE,
    DESPATCH_ADVICE,
    ORDER_CHANGE,
    ORDER_RESPONSE_SIMPLE,
    RECEIPT_ADVICE,
    REMITTANCE_ADVICE,
)


def particulars(content: bytes) -> Particulars:
    return ubl.particulars(etree.fromstring(content))


def only_line(content: bytes) -> Line:
    (line,) = particulars(content).lines
    return line


def test_a_line_of_an_order_says_what_is_ordered_at_which_price() -> None:
    lines = particulars(ORDER).lines
    assert [line.number for line in lines] == [str(place) for place, _ in enumerate(LINES, 1)]
    for line, sold in zip(lines, LINES, strict=True):
        assert line.quantity("ordered") == Quantity(sold.quantity, sold.item.unit)
        assert line.amount("net") == Amount(sold.net, "EUR")
        assert line.price == Price(Amount(sold.item.price, "EUR"))
        assert line.item is not None
        assert (line.item.name, line.item.seller_number) == (sold.item.name, sold.item.number)
        assert line.item.standard == Identifier("0160", sold.item.gtin)


def test_a_line_of_a_bill_names_the_line_that_was_ordered() -> None:
    for content, word in ((INVOICE, "invoiced"), (CREDIT_NOTE, "credited")):
        line = particulars(content).lines[0]
        assert line.quantity(word) == Quantity(LINES[0].quantity, "C62")
        assert line.references == (LineReference("order", line="1"),)


def test_a_response_answers_line_by_line() -> None:
    response = particulars(ORDER_RESPONSE)
    assert response.codes == (("response", "CA"),)
    assert [line.references for line in response.lines] == [(LineReference("order", line=each),) for each in "12"]
    assert particulars(ORDER_RESPONSE_SIMPLE).codes == (("accepted", "true"),)


def test_a_changed_line_says_how() -> None:
    assert only_line(ORDER_CHANGE).codes == (("status", "3"),)


def test_a_delivery_says_what_came_and_what_will() -> None:
    line = only_line(DESPATCH_ADVICE)
    assert line.quantities == (("delivered", Quantity(Decimal(8), "C62")), ("backorder", Quantity(Decimal(2), "C62")))
    assert line.references == (LineReference("order", line="1"),)


def test_a_receipt_says_what_was_kept_of_which_delivery() -> None:
    line = only_line(RECEIPT_ADVICE)
    assert (line.quantity("received"), line.quantity("rejected")) == (
        Quantity(Decimal(8), "C62"),
        Quantity(Decimal(1), "C62"),
    )
    assert line.quantity("short") is None
    assert line.references == (LineReference("order", line="1"), LineReference("despatch-advice", "1", "DA-1"))


def test_a_payment_says_which_bills_it_settles() -> None:
    advice = particulars(REMITTANCE_ADVICE)
    assert [(line.amounts, line.references) for line in advice.lines] == [
        ((("debit", Amount(Decimal("100.00"), "EUR")),), (LineReference("invoice", number="INV-1"),)),
        ((("credit", Amount(Decimal("10.00"), "EUR")),), (LineReference("credit-note", number="CN-1"),)),
    ]
    assert advice.total("payable") == Amount(Decimal("90.00"), "EUR")


def test_an_answer_about_a_line_names_its_document() -> None:
    def about_a_line(root: etree._Element) -> None:
        answer = etree.SubElement(at(root, "cac:DocumentResponse"), f"{CAC}LineResponse")
        etree.SubElement(etree.SubElement(answer, f"{CAC}LineReference"), f"{CBC}LineID").text = "3"
        response = etree.SubElement(answer, f"{CAC}Response")
        etree.SubElement(response, f"{CBC}ResponseCode").text = "BV"
        for reason in ("QTY", "PRI"):
            etree.SubElement(etree.SubElement(response, f"{CAC}Status"), f"{CBC}StatusReasonCode").text = reason

    document, line = particulars(changed(APPLICATION_RESPONSE, about_a_line)).lines
    assert (document.codes, document.references) == ((("response", "AP"),), (LineReference("invoice", number="INV-1"),))
    assert line.codes == (("response", "BV"), ("reason", "QTY"), ("reason", "PRI"))
    assert line.references == (LineReference("document", line="3"), LineReference("invoice", number="INV-1"))


def test_a_line_of_an_invoice_may_say_which_delivery_of_which_order_it_bills() -> None:
    def add(root: etree._Element) -> None:
        reference = at(root, "cac:InvoiceLine/cac:OrderLineReference")
        etree.SubElement(etree.SubElement(reference, f"{CAC}OrderReference"), f"{CBC}ID").text = "PO-7"
        for name, number in (("Despatch", "DA-7"), ("Receipt", "RA-7")):
            line = etree.Element(f"{CAC}{name}LineReference")
            etree.SubElement(line, f"{CBC}LineID").text = "2"
            etree.SubElement(etree.SubElement(line, f"{CAC}DocumentReference"), f"{CBC}ID").text = number
            reference.addnext(line)
            reference = line

    content = changed(INVOICE, add)
    assert particulars(content).lines[0].references == (
        LineReference("order", "1", "PO-7"),
        LineReference("despatch-advice", "2", "DA-7"),
        LineReference("receipt-advice", "2", "RA-7"),
    )


def test_parties_dates_and_totals_have_words() -> None:
    order, invoice = particulars(ORDER), particulars(INVOICE)
    assert {word: party.name for word, party in order.parties} == {"buyer": GLOBEX.name, "seller": ACME.name}
    assert {word: party.name for word, party in invoice.parties} == {"supplier": ACME.name, "customer": GLOBEX.name}
    assert dict(order.dates) == {"valid-until": date(2026, 12, 7), "requested-from": date(2026, 11, 30)}
    assert dict(invoice.dates) == {"due": date(2026, 12, 23), "delivered": date(2026, 11, 23)}
    assert invoice.codes == (("type", "380"),)
    words = ["net", "without-tax", "tax", "with-tax", "charges", "payable"]
    assert [word for word, _ in order.totals] == [word for word, _ in invoice.totals] == words


@pytest.mark.parametrize(("per", "one"), [("4", Decimal("2.5")), ("0", None), ("", Decimal(10))])
def test_a_price_is_for_so_many(per: str, one: Decimal | None) -> None:
    def base(root: etree._Element) -> None:
        price = at(root, "cac:InvoiceLine/cac:Price")
        at(price, "cbc:PriceAmount").text = "10"
        etree.SubElement(price, f"{CBC}BaseQuantity", unitCode="C62").text = per

    price = particulars(changed(INVOICE, base)).lines[0].price
    assert price is not None
    assert price.unit_price == one


def test_what_can_not_be_read_is_left_out() -> None:
    line = "cac:InvoiceLine/"
    content = changed(
        INVOICE,
        set_text(f"{line}cbc:ID", "x" * 201),
        set_text(f"{line}cbc:InvoicedQuantity", "many"),
        set_text(f"{line}cac:Price/cbc:PriceAmount", "1" * 41),
        set_text(f"{line}cac:OrderLineReference/cbc:LineID", ""),
        drop(f"{line}cac:Item/cac:StandardItemIdentification"),
        set_text("cbc:DueDate", "soon"),
    )
    said = particulars(content)
    first = said.lines[0]
    assert (first.number, first.quantities, first.price, first.references) == (None, (), None, ())
    assert first.item is not None
    assert first.item.standard is None
    assert "due" not in dict(said.dates)


def test_another_kind_of_document_has_no_particulars() -> None:
    with pytest.raises(Rejection, match="document-unknown"):
        particulars(b"<Order/>")


def test_every_kind_of_document_that_is_read_has_its_particulars() -> None:
    assert PARTICULARS.keys() == LAYOUTS.keys()
    for content in BY_FORMAT.values():
        assert particulars(content).parties


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.format)
def test_every_path_leads_from_element_to_element_as_the_schema_has_them(layout) -> None:
    schema = catalogue()[layout.format]
    children = _children(schema.base.parents[1] / "common/UBL-CommonAggregateComponents-2.1.xsd")
    # Kinds share their rows: what one of them hasn't got at its root, another has.
    tops = {_local(each.get("ref", "")) for row in LAYOUTS.values() for each in _elements(row.format)}
    for path in {*layout.paths(), *_particular_paths(layout.root)}:
        steps = [*map(_local, path)]
        assert steps[0] in tops, path
        if steps[0] != "UBLExtensions":  # of another module
            for parent, child in pairwise(steps):
                assert child in children[parent], path


def _elements(format: str) -> Iterator[etree._Element]:
    return etree.parse(catalogue()[format].path).iter("{*}element")


def _particular_paths(root: str) -> Iterator[Path]:
    layout = PARTICULARS[root]
    for group in (layout.dates, layout.parties, layout.codes, layout.totals):
        yield from (path for _, path in group)
    for line in layout.lines:
        yield from (line.place + path for path in _line_paths(line))


def _line_paths(line: LineLayout) -> Iterator[Path]:
    named = (*line.quantities, *line.amounts, *line.codes, *line.dates)
    yield from (path for _, path in named)
    yield from () if line.place[0].endswith("Response") else (line.number,)
    for each in line.references:
        yield from (each.holder + each.number, each.holder + each.needed)


def _children(module) -> dict[str, set[str]]:
    """The names of the elements that may stand in each aggregate."""
    tree = etree.parse(module)
    types = {
        each.get("name"): {_local(child.get("ref", "")) for child in each.iter("{*}element")}
        for each in tree.iter("{*}complexType")
    }
    found: dict[str, set[str]] = defaultdict(set)
    for each in tree.getroot().iterchildren("{*}element"):
        found[each.get("name") or ""] = types[each.get("type")]
    return found


def _local(name: str) -> str:
    return re.split("[:}]", name)[-1]
