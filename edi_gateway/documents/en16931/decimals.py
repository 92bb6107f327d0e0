"""How amounts are written (BR-DEC-…, UBL-DT-01), and attachments (UBL-DT-06, 07).

An amount has two decimals at most, blanks behind them counted; prices have as many as they like.
"""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final

from lxml import etree

from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.contexts import has_parent
from edi_gateway.documents.en16931.places import AMOUNTS, BINARIES, PRICES, Place
from edi_gateway.documents.en16931.rule import Context, Fired, Rule, fired
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import Value, text_of

_AMOUNT: Final = "Amount"
_MAX_DECIMALS: Final = 2
_THIRD_DECIMAL: Final = re.compile(r"\.[^\0]{3}")
_EXPECTED: Final = f"at most {_MAX_DECIMALS} decimals"

Table = Mapping[Context, Mapping[str, tuple[str, str, str]]]
TABLE: Final[Table] = {
    at.DOCUMENT_ALLOWANCE: {
        "cbc:Amount": ("01", "BT-92", "document level allowance"),
        "cbc:BaseAmount": ("02", "BT-93", "base of a document level allowance"),
    },
    at.DOCUMENT_CHARGE: {
        "cbc:Amount": ("05", "BT-99", "document level charge"),
        "cbc:BaseAmount": ("06", "BT-100", "base of a document level charge"),
    },
    at.TOTALS: {
        "cbc:LineExtensionAmount": ("09", "BT-106", "sum of the lines"),
        "cbc:AllowanceTotalAmount": ("10", "BT-107", "sum of allowances"),
        "cbc:ChargeTotalAmount": ("11", "BT-108", "sum of charges"),
        "cbc:TaxExclusiveAmount": ("12", "BT-109", "total without VAT"),
        "cbc:TaxInclusiveAmount": ("14", "BT-112", "total with VAT"),
        "cbc:PrepaidAmount": ("16", "BT-113", "amount paid"),
        "cbc:PayableRoundingAmount": ("17", "BT-114", "rounding"),
        "cbc:PayableAmount": ("18", "BT-115", "amount due"),
    },
    at.VAT_BREAKDOWN: {
        "cbc:TaxableAmount": ("19", "BT-116", "taxable amount of a VAT category"),
        "cbc:TaxAmount": ("20", "BT-117", "tax of a VAT category"),
    },
    at.LINE: {"cbc:LineExtensionAmount": ("23", "BT-131", "net amount of a line")},
    at.LINE_ALLOWANCE: {
        "cbc:Amount": ("24", "BT-136", "allowance of a line"),
        "cbc:BaseAmount": ("25", "BT-137", "base of a line's allowance"),
    },
    at.LINE_CHARGE: {
        "cbc:Amount": ("27", "BT-141", "charge of a line"),
        "cbc:BaseAmount": ("28", "BT-142", "base of a line's charge"),
    },
}
"""Context and name to rule, term, and what the amount is."""
_NEVER: Final = (("13", "BT-110", "VAT total"), ("15", "BT-111", "VAT total in the accounting currency"))
"""The official rules look for the currency in the wrong place, and never fire. UBL-DT-01 sees the same amounts."""

_ANY: Final = Rule("UBL-DT-01", "fatal", (), "An amount has two decimals at most.")
_MEDIA_TYPE: Final = Rule("UBL-DT-06", "fatal", ("BT-125",), "An attached document needs a media type (mimeCode).")
_FILE_NAME: Final = Rule("UBL-DT-07", "fatal", ("BT-125",), "An attached document needs a file name (filename).")


def _rule(number: str, term: str, what: str, note: str = "") -> Rule:
    return Rule(f"BR-DEC-{number}", "fatal", (term,), f"The {what} has two decimals at most.{note}")


SWEPT: Final = (
    *(_rule(*row) for names in TABLE.values() for row in names.values()),
    *(_rule(*row, note=" It never fires: UBL-DT-01 says the same.") for row in _NEVER),
    *(_ANY, _MEDIA_TYPE, _FILE_NAME),
)


def lists(place: Place) -> Sequence[Hashable]:
    """The lists of an invoice's values that an amount, or an attachment, is put in. As prices count those of discounts
    on them."""
    found: Hashable = None
    if place.name.endswith(f"Price{_AMOUNT}") or (
        place.name.endswith(_AMOUNT) and has_parent(place, "cac:AllowanceCharge", "cac:Price")
    ):
        found = PRICES
    elif place.name.endswith(_AMOUNT):
        found = AMOUNTS
    elif place.name.endswith("BinaryObject"):
        found = BINARIES
    return () if found is None else (found,)


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """Amounts that are too exact, and attachments that say too little."""
    found = _too_exact(invoice)
    places = _places_of(invoice) if found else {}
    for element in found:
        group, name = places[element.element]
        if not _is_in_price(group):
            yield fired(_ANY.id, element, _EXPECTED, text_of(element))
        for rule in _named(group, name, TABLE):
            yield fired(rule, element, _EXPECTED, text_of(element))
    for element in invoice.values.get(BINARIES, ()):
        for attribute, attributed in (("mimeCode", _MEDIA_TYPE), ("filename", _FILE_NAME)):
            if element.get(attribute) is None:
                yield fired(attributed.id, element)


def _too_exact(invoice: Invoice) -> Sequence[Value]:
    amounts = invoice.values.get(AMOUNTS, ())
    # XML has no such character, so that it can part texts. Most invoices have no amount with a third decimal.
    if not _THIRD_DECIMAL.search("\0".join([each.text for each in amounts])):
        return ()
    return [each for each in amounts if len(text_of(each).partition(".")[2]) > _MAX_DECIMALS]


def named(invoice: Invoice, table: Table) -> Iterator[Fired]:
    """Amounts that are too exact, of those in the table alone, and of several beside each other only the first."""
    found = _too_exact(invoice)
    places = _places_of(invoice) if found else {}
    for element in found:
        group, name = places[element.element]
        for rule in _named(group, name, table) if group.first(name) is element else ():
            yield fired(rule, element, _EXPECTED, text_of(element))


def _places_of(invoice: Invoice) -> Mapping[etree._Element, tuple[Group, str]]:
    """By amount: the group that it is in, and its name."""
    return {
        each.element: (group, name)
        for groups in invoice.groups.values()
        for group in groups
        for name, found in group.items()
        if name.endswith(_AMOUNT)
        for each in found
    }


def _named(group: Group, name: str, table: Table) -> Iterator[str]:
    for context, names in table.items():
        if name in names and context.is_at(group.place) and (context.where is None or context.where(group)):
            yield f"BR-DEC-{names[name][0]}"


def _is_in_price(group: Group | None) -> bool:
    """Whether the group is in a price that has a discount."""
    while group is not None:
        if group.name == "cac:Price" and "cac:AllowanceCharge" in group:
            return True
        group = group.parent
    return False
