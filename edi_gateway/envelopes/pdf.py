"""PDF with signatures in it (PAdES, ETSI EN 319 142-1): `application/pdf`.

The signature that counts is the last one that isn't a timestamp: whoever sends a contract has signed it last.
"""

from collections.abc import Iterator
from typing import Final

from edi_gateway.envelopes import signed_data
from edi_gateway.errors import Rejection
from edi_gateway.model.pdf import Place
from edi_gateway.model.transmission import Envelope, PdfSigned, Transmission
from edi_gateway.syntax import der
from edi_gateway.syntax.pdf.places import places

MEDIA_TYPE: Final = "application/pdf"
_ID_TIMESTAMP: Final = "1.2.840.113549.1.9.16.1.4"


def unwrap(transmission: Transmission) -> Envelope:
    """Find the last signature. Nothing of the PDF is read but that signature.

    Raises Rejection: `not-pdf`, `unsigned`, `signature-profile`, `not-cms`.
    """
    octets = transmission.body
    if not octets.startswith(b"%PDF-"):
        raise Rejection("not-pdf", "A PDF begins with %PDF- (ISO 32000-2 §7.5.2).")
    found = _signatures(octets)
    if not found:
        raise Rejection("unsigned", "No signature in the PDF covers all that precedes its end but its own value.")
    return _envelope(octets, found[-1])


def earlier(octets: bytes) -> Iterator[Envelope]:
    """The signatures before the last, in the order of signing. Each takes the memory of the PDF. Raises Rejection."""
    for place in _signatures(octets)[:-1]:
        yield _envelope(octets, place)


def _signatures(octets: bytes) -> list[Place]:
    return [place for place in places(octets) if not _is_timestamp(place.value(octets))]


def _envelope(octets: bytes, place: Place) -> Envelope:
    signed, key_names = signed_data.read(_trimmed(place.value(octets)), detached=place.covered(octets))
    return Envelope("pades", MEDIA_TYPE, key_names, PdfSigned(signed, octets, place))


def _trimmed(value: bytes) -> bytes:
    """The DER without the zeros that fill up its place (ISO 32000-2 §12.8.3.3)."""
    element = der.Reader(value).element(der.SEQUENCE)
    if value[len(element) :].strip(b"\0"):
        raise Rejection("signature-profile", "Something follows the signature in its place.")
    return element


def _is_timestamp(value: bytes) -> bool:
    """Whether it is a document timestamp (EN 319 142-1 §5.4.3): a SignedData over a TSTInfo (RFC 3161 §2.4.2)."""
    try:
        fields = der.Reader(value).enter(der.SEQUENCE)
        fields.skip()
        fields = fields.enter(der.context(0)).enter(der.SEQUENCE)
        fields.integer()
        fields.skip(der.SET)
        return fields.enter(der.SEQUENCE).oid() == _ID_TIMESTAMP
    except Rejection:
        return False
