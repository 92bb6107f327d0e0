"""Signatures in PDFs (PAdES, ETSI EN 319 142-1): a CMS signature over the file, but for the place of its own value."""

from collections.abc import Sequence
from dataclasses import replace

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope, PdfSigned, Verified
from edi_gateway.signatures import cms
from edi_gateway.syntax.pdf.inspection import inspect


def verify(envelope: Envelope, keys: Sequence[PartnerKey]) -> Verified:
    """Verify the last signature with the first of `keys` that fits, and return the PDF that it is over.

    `Verified.content` is that PDF with zeros for the value of the signature, which isn't signed; `source` has it. What
    was appended may be timestamps, and what proves the signature later, and is left out. Raises Rejection as
    `cms.verify` does, and Fault where appended octets can't be looked at.
    """
    verified = covered(envelope, keys)
    signed = envelope.signed
    assert isinstance(signed, PdfSigned)
    if signed.place.end < len(signed.octets):
        _check_appended(signed)
    return verified


def covered(envelope: Envelope, keys: Sequence[PartnerKey]) -> Verified:
    """The same of any signature in a PDF, whatever was appended after it."""
    signed = envelope.signed
    assert isinstance(signed, PdfSigned)
    verified = cms.verify(replace(envelope, format="cms", signed=signed.cms), keys)
    content, source = signed.place.blanked(signed.octets), signed.octets[: signed.place.end]
    return replace(verified, format="pades", content=content, source=source)


def _check_appended(signed: PdfSigned) -> None:
    """Whoever has the PDF can append to it, and has not signed: nobody is to be blamed for it (401)."""
    try:
        found = inspect(signed.octets, unsigned=True).signatures
    except Rejection as error:
        raise Rejection(
            "signature-invalid", f"What was appended after signing can't be read: {error.detail}"
        ) from error
    if not any(one.byte_range == signed.place.byte_range and one.changes == "archival" for one in found):
        raise Rejection("signature-invalid", "The PDF was changed after it was signed.")
