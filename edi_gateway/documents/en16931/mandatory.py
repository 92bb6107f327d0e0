"""What an invoice must have (EN 16931-1 §6.4.1): BR-01 to BR-65, but for the VAT breakdown."""

from collections.abc import Sequence
from typing import Final

from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.amounts import day_of, double
from edi_gateway.documents.en16931.checks import filled, in_vat, present, values_at, with_attribute
from edi_gateway.documents.en16931.rule import BROKEN, KEPT, ByNames, Check, Fault, Given, judged
from edi_gateway.documents.en16931.tree import Group
from edi_gateway.documents.en16931.values import code_of, normalized, text_of

_CREDIT_TRANSFERS: Final = ("30", "58")
"""UNTDID 4461: credit transfer, SEPA credit transfer."""
_MAX_CARD_DIGITS: Final = 10


def _not_negative(*steps: str, optional: bool = False) -> Check:
    def check(group: Group) -> Sequence[Fault]:
        found = values_at(group, steps)
        for each in found:
            amount = double(each)
            if amount is not None and amount >= 0:
                return KEPT
        if not found:
            return KEPT if optional else BROKEN
        return (Fault(found[0], "0 or more", text_of(found[0])),)

    return Given(steps, check) if optional else check


def in_order(group: Group) -> Sequence[Fault]:
    """A period that has both days doesn't end before it starts."""
    if "cbc:StartDate" not in group or "cbc:EndDate" not in group:
        return KEPT
    start, end = group.text("cbc:StartDate"), group.text("cbc:EndDate")
    first, last = day_of(start), day_of(end)
    if first is not None and last is not None and first <= last:
        return KEPT
    return (Fault(group.first("cbc:EndDate"), f"{start} or later", end),)


_NAME_OF_PARTY: Final = ("cac:PartyName", "cbc:Name")
_ID_OF_PARTY: Final = ("cac:PartyIdentification", "cbc:ID")


def _differs_from_seller(group: Group) -> Sequence[Fault]:
    parent = group.parent
    for steps, required in ((_NAME_OF_PARTY, True), (_ID_OF_PARTY, False)):
        own = {text_of(each) for each in values_at(group, steps)}
        if not own:
            if required:
                return BROKEN
        elif parent is not None and own & _of_sellers(parent, steps):
            return BROKEN
    return KEPT


def _of_sellers(parent: Group, steps: tuple[str, str]) -> set[str]:
    """What the sellers beside a payee are called there."""
    path = ("cac:AccountingSupplierParty", "cac:Party", *steps)
    return parent.invoice.once(steps[1], parent, lambda: {text_of(each) for each in values_at(parent, path)})


def _unmasked(group: Group) -> Sequence[Fault]:
    # The number is left out of what is said: it must not be spread any further.
    return [
        Fault(each, f"at most {_MAX_CARD_DIGITS} characters")
        for each in group.get("cbc:PrimaryAccountNumberID", ())
        if len(normalized(text_of(each))) > _MAX_CARD_DIGITS
    ]


def _with_unit(group: Group) -> Sequence[Fault]:
    quantities = [*group.get("cbc:InvoicedQuantity", ()), *group.get("cbc:CreditedQuantity", ())]
    for each in quantities:
        if each.get("unitCode") is not None:
            return KEPT
    return (Fault(quantities[0] if quantities else None),)


def _named_value(group: Group) -> Sequence[Fault]:
    return KEPT if "cbc:Name" in group and "cbc:Value" in group else BROKEN


_identified: Final = filled("cbc:ID")


def _account(group: Group) -> Sequence[Fault]:
    parent = group.parent
    if parent is None or not group.invoice.once("transfer", parent, lambda: _is_transfer(parent)):
        return KEPT
    return _identified(group)


def _is_transfer(payment: Group) -> bool:
    return any(each in _CREDIT_TRANSFERS for each in payment.texts("cbc:PaymentMeansCode"))


def _transfer(group: Group) -> Sequence[Fault]:
    if code_of(group.text("cbc:PaymentMeansCode")) not in _CREDIT_TRANSFERS:
        return KEPT
    return KEPT if values_at(group, ("cac:PayeeFinancialAccount", "cbc:ID")) else BROKEN


def _accounting_currency(group: Group) -> Sequence[Fault]:
    currencies = group.get("cbc:TaxCurrencyCode", ())
    if not currencies:
        return KEPT
    stated = {
        amount.get("currencyID")
        for total in group.invoice.everywhere("cac:TaxTotal")
        for amount in total.get("cbc:TaxAmount", ())
    }
    return [Fault(each, None, text_of(each)) for each in currencies if text_of(each) not in stated]


_SELLER = "cac:AccountingSupplierParty/cac:Party"
_BUYER = "cac:AccountingCustomerParty/cac:Party"
_NAME = "cac:PartyLegalEntity/cbc:RegistrationName"
_COUNTRY = "cac:Country/cbc:IdentificationCode"
_REASON = ("cbc:AllowanceChargeReason", "cbc:AllowanceChargeReasonCode")

_DOCUMENT = (
    judged("BR-01", at.DOCUMENT, filled("cbc:CustomizationID"), "BT-24", "The invoice names no specification."),
    judged("BR-02", at.DOCUMENT, filled("cbc:ID"), "BT-1", "The invoice has no number."),
    judged("BR-03", at.DOCUMENT, filled("cbc:IssueDate"), "BT-2", "The invoice has no issue date."),
    judged(
        "BR-04",
        at.DOCUMENT,
        filled("cbc:InvoiceTypeCode", "cbc:CreditNoteTypeCode"),
        "BT-3",
        "The invoice has no type code.",
    ),
    judged("BR-05", at.DOCUMENT, filled("cbc:DocumentCurrencyCode"), "BT-5", "The invoice has no currency."),
    judged("BR-06", at.DOCUMENT, filled(f"{_SELLER}/{_NAME}"), "BT-27", "The seller has no name."),
    judged("BR-07", at.DOCUMENT, filled(f"{_BUYER}/{_NAME}"), "BT-44", "The buyer has no name."),
    judged("BR-08", at.DOCUMENT, present(f"{_SELLER}/cac:PostalAddress"), "BG-5", "The seller has no postal address."),
    judged("BR-09", at.SELLER_ADDRESS, filled(_COUNTRY), "BT-40", "The seller's address has no country."),
    judged("BR-10", at.DOCUMENT, present(f"{_BUYER}/cac:PostalAddress"), "BG-8", "The buyer has no postal address."),
    judged("BR-11", at.BUYER_ADDRESS, filled(_COUNTRY), "BT-55", "The buyer's address has no country."),
    judged("BR-12", at.TOTALS, present("cbc:LineExtensionAmount"), "BT-106", "The sum of the lines is missing."),
    judged("BR-13", at.TOTALS, present("cbc:TaxExclusiveAmount"), "BT-109", "The total without VAT is missing."),
    judged("BR-14", at.TOTALS, present("cbc:TaxInclusiveAmount"), "BT-112", "The total with VAT is missing."),
    judged("BR-15", at.TOTALS, present("cbc:PayableAmount"), "BT-115", "The amount due is missing."),
    judged("BR-16", at.DOCUMENT, present("cac:InvoiceLine", "cac:CreditNoteLine"), "BG-25", "The invoice has no line."),
    judged(
        "BR-53",
        at.DOCUMENT,
        Given(("cbc:TaxCurrencyCode",), _accounting_currency),
        "BT-6 BT-111",
        "No VAT total is in the accounting currency.",
    ),
)

_PARTIES = (
    judged(
        "BR-17",
        at.PAYEE,
        _differs_from_seller,
        "BT-59 BG-10",
        "A payee must be named, and be another than the seller.",
    ),
    judged(
        "BR-18",
        at.REPRESENTATIVE,
        filled("cac:PartyName/cbc:Name"),
        "BT-62",
        "The seller's tax representative has no name.",
    ),
    judged(
        "BR-19",
        at.REPRESENTATIVE,
        present("cac:PostalAddress"),
        "BG-12",
        "The seller's tax representative has no postal address.",
    ),
    judged(
        "BR-20",
        at.REPRESENTATIVE_ADDRESS,
        filled(_COUNTRY),
        "BT-69",
        "The tax representative's address has no country.",
    ),
    judged(
        "BR-56",
        at.REPRESENTATIVE,
        in_vat("cac:PartyTaxScheme", "cbc:CompanyID"),
        "BT-63",
        "The seller's tax representative has no VAT identifier.",
    ),
    judged("BR-57", at.DELIVERY_ADDRESS, present(_COUNTRY), "BT-80", "The address of delivery has no country."),
    judged(
        "BR-62",
        at.SELLER_PARTY,
        with_attribute("cbc:EndpointID", "schemeID"),
        "BT-34",
        "The seller's electronic address has no scheme.",
    ),
    judged(
        "BR-63",
        at.BUYER_PARTY,
        with_attribute("cbc:EndpointID", "schemeID"),
        "BT-49",
        "The buyer's electronic address has no scheme.",
    ),
)

_LINES = (
    judged("BR-21", at.LINE, filled("cbc:ID"), "BT-126", "The line has no identifier."),
    judged(
        "BR-22",
        at.LINE,
        present("cbc:InvoicedQuantity", "cbc:CreditedQuantity"),
        "BT-129",
        "The line has no quantity.",
    ),
    judged("BR-23", at.LINE, ByNames(_with_unit), "BT-130", "The quantity has no unit."),
    judged("BR-24", at.LINE, present("cbc:LineExtensionAmount"), "BT-131", "The line has no net amount."),
    judged("BR-25", at.LINE, filled("cac:Item/cbc:Name"), "BT-153", "The item has no name."),
    judged("BR-26", at.LINE, present("cac:Price/cbc:PriceAmount"), "BT-146", "The item has no net price."),
    judged("BR-27", at.LINE, _not_negative("cac:Price", "cbc:PriceAmount"), "BT-146", "The net price is below zero."),
    judged(
        "BR-28",
        at.LINE,
        _not_negative("cac:Price", "cac:AllowanceCharge", "cbc:BaseAmount", optional=True),
        "BT-148",
        "The gross price is below zero.",
    ),
    judged("BR-29", at.PERIOD, in_order, "BT-73 BT-74", "The invoicing period ends before it starts."),
    judged("BR-30", at.LINE_PERIOD, in_order, "BT-134 BT-135", "The line's period ends before it starts."),
    judged(
        "BR-54",
        at.ITEM_ATTRIBUTE,
        ByNames(_named_value),
        "BT-160 BT-161 BG-32",
        "An attribute of an item needs a name and a value.",
    ),
    judged(
        "BR-64",
        at.ITEM_STANDARD,
        with_attribute("cbc:ID", "schemeID"),
        "BT-157",
        "The item's standard identifier has no scheme.",
    ),
    judged(
        "BR-65",
        at.ITEM_CLASSIFICATION,
        with_attribute("cbc:ItemClassificationCode", "listID"),
        "BT-158",
        "The item's classification has no scheme.",
    ),
)

_ALLOWANCES_AND_CHARGES = tuple(
    judged(id, context, check, terms, message)
    for context, what, amount, category, (reason, code), ids in (
        (at.DOCUMENT_ALLOWANCE, "document level allowance", "BT-92", "BT-95", ("BT-97", "BT-98"), "31 32 33 CO-21"),
        (at.DOCUMENT_CHARGE, "document level charge", "BT-99", "BT-102", ("BT-104", "BT-105"), "36 37 38 CO-22"),
        (at.LINE_ALLOWANCE, "line's allowance", "BT-136", None, ("BT-139", "BT-140"), "41 - 42 CO-23"),
        (at.LINE_CHARGE, "line's charge", "BT-141", None, ("BT-144", "BT-145"), "43 - 44 CO-24"),
    )
    for id, check, terms, message in zip(
        [f"BR-{number}" for number in ids.split()],
        (present("cbc:Amount"), in_vat("cac:TaxCategory", "cbc:ID"), present(*_REASON), present(*_REASON)),
        (amount, category, f"{reason} {code}", f"{reason} {code}"),
        (
            f"The {what} has no amount.",
            f"The {what} has no VAT category.",
            f"The {what} gives no reason.",
            f"The {what} gives neither a reason nor the code of one.",
        ),
        strict=True,
    )
    if terms is not None
)

_PAYMENT = (
    judged("BR-49", at.PAYMENT, present("cbc:PaymentMeansCode"), "BT-81", "The means of payment has no code."),
    judged("BR-50", at.PAYMENT_ACCOUNT, _account, "BT-84", "A credit transfer needs an account."),
    judged(
        "BR-51",
        at.PAYMENT_CARD,
        _unmasked,
        "BT-87",
        "A card's whole number must not be shown, at most ten characters of it.",
        "warning",
    ),
    judged("BR-61", at.PAYMENT, _transfer, "BT-81 BT-84", "A credit transfer needs the payee's account."),
    judged("BR-52", at.SUPPORTING_DOCUMENT, filled("cbc:ID"), "BT-122", "The supporting document has no reference."),
    judged(
        "BR-55",
        at.PRECEDING_INVOICE,
        present("cac:InvoiceDocumentReference/cbc:ID"),
        "BT-25",
        "The reference to a preceding invoice has no number.",
    ),
)

RULES: Final = (*_DOCUMENT, *_PARTIES, *_LINES, *_ALLOWANCES_AND_CHARGES, *_PAYMENT)
