"""A Cross Industry Invoice says in particular what a UBL invoice says, under the same words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from lxml import etree

from edi_gateway.documents import cii, ubl
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Party
from edi_gateway.model.particulars import Amount, LineReference, Named, Particulars, Price, Quantity
from edi_gateway.model.partner import Identifier
from tests.support import cii as translated
from tests.support import invoices
from tests.support.cii import CREDIT_NOTE, INVOICE
from tests.support.cii_changes import Change, changed, drop, put, put_before
from tests.support.ubl import CREDIT_NOTE as UBL_CREDIT_NOTE
from tests.support.ubl import INVOICE as UBL_INVOICE

LINE = "//ram:IncludedSupplyChainTradeLineItem[1]"
NUMBER = f"{LINE}/ram:AssociatedDocumentLineDocument/ram:LineID"
PRICE = f"{LINE}//ram:NetPriceProductTradePrice/ram:ChargeAmount"


def of(*changes: Change, content: bytes = INVOICE) -> Particulars:
    return cii.particulars(etree.fromstring(changed(content, *changes)))


def without_place_of_delivery(particulars: Particulars) -> Particulars:
    """UBL names a place, where CII has a party, which may have no name."""
    parties = tuple((word, party) for word, party in particulars.parties if word != "delivery")
    return replace(particulars, parties=tuple(sorted((word, names(party)) for word, party in parties)))


def names(party: Party) -> Party:
    """A VAT number has another name in CII; which of the identifiers comes first isn't the same either."""
    found = {each for each in party.identifiers if each.scheme != "VA"}
    return replace(party, identifiers=tuple(sorted(found, key=lambda each: (each.scheme, each.value))))


def sorted_words(named: Named) -> list:
    return sorted(named, key=lambda each: each[0])


def same(ours: Particulars, theirs: Particulars) -> None:
    assert sorted_words(ours.dates) == sorted_words(theirs.dates)
    assert ours.codes == theirs.codes
    assert ours.totals == theirs.totals
    assert ours.lines == theirs.lines
    assert without_place_of_delivery(ours).parties == without_place_of_delivery(theirs).parties


@pytest.mark.parametrize(("content", "source"), [(INVOICE, UBL_INVOICE), (CREDIT_NOTE, UBL_CREDIT_NOTE)])
def test_the_demonstration_s_documents_say_the_same_in_both_syntaxes(content: bytes, source: bytes) -> None:
    same(of(content=content), ubl.particulars(etree.fromstring(source)))


@pytest.mark.parametrize("seed", range(40))
def test_whatever_invoice_is_drawn_says_the_same_in_both_syntaxes(seed: int) -> None:
    source = invoices.invoice(Random(seed))
    same(cii.particulars(translated.from_ubl(source)), ubl.particulars(source))


def test_dates_parties_codes_and_totals_have_their_words() -> None:
    said = of()
    assert said.dates == (("due", date(2026, 12, 23)), ("delivered", date(2026, 11, 23)))
    assert [word for word, _ in said.parties] == ["supplier", "customer", "delivery"]
    assert said.codes == (("type", "380"),)
    assert [word for word, _ in said.totals] == ["net", "without-tax", "tax", "with-tax", "charges", "payable"]
    assert said.total("payable") == Amount(Decimal("5044.91"), "EUR")


def test_a_period_and_a_tax_point_are_days() -> None:
    settlement = "//ram:ApplicableHeaderTradeSettlement"
    period = """<ram:BillingSpecifiedPeriod>
  <ram:StartDateTime><udt:DateTimeString format="102">20261101</udt:DateTimeString></ram:StartDateTime>
  <ram:EndDateTime><udt:DateTimeString format="102">20261130</udt:DateTimeString></ram:EndDateTime>
</ram:BillingSpecifiedPeriod>"""
    point = '<ram:TaxPointDate><udt:DateString format="102">20261130</udt:DateString></ram:TaxPointDate>'
    said = of(
        put_before(f"{settlement}/ram:SpecifiedTradePaymentTerms", period),
        put(f"{settlement}/ram:ApplicableTradeTax[1]/ram:CategoryCode", point),
    )
    assert ("tax-point", date(2026, 11, 30)) in said.dates
    assert said.dates[-2:] == (("period-from", date(2026, 11, 1)), ("period-until", date(2026, 11, 30)))


def test_a_line_has_quantity_price_item_and_what_it_refers_to() -> None:
    line = of().lines[0]
    assert (line.number, line.quantities) == ("1", (("invoiced", Quantity(Decimal(40), "C62")),))
    assert line.amounts == (("net", Amount(Decimal("314.00"), "EUR")),)
    assert line.price == Price(Amount(Decimal("7.85"), "EUR"))
    assert line.item is not None
    assert (line.item.name, line.item.seller_number) == ("Combination spanner 13 mm", "AT-1001")
    assert line.item.standard == Identifier("0160", "4012345600070")
    assert line.references == (LineReference("order", "1"),)


def test_a_credit_note_gives_back() -> None:
    assert {word for line in of(content=CREDIT_NOTE).lines for word, _ in line.quantities} == {"credited"}


def test_a_line_names_lines_of_other_documents() -> None:
    def document(name: str, number: str, line: str, more: str = "") -> str:
        inner = f"<ram:IssuerAssignedID>{number}</ram:IssuerAssignedID><ram:LineID>{line}</ram:LineID>{more}"
        return f"<ram:{name}ReferencedDocument>{inner}</ram:{name}ReferencedDocument>"

    delivered = document("DespatchAdvice", "DA-1", "2") + document("ReceivingAdvice", "RA-1", "3")
    billed = [
        document("Invoice", "INV-0", "7"),
        document("Invoice", "CN-0", "8", "<ram:TypeCode>381</ram:TypeCode>"),
    ]
    said = [
        of(
            put(f"{LINE}//ram:BilledQuantity", delivered),
            put(f"{LINE}//ram:SpecifiedTradeSettlementLineMonetarySummation", each),
        )
        for each in billed
    ]
    assert [each.lines[0].references[1:] for each in said] == [
        (
            LineReference("despatch-advice", "2", "DA-1"),
            LineReference("receipt-advice", "3", "RA-1"),
            LineReference(type, line, number),
        )
        for type, line, number in (("invoice", "7", "INV-0"), ("credit-note", "8", "CN-0"))
    ]


def test_a_line_says_what_it_is_to_the_total() -> None:
    group = of(put(NUMBER, "<ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"))
    assert group.lines[0].codes == (("status-reason", "GROUP"),)


@pytest.mark.parametrize("kind", ["Net", "Gross"])
def test_what_the_price_is_for_is_said_of_the_net_price_or_of_the_gross_one(kind: str) -> None:
    base = '<ram:BasisQuantity unitCode="C62">100</ram:BasisQuantity>'
    gross = f"<ram:GrossPriceProductTradePrice>{base}</ram:GrossPriceProductTradePrice>"
    said = of(put(PRICE, base) if kind == "Net" else put_before(f"{PRICE}/..", gross))
    assert said.lines[0].price == Price(Amount(Decimal("7.85"), "EUR"), Quantity(Decimal(100), "C62"))


def test_an_amount_may_name_a_currency_of_its_own() -> None:
    again = '<ram:TaxTotalAmount currencyID="DKK">5922.00</ram:TaxTotalAmount>'
    taxes = [amount for word, amount in of(put("//ram:TaxTotalAmount", again)).totals if word == "tax"]
    assert taxes == [Amount(Decimal("793.90"), "EUR"), Amount(Decimal("5922.00"), "DKK")]


def test_what_is_missing_is_not_there() -> None:
    names = ("SpecifiedTradeProduct", "SpecifiedLineTradeAgreement", "SpecifiedLineTradeDelivery")
    line = of(*(drop(f"{LINE}/ram:{name}") for name in names)).lines[0]
    assert (line.item, line.price, line.references, line.quantities) == (None, None, (), ())


def test_another_root_has_none() -> None:
    with pytest.raises(Rejection, match="document-unknown"):
        cii.particulars(etree.fromstring(UBL_INVOICE))
