"""What an invoice's elements say, and how it is compared."""

from typing import Final

from lxml import etree

_TEXT: Final = etree.XPath("string()")
_WHITE_SPACE: Final = str.maketrans("\t\r\n", "   ")
BLANKS: Final = " \t\r\n"


class Value:
    """An element that says something: `text` is its string value (XPath 1.0 §5.2)."""

    __slots__ = ("element", "text")

    element: etree._Element
    text: str

    def get(self, attribute: str) -> str | None:
        """What the attribute of that name says."""
        return self.element.get(attribute)


def string_value(element: etree._Element) -> str:
    """What an element that holds others says."""
    return str(_TEXT(element))


def text_of(each: Value | etree._Element) -> str:
    """A string value (XPath 1.0 §5.2)."""
    if isinstance(each, Value):
        return each.text
    return string_value(each) if len(each) else each.text or ""


def code_of(text: str | None) -> str:
    """A code without blanks around it. One with blanks inside is no code, and stays as it is."""
    return text.strip(BLANKS) if text else ""


def normalized(text: str | None) -> str:
    """The text as XPath's normalize-space has it."""
    return " ".join(filter(None, text.translate(_WHITE_SPACE).split(" "))) if text else ""
