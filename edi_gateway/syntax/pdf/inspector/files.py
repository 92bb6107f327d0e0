"""The files that are embedded in a PDF, and its metadata."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any, Final

from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader

from edi_gateway.syntax.pdf.inspector.limits import MAX_EMBEDDED, MAX_OBJECTS, MAX_TEXT, TooMuch
from edi_gateway.syntax.pdf.inspector.objects import identity, items, member, resolved

_READABLE: Final = (".xml", ".json")


def embedded(reader: PdfFileReader) -> Iterator[dict[str, Any]]:
    """The embedded files: those that the catalogue names, and those associated with the document, each once."""
    described: dict[Any, dict[str, Any]] = {}
    for key, raw in (*_named_files(reader), *((None, each) for each in items(member(reader.root, "/AF")))):
        file = resolved(raw)
        if not isinstance(file, DictionaryObject) or "/EF" not in file:
            continue
        names = [str(file[each])[:MAX_TEXT] for each in ("/UF", "/F") if each in file]
        streams = {identity(dict.get(file["/EF"], each)) for each in ("/UF", "/F") if each in file["/EF"]}
        # Some programs describe one file twice: for the catalogue, and for the association.
        place = tuple(names), frozenset(streams)
        if place not in described:
            described[place] = {
                "names": names or [""],
                # Two readers could take two files for it.
                "ambiguous": len(set(names)) != 1 or len(streams) != 1,
                "relationship": str(file.get("/AFRelationship", ""))[1 : MAX_TEXT + 1],
                "octets": _content(file, names),
            }
        if key is not None:
            described[place]["names"].append(str(key)[:MAX_TEXT])
    yield from described.values()


def _named_files(reader: PdfFileReader) -> Iterator[tuple[Any, Any]]:
    """Keys and values of the name tree of embedded files (ISO 32000-2 §7.9.6)."""
    names = member(reader.root, "/Names")
    waiting = [member(names, "/EmbeddedFiles")] if names else []
    for _ in range(MAX_OBJECTS):
        if not waiting:
            return
        node = resolved(waiting.pop())
        if isinstance(node, DictionaryObject):
            listed = [*items(member(node, "/Names"))]
            yield from zip(map(resolved, listed[::2]), listed[1::2], strict=False)
            waiting.extend(items(member(node, "/Kids")))
    raise TooMuch(f"it has more than {MAX_OBJECTS} objects")


def _content(file: DictionaryObject, names: list[str]) -> str | None:
    if not any(name.lower().endswith(_READABLE) for name in names):
        return None
    stream = member(file["/EF"], "/UF" if "/UF" in file["/EF"] else "/F")
    # One whose bytes are elsewhere (§7.3.8.2) is none of this file's.
    if not isinstance(stream, StreamObject) or "/F" in stream:
        return None
    if len(stream.data) > MAX_EMBEDDED:
        raise TooMuch(f"an embedded file has more than {MAX_EMBEDDED} bytes")
    return b64encode(stream.data).decode()


def metadata(reader: PdfFileReader) -> str | None:
    """The document's XMP (§14.3.2), as it is."""
    stream = member(reader.root, "/Metadata")
    return b64encode(stream.data).decode() if isinstance(stream, StreamObject) else None
