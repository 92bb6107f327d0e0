"""How amounts are written (BR-DEC-…, UBL-DT-01), and attachments (UBL-DT-06, 07).

An amount has two decimals at most, blanks behind them counted; prices have as many as they like.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.rule import Context, Fired, Rule
from edi_gateway.documents.en16931.tree import Group, Invoice, text_of

_MAX_DECIMALS: Final = 2
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


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """Amounts that are too exact, and attachments that say too little."""
    for element, name, group in invoice.amounts:
        text = element.text
        if (text is None or "." not in text) and not len(element):
            continue
        text = text_of(element)
        if len(text.partition(".")[2]) > _MAX_DECIMALS:
            if not name.endswith("PriceAmount") and not _is_in_price(group):
                yield Fired(_ANY.id, element, _EXPECTED, text)
            for rule in _named(group, name, TABLE):
                yield Fired(rule, element, _EXPECTED, text)
    for element in invoice.binaries:
        for attribute, attributed in (("mimeCode", _MEDIA_TYPE), ("filename", _FILE_NAME)):
            if element.get(attribute) is None:
                yield Fired(attributed.id, element)


def named(invoice: Invoice, table: Table) -> Iterator[Fired]:
    """Amounts that are too exact, of those in the table alone."""
    for element, name, group in invoice.amounts:
        text = text_of(element)
        if len(text.partition(".")[2]) > _MAX_DECIMALS:
            for rule in _named(group, name, table):
                yield Fired(rule, element, _EXPECTED, text)


def _named(group: Group, name: str, table: Table) -> Iterator[str]:
    for context, names in table.items():
        if name in names and group.name in context.names and (context.where is None or context.where(group)):
            yield f"BR-DEC-{names[name][0]}"


def _is_in_price(group: Group | None) -> bool:
    """Whether the group is in a price that has a discount."""
    while group is not None:
        if group.name == "cac:Price" and "cac:AllowanceCharge" in group.groups:
            return True
        group = group.parent
    return False
