"""Changes to Cross Industry Invoices."""

from typing import Final

from lxml import etree

from edi_gateway.documents.cii_names import NAMESPACES, clark
from tests.support.xml_changes import Change, Changing, changed

__all__ = ["Change", "at", "attribute", "below", "changed", "claiming", "drop", "put", "put_before", "text"]

_CHANGING: Final = Changing(NAMESPACES)
at, text, attribute, drop = _CHANGING.at, _CHANGING.text, _CHANGING.attribute, _CHANGING.drop
put, put_before = _CHANGING.put, _CHANGING.put_before


def claiming(guideline: str) -> Change:
    """Under another guideline (BT-24)."""
    return text("//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", guideline)


def below(path: str, name: str, content: str) -> Change:
    """Another element at the end of a path that is made anew."""

    def change(root: etree._Element) -> None:
        *around, last = name.split("/")
        place = at(root, path)
        for each in around:
            place = etree.SubElement(place, clark(each))
        etree.SubElement(place, clark(last)).text = content

    return change
