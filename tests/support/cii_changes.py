"""Changes to Cross Industry Invoices."""

from typing import Final

from edi_gateway.documents.cii_names import NAMESPACES
from tests.support.xml_changes import Change, Changing, changed

__all__ = ["Change", "at", "attribute", "changed", "claiming", "drop", "put", "put_before", "text"]

_CHANGING: Final = Changing(NAMESPACES)
at, text, attribute, drop = _CHANGING.at, _CHANGING.text, _CHANGING.attribute, _CHANGING.drop
put, put_before = _CHANGING.put, _CHANGING.put_before


def claiming(guideline: str) -> Change:
    """Under another guideline (BT-24)."""
    return text("//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", guideline)
