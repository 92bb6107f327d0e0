"""The process in which pyHanko looks at PDFs: `python -m edi_gateway.syntax.pdf.inspector`.

A question is a PDF, the answer what `inspection` makes an Inspection of, in JSON. Here nothing is decided. The process
can open no file and no connection once it is ready, and has so much memory, and processor time for each document.
"""

import json
import logging
import resource
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from importlib import import_module
from io import BytesIO
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject
from pyhanko.pdf_utils.misc import PdfDecodeLimitError, PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.rules.form_field_rules import is_field_visible
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from edi_gateway.engine.answering import CannotSay, serve

MEMORY: Final = 512 * 2**20
"""Bytes of address space, of which Python with pyHanko takes some 75 million."""
PROCESSOR_SECONDS: Final = 10
MAX_EMBEDDED: Final = 16 * 2**20
"""Bytes of an embedded file that is looked into; others are named only."""
MAX_OBJECTS: Final = 500_000
MAX_TEXT: Final = 200
LIMITS: Final = "limits: "
"""How the reason begins where a PDF takes more than it is given."""

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
    )
)
_READABLE: Final = (".xml", ".json")
_CHANGES: Final = {
    ModificationLevel.NONE: "none",
    ModificationLevel.LTA_UPDATES: "archival",
    ModificationLevel.FORM_FILLING: "signatures",
}
# pyHanko's own policy without filling in forms: signatures, timestamps, and what proves them later.
_POLICY: Final = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        DocInfoRule().as_qualified(ModificationLevel.LTA_UPDATES),
        XrefStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        ObjectStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        DSSCompareRule().as_qualified(ModificationLevel.LTA_UPDATES),
        MetadataUpdateRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ],
    form_rule=FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),
)


def inspect(octets: bytes) -> dict[str, Any]:
    """Everything that is asked of a PDF. Raises CannotSay for what is none, or takes too much."""
    try:
        return _inspected(octets)
    except CannotSay:
        raise
    except MemoryError as error:
        raise CannotSay(f"{LIMITS}it takes more than {MEMORY >> 20} MB") from error
    except PdfDecodeLimitError as error:
        raise CannotSay(f"{LIMITS}it unpacks to more than it may") from error
    except RecursionError as error:
        raise CannotSay(f"{LIMITS}it is nested too deep") from error
    # Whatever pyHanko stumbles over, in a document that somebody made up: nothing else was asked for.
    except Exception as error:
        raise CannotSay(f"{type(error).__name__}: {error}"[:MAX_TEXT]) from error


def _inspected(octets: bytes) -> dict[str, Any]:
    reader, strict = _open(octets)
    if "/Encrypt" in reader.trailer:
        return {"strict": strict, "encrypted": True}
    return {
        "strict": strict,
        "encrypted": False,
        "signatures": list(_signatures(reader)),
        "embedded": list(_embedded(reader)),
        "metadata": _metadata(reader),
        "active": sorted(set(_active(reader))),
    }


def _open(octets: bytes) -> tuple[PdfFileReader, bool]:
    """Read strictly if that can be done: many programs write PDFs that ISO 32000 would not have."""
    try:
        reader = PdfFileReader(BytesIO(octets), strict=True)
        reader.root  # noqa: B018 - raises for what can't be read
        return reader, not reader.xrefs.hybrid_xrefs_present
    except PdfError:
        return PdfFileReader(BytesIO(octets), strict=False), False


def _signatures(reader: PdfFileReader) -> Iterator[dict[str, Any]]:
    visible = set(_visible(reader))
    for signature in reader.embedded_signatures:
        signature.compute_integrity_info(diff_policy=_POLICY)
        result = signature.diff_result
        allowed = isinstance(result, DiffResult) and bool(signature.summarise_integrity_info()["docmdp_ok"])
        then = reader.get_historical_resolver(signature.signed_revision)
        yield {
            "field": str(signature.fq_name)[:MAX_TEXT],
            "timestamp": signature.sig_object_type == "/DocTimeStamp",
            "byteRange": [int(each) for each in signature.byte_range],
            "holds": _holds(signature),
            "changes": _CHANGES.get(result.modification_level, "other") if allowed else "other",
            "reason": "" if isinstance(result, DiffResult) else " ".join(str(result).split())[:MAX_TEXT],
            "covered": sorted(visible - set(_visible(then))),
        }


def _visible(handler: PdfHandler) -> Iterator[str]:
    for name, _, reference in enumerate_sig_fields(handler):
        if is_field_visible(reference.get_object()):
            yield str(name)[:MAX_TEXT]


def _holds(signature: EmbeddedPdfSignature) -> bool:
    """Whether it is over these bytes, and for an ordinary one, whether its own certificate verifies it."""
    digest = signature.compute_digest()
    if signature.sig_object_type == "/DocTimeStamp":
        imprint = signature.signed_data["encap_content_info"]["content"].parsed["message_imprint"]
        return bool(imprint["hashed_message"].native == digest)
    try:
        intact, valid = validate_sig_integrity(signature.signer_info, signature.signer_cert, "data", digest)
    except (ValueError, LookupError, NotImplementedError, UnsupportedAlgorithm):
        return False
    return intact and valid


def _embedded(reader: PdfFileReader) -> Iterator[dict[str, Any]]:
    """The embedded files: those that the catalogue names, and those associated with the document, each once."""
    seen = set()
    for raw in (*_named_files(reader), *_items(_member(reader.root, "/AF"))):
        key = _identity(raw)
        file = _resolved(raw)
        if key in seen or not isinstance(file, DictionaryObject) or "/EF" not in file:
            continue
        seen.add(key)
        names = [str(file[each])[:MAX_TEXT] for each in ("/UF", "/F") if each in file]
        streams = {_identity(dict.get(file["/EF"], each)) for each in ("/UF", "/F") if each in file["/EF"]}
        yield {
            "name": names[0] if names else "",
            # Two readers could take two files for it.
            "ambiguous": len(set(names)) != 1 or len(streams) != 1,
            "relationship": str(file.get("/AFRelationship", ""))[1 : MAX_TEXT + 1],
            "octets": _content(file, names),
        }


def _named_files(reader: PdfFileReader) -> Iterator[Any]:
    """The values of the name tree of embedded files (ISO 32000-2 §7.9.6)."""
    names = _member(reader.root, "/Names")
    waiting = [_member(names, "/EmbeddedFiles")] if names else []
    for _ in range(MAX_OBJECTS):
        if not waiting:
            return
        node = _resolved(waiting.pop())
        if isinstance(node, DictionaryObject):
            yield from list(_items(_member(node, "/Names")))[1::2]
            waiting.extend(_items(_member(node, "/Kids")))
    raise CannotSay(f"{LIMITS}it has more than {MAX_OBJECTS} objects")


def _content(file: DictionaryObject, names: list[str]) -> str | None:
    if not any(name.lower().endswith(_READABLE) for name in names):
        return None
    stream = _member(file["/EF"], "/UF" if "/UF" in file["/EF"] else "/F")
    # One whose bytes are elsewhere (§7.3.8.2) is none of this file's.
    if not isinstance(stream, StreamObject) or "/F" in stream:
        return None
    if len(stream.data) > MAX_EMBEDDED:
        raise CannotSay(f"{LIMITS}an embedded file has more than {MAX_EMBEDDED} bytes")
    return b64encode(stream.data).decode()


def _metadata(reader: PdfFileReader) -> str | None:
    """The document's XMP (§14.3.2), as it is."""
    stream = _member(reader.root, "/Metadata")
    return b64encode(stream.data).decode() if isinstance(stream, StreamObject) else None


def _active(reader: PdfFileReader) -> Iterator[str]:
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
            waiting.extend(each for each in list.__iter__(item) if isinstance(each, _CONTAINERS))
    raise CannotSay(f"{LIMITS}it has more than {MAX_OBJECTS} objects")


_CONTAINERS: Final = (IndirectObject, DictionaryObject, ArrayObject)


def _acts(item: DictionaryObject) -> Iterator[str]:
    kind = dict.get(item, "/S")
    # An element of the document's structure has a type under the same name, and content.
    if kind in _ACTIONS and "/K" not in item:
        yield str(kind)[1:]
    if "/JS" in item:
        yield "JavaScript"
    if "/XFA" in item:
        yield "XFA"


def _items(array: Any) -> Iterator[Any]:
    if isinstance(array, ArrayObject):
        yield from list.__iter__(array)


def _member(item: DictionaryObject, name: str) -> Any:
    return _resolved(dict.get(item, name))


def _resolved(item: Any) -> Any:
    return item.get_object() if isinstance(item, IndirectObject) else item


def _identity(item: Any) -> Any:
    return item.reference if isinstance(item, IndirectObject) else id(item)


_LATER: Final = (
    "cryptography.hazmat.backends.openssl.backend",
    "pyhanko.pdf_utils.crypt.pdfmac",
    "pyhanko.pdf_utils.filters",
    "pyhanko.pdf_utils.metadata.xmp_xml",
)
"""Modules that are imported only when it comes to it: by then they can't be opened any more."""


def _prepare() -> Callable[[bytes], bytes]:
    for module in _LATER:
        import_module(module)
    logging.disable()
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))

    def answer(octets: bytes) -> bytes:
        spent = int(time.process_time()) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (spent + PROCESSOR_SECONDS, resource.RLIM_INFINITY))
        return json.dumps(inspect(octets)).encode()

    return answer


if __name__ == "__main__":
    serve(_prepare)
