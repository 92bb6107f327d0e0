"""The process: made ready, closed off, and asked."""

import json
import logging
import resource
import time
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from typing import Any, Final

from pyhanko.pdf_utils.misc import PdfDecodeLimitError, PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from edi_gateway.engine.answering import CannotSay
from edi_gateway.syntax.pdf.inspector.actions import active
from edi_gateway.syntax.pdf.inspector.files import embedded, metadata
from edi_gateway.syntax.pdf.inspector.limits import MAX_TEXT, MEMORY, PROCESSOR_SECONDS, TooMuch
from edi_gateway.syntax.pdf.inspector.signatures import signatures

_LATER: Final = (
    "cryptography.hazmat.backends.openssl.backend",
    "pyhanko.pdf_utils.crypt.pdfmac",
    "pyhanko.pdf_utils.filters",
    "pyhanko.pdf_utils.metadata.xmp_xml",
)
"""Modules that are imported only when it comes to it: by then they can't be opened any more."""


def prepare() -> Callable[[bytes], bytes]:
    """Import all that will be needed, give up all that won't, and return what answers."""
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


def inspect(octets: bytes) -> dict[str, Any]:
    """Everything that is asked of a PDF. Raises CannotSay for what is none, or takes too much."""
    try:
        return _inspected(octets)
    except CannotSay:
        raise
    except MemoryError as error:
        raise TooMuch(f"it takes more than {MEMORY >> 20} MB") from error
    except PdfDecodeLimitError as error:
        raise TooMuch("it unpacks to more than it may") from error
    except RecursionError as error:
        raise TooMuch("it is nested too deep") from error
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
        "signatures": list(signatures(reader)),
        "embedded": list(embedded(reader)),
        "metadata": metadata(reader),
        "active": sorted(set(active(reader))),
    }


def _open(octets: bytes) -> tuple[PdfFileReader, bool]:
    """Read strictly if that can be done: many programs write PDFs that ISO 32000 would not have."""
    try:
        reader = PdfFileReader(BytesIO(octets), strict=True)
        reader.root  # noqa: B018 - raises for what can't be read
        return reader, not reader.xrefs.hybrid_xrefs_present
    except PdfError:
        return PdfFileReader(BytesIO(octets), strict=False), False
