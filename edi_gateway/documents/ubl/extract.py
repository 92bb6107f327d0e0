"""What a UBL tree says, as a Document: as much as can be read, from a tree that need not be valid.

Nothing is repeated that is longer than `MAX_ECHO`: such a number, identifier or reference isn't read at all.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from lxml import etree

from edi_gateway.documents.ubl import layout as at
from edi_gateway.documents.ubl import tables
from edi_gateway.documents.ubl.layout import Layout, Path, finder, steps
from edi_gateway.documents.xpath import display_name
from edi_gateway.model.document import MAX_ECHO, Document, Location, Party, Reference
from edi_gateway.model.partner import Identifier

MAX_AMOUNT = 40
"""Characters of an amount."""

# XML Schema 2 §3.2.9 and §3.2.3. A date's time zone says where the day was, not which day it was.
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_MAX_DECOMPOSED = 4 * MAX_ECHO
# XML's white space (XML 1.0 §2.3) and no other: a code with a no-break space beside it is another code to every reader.
_BLANKS = " \t\r\n"
_WHITE_SPACE = str.maketrans("\t\r\n", "   ")

References = Sequence[tuple[str, etree._Element, str]]


def elements(parent: etree._Element, path: Path) -> Sequence[etree._Element]:
    """All elements at a path below an element, in document order; none at an empty path."""
    found: list[etree._Element] = _nodes(path)(parent) if path else []
    return found


@cache
def _nodes(path: Path) -> etree.XPath:
    return finder(steps(path))


@cache
def _text(path: Path) -> etree.XPath:
    return finder(f"string({steps(path)})")


def text_of(element: etree._Element) -> str:
    """The element's string value in Unicode NFC: white space as xs:normalizedString has it, none at either end."""
    return _cleaned((element.text or "") if len(element) == 0 else "".join(element.itertext()))


def _cleaned(text: str) -> str:
    text = text.strip(_BLANKS)
    if text.isascii() and text.isprintable():
        return text
    text = text.translate(_WHITE_SPACE)
    # Normalising may take the square of a text's length; nothing that long is ever read, composed or not.
    return text if text.isascii() or len(text) > _MAX_DECOMPOSED else unicodedata.normalize("NFC", text)


def short_text_of(element: etree._Element) -> str | None:
    """The same; None where it is empty or longer than `MAX_ECHO`."""
    return bounded(text_of(element))


def text_at(parent: etree._Element, path: Path) -> str | None:
    """The first text at a path; None where there is none, or it is empty or longer than `MAX_ECHO`."""
    return bounded(_cleaned(_text(path)(parent))) if path else None


def day_of(text: str) -> date | None:
    """An xs:date, without its time zone; None where it isn't in the years 1 to 9999."""
    match = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def number_of(text: str) -> Decimal | None:
    """An xs:decimal; None where it has more than `MAX_AMOUNT` characters."""
    return Decimal(text) if len(text) <= MAX_AMOUNT and _DECIMAL.fullmatch(text) else None


def document(layout: Layout, root: etree._Element, references: References) -> Document:
    """Everything that the layout says where to find; `references` as the function of that name gives them."""
    sender, receiver = (party_at(root, path) for path in directions(layout, root))
    return Document(
        format=layout.format,
        type=layout.type,
        sender=sender or Party(),
        receivers=(receiver,) if receiver else (),
        number=_number(layout, root),
        issue_date=day_of(text_at(root, at.ISSUE_DATE) or ""),
        currency=text_at(root, at.CURRENCY),
        payable=number_of(text_at(root, layout.payable) or ""),
        references=tuple(dict.fromkeys(_reference(*each) for each in references if bounded(each[2]))),
        profile=text_at(root, at.PROFILE),
    )


def directions(layout: Layout, root: etree._Element) -> tuple[Path, Path]:
    """Where sender and receiver stand. A self-billed document comes from the customer (UNTDID 1001)."""
    if layout.type_code and text_at(root, layout.type_code) in layout.self_billing:
        return layout.receiver, layout.sender
    return layout.sender, layout.receiver


def party_at(root: etree._Element, path: Path) -> Party | None:
    """The first cac:Party at a path."""
    found = elements(root, path)
    if not found:
        return None
    return party_of(found[0], Location(xpath=_shown(path, str(root.tag)), line=found[0].sourceline))


def party_of(element: etree._Element, location: Location = Location()) -> Party:  # noqa: B008 - a frozen value
    """What a cac:Party says of itself."""
    return Party(tuple(dict.fromkeys(_identifiers(element))), _name(element), location)


@cache
def _shown(path: Path, root: str) -> str:
    namespace, _, _ = root[1:].rpartition("}")
    return "".join(f"/{display_name(step, namespace)}" for step in (root, *path))


def _identifiers(party: etree._Element) -> Iterator[Identifier]:
    """Every identifier with a scheme. A tax number's scheme may be that of its cac:TaxScheme."""
    for path in at.IDENTIFIERS:
        for holder in elements(party, path):
            scheme = bounded(holder.get("schemeID", "").strip(_BLANKS)) or _tax_scheme(holder)
            if scheme and (value := short_text_of(holder)):
                yield Identifier(scheme, value)


def _tax_scheme(holder: etree._Element) -> str | None:
    parent = holder.getparent()
    return text_at(parent, at.TAX_SCHEME_ID) if parent is not None and parent.tag == at.TAX_SCHEME else None


def _name(party: etree._Element) -> str | None:
    names = (text_of(element) for path in at.NAMES for element in elements(party, path))
    name = next(filter(None, names), None)
    return name[:MAX_ECHO] if name else None  # cut, not dropped: it is only ever shown


def _number(layout: Layout, root: etree._Element) -> str | None:
    if not layout.otherwise_known_by or elements(root, at.NUMBER):
        return text_at(root, at.NUMBER)
    parts = [text_at(root, path) for path in layout.otherwise_known_by]
    return bounded("/".join(part or "" for part in parts)) if all(parts) else None


def references(layout: Layout, root: etree._Element) -> References:
    """What holds the number of another document: the type of that as the layout has it, the element, and its text."""
    present = {child.tag for child in root}
    return [
        (type, element, text_of(element))
        for type, path in layout.references
        if path[0] in present
        for element in elements(root, path)
    ]


def _reference(type: str, element: etree._Element, number: str) -> Reference:
    return Reference(type_of(element) if type == tables.ANY_DOCUMENT else type, number)


def type_of(number: etree._Element) -> str:
    """What kind of document the cbc:ID of a cac:DocumentReference is the number of."""
    code = next((text_of(each) for each in number.itersiblings(at.DOCUMENT_TYPE_CODE)), "")
    return tables.DOCUMENT_TYPES.get(code, tables.ANY_DOCUMENT)


def bounded(text: str) -> str | None:
    """The text, or None where it is empty or longer than `MAX_ECHO`."""
    return text if 0 < len(text) <= MAX_ECHO else None
