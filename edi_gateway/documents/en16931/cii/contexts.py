"""Where rules are asked in CII, when that is elsewhere than in UBL."""

from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.checks import is_vat
from edi_gateway.documents.en16931.contexts import in_document, in_line
from edi_gateway.documents.en16931.rule import Context
from edi_gateway.documents.en16931.tree import Group
from edi_gateway.documents.en16931.values import BLANKS, text_of

_TRUE: Final = ("true", "1")
_FALSE: Final = ("false", "0")
_INDICATOR: Final = "cbc:ChargeIndicator"
APART: Final = ("L", "M", "O")
"""Categories whose breakdowns have rules of their own, instead of those that all others have: in the order in which the
official rules look for them."""


def indicates(change: etree._Element | None, is_charge: bool) -> bool:
    """Whether an allowance or charge says that it is one: `true`, or 1, and `false`, or 0."""
    if change is None:
        return False
    wanted = _TRUE if is_charge else _FALSE
    return any(
        text_of(each).strip(BLANKS) in wanted
        for indicator in change.iterchildren(clark("ram:ChargeIndicator"))
        for each in indicator.iterchildren(clark("udt:Indicator"))
    )


def _says(word: str, not_beside: str = "") -> Callable[[Group], bool]:
    """Here the official rules compare the word alone, and of two in one indicator, which no schema allows, find one."""

    def says(group: Group) -> bool:
        said = group.get(_INDICATOR, ())
        others = {each.element.getparent() for each in said if each.text == not_beside} if len(said) > 1 else ()
        return any(each.text == word and each.element.getparent() not in others for each in said)

    return says


def is_common(subtotal: Group) -> bool:
    """Whether a breakdown is of none of the categories that stand apart."""
    return not any(
        is_vat(category) and any(code in APART for code in category.texts("cbc:ID"))
        for category in subtotal.get("cac:TaxCategory", ())
    )


VAT_BREAKDOWN: Final = Context(("cac:TaxSubtotal",), at.VAT_BREAKDOWN.within, is_common)
_CHANGE: Final = ("cac:AllowanceCharge",)
INSTEAD: Final[Mapping[Context, Context]] = {
    at.DOCUMENT_ALLOWANCE: Context(_CHANGE, in_document, _says("false")),
    at.DOCUMENT_CHARGE: Context(_CHANGE, in_document, _says("true", "false")),
    at.LINE_ALLOWANCE: Context(_CHANGE, in_line, _says("false")),
    at.LINE_CHARGE: Context(_CHANGE, in_line, _says("true", "false")),
    at.VAT_BREAKDOWN: VAT_BREAKDOWN,
}
"""UBL's contexts to CII's."""
