"""An Order-X order says in particular what a UBL order says, under the same words."""

from datetime import date
from decimal import Decimal

from lxml import etree

from edi_gateway.documents import orderx
from edi_gateway.model.particulars import Amount, LineReference, Particulars, Price, Quantity
from edi_gateway.model.partner import Identifier
from tests.support.orderx import EXTENDED, changed, drop, put

BLANKET = """<ram:BlanketOrderReferencedDocument>
  <ram:IssuerAssignedID>B-1</ram:IssuerAssignedID><ram:LineID>4</ram:LineID>
</ram:BlanketOrderReferencedDocument>"""
ORDER_LINE = "<ram:BuyerOrderReferencedDocument><ram:LineID>2</ram:LineID></ram:BuyerOrderReferencedDocument>"
GTIN = '<ram:GlobalID schemeID="0160">04012345678901</ram:GlobalID>'


def of(content: bytes = EXTENDED) -> Particulars:
    return orderx.particulars(etree.fromstring(content))


def test_dates_are_days() -> None:
    assert of().dates == (("valid-from", date(2026, 12, 1)), ("valid-until", date(2026, 12, 31)))
    (line,) = of().lines
    assert line.dates == (("requested-from", date(2026, 12, 10)), ("requested-until", date(2026, 12, 10)))


def test_parties_have_their_roles() -> None:
    names = [(word, party.name) for word, party in of().parties]
    assert names == [("buyer", "Globex Retail SA"), ("seller", "Acme Tools GmbH")]


def test_codes_are_given_as_they_are() -> None:
    assert of().codes == (("type", "220"), ("purpose", "9"))


def test_totals_are_in_the_order_s_currency() -> None:
    totals = of()
    assert totals.total("net") == Amount(Decimal("180.00"), "EUR")
    assert totals.total("without-tax") == Amount(Decimal("185.00"), "EUR")
    assert totals.total("tax") == Amount(Decimal("35.15"), "EUR")
    assert totals.total("payable") == Amount(Decimal("200.00"), "EUR")
    words = ["net", "without-tax", "tax", "with-tax", "allowances", "charges", "prepaid", "payable"]
    assert [word for word, _ in totals.totals] == words


def test_a_line_has_quantities_price_and_item() -> None:
    (line,) = of().lines
    assert (line.number, line.codes) == ("1", (("status", "3"),))
    assert line.quantities == (
        ("ordered", Quantity(Decimal(40), "C62")),
        ("agreed", Quantity(Decimal(40), "C62")),
    )
    assert line.amount("net") == Amount(Decimal("180.00"), "EUR")
    assert line.price == Price(Amount(Decimal("4.50"), "EUR"), Quantity(Decimal(1), "C62"))
    assert line.item is not None
    assert (line.item.name, line.item.seller_number) == ("Combination spanner 13 mm", "SP-13")
    assert line.item.standard is None


def test_an_item_may_have_a_registered_number() -> None:
    def numbered(root: etree._Element) -> None:
        put("//ram:SpecifiedTradeProduct/ram:SellerAssignedID", GTIN)(root)

    (line,) = of(changed(EXTENDED, numbered)).lines
    assert line.item is not None
    assert line.item.standard == Identifier("0160", "04012345678901")


def test_a_line_names_lines_of_other_documents() -> None:
    price = "//ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice"
    (line,) = of(changed(EXTENDED, put(price, ORDER_LINE + BLANKET))).lines
    assert line.references == (LineReference("order", "2"), LineReference("blanket-order", "4", "B-1"))


def test_what_is_missing_is_not_there() -> None:
    bare = changed(EXTENDED, drop("//ram:SpecifiedTradeProduct"), drop("//ram:NetPriceProductTradePrice"))
    (line,) = of(bare).lines
    assert (line.item, line.price, line.references) == (None, None, ())
