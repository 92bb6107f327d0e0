"""What a PDF would do or compute."""

from collections.abc import Iterator
from typing import Any, Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject
from pyhanko.pdf_utils.reader import PdfFileReader

from edi_gateway.syntax.pdf.inspector.limits import MAX_OBJECTS, TooMuch
from edi_gateway.syntax.pdf.inspector.objects import items, member

# Those that PDF/A forbids (ISO 19005-3 §6.5.1): they run programs, or change what is seen.
_ACTIONS: Final = frozenset(
    (
        "/GoTo3DView",
        "/Hide",
        "/ImportData",
        "/JavaScript",
        "/Launch",
        "/Movie",
        "/Rendition",
        "/ResetForm",
        "/SetOCGState",
        "/Sound",
        "/Trans",
    )
)
_CONTAINERS: Final = (IndirectObject, DictionaryObject, ArrayObject)


def active(reader: PdfFileReader) -> Iterator[str]:
    """What the PDF would do or compute, by its name, wherever it can be reached."""
    waiting: list[Any] = [reader.root_ref.get_object()]
    seen: set[Any] = set()
    for _ in range(MAX_OBJECTS):
        if not waiting:
            return
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            if item.reference in seen:
                continue
            seen.add(item.reference)
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            yield from _acts(item)
            waiting.extend(each for each in dict.values(item) if isinstance(each, _CONTAINERS))
        elif isinstance(item, ArrayObject):
            waiting.extend(each for each in items(item) if isinstance(each, _CONTAINERS))
    raise TooMuch(f"it has more than {MAX_OBJECTS} objects")


def _acts(item: DictionaryObject) -> Iterator[str]:
    # No element of a document's structure has a type of one of these names (ISO 32000-2 §14.8.4).
    kind = member(item, "/S")
    if isinstance(kind, str) and kind in _ACTIONS:
        yield str(kind)[1:]
    if "/JS" in item:
        yield "JavaScript"
    if "/XFA" in item:
        yield "XFA"
