"""What a PDF must keep before the document inside it is looked at: whole, open, and without anything that runs."""

from collections.abc import Iterator
from typing import Final

from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO, Finding, Severity, Stage
from edi_gateway.syntax.pdf.inspection import FieldSignature, Inspection
from edi_gateway.syntax.pdf.places import places

SEVERAL: Final = "The PDF has more than one document in it, or one that two readers may read in two ways."
NONE: Final = "The PDF has no document in it that the gateway reads, and no record that was sent before names it."


def check(found: Inspection, octets: bytes, *, signed: bool) -> Iterator[Finding]:
    """Everything that is wrong with a PDF as such. `signed`: one of its own signatures is what names the sender."""
    if found.encrypted:
        yield _finding("GW-PDF-002", "fatal", "wellformed", "The PDF is encrypted.")
        return
    if found.active:
        message = "The PDF would run something, or change what is seen, when it is opened."
        yield _finding("GW-PDF-003", "error", "wellformed", message, ", ".join(found.active))
    if not found.strict:
        yield _loose(signed or bool(found.signatures))
    yield from _fields(found, octets, signed=signed)
    ordinary = [each for each in found.signatures if not each.timestamp]
    for signature in ordinary:
        yield from _changes(signature, "archival" if signature is ordinary[-1] else "signatures")
    for signature in found.signatures:
        if not signature.holds:
            message = "A signature in the PDF does not verify with the certificate that it brings."
            yield _finding("GW-PDF-008", "error", "signature", message, signature.field)


def _loose(signed: bool) -> Finding:
    if signed:
        return _finding(
            "GW-PDF-005", "error", "wellformed", "The PDF is signed, and not built so that there is one reading."
        )
    return _finding("GW-PDF-004", "warning", "wellformed", "The PDF is not built as ISO 32000 says.")


def _fields(found: Inspection, octets: bytes, *, signed: bool) -> Iterator[Finding]:
    """What was verified over the bytes must be what a reader of the PDF takes for its signatures."""
    if not found.signatures and not signed:
        return
    try:
        standing = {place.byte_range for place in places(octets)}
    except Rejection:
        standing = set()
    last = next((each for each in reversed(found.signatures) if not each.timestamp), None)
    ends = last is not None and (last.changes != "none" or sum(last.byte_range[2:]) == len(octets))
    if not ends or standing != {each.byte_range for each in found.signatures}:
        message = "The PDF's signature fields are not the signatures that cover its bytes."
        yield _finding("GW-PDF-009", "error", "signature", message)


def _changes(signature: FieldSignature, most: str) -> Iterator[Finding]:
    if signature.changes not in ("none", "archival", most):
        message = "The PDF was changed after it was signed."
        yield _finding(
            "GW-PDF-006", "error", "signature", message, f"{signature.field}: {signature.reason}".strip(": ")
        )
    elif signature.covered:
        message = "A visible signature field was added after somebody had signed: it can hide what they signed."
        yield _finding("GW-PDF-007", "error", "signature", message, ", ".join(signature.covered))


def _finding(rule: str, severity: Severity, stage: Stage, message: str, actual: str | None = None) -> Finding:
    return Finding(rule, severity, stage, message, actual=actual[:MAX_ECHO] if actual else None)
