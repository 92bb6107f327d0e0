"""The one form of a timestamp token that is kept: only what is signed, and the certificates that lead to its root.

Around what its signature covers, a token (RFC 3161 §2.4.2, a CMS SignedData) holds much that nothing covers: further
certificates, revocation lists, unsigned attributes, several ways to order the same. `distil` leaves all of it out, so
that every octet that remains is held by the signature, by the signature of a certificate, or by the form itself.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.model.transmission import AlgorithmIdentifier
from edi_gateway.syntax import der
from edi_gateway.syntax.der import Reader, header

MAX_TOKEN = 64 * 1024
MAX_CERTIFICATES = 16

_CONTENTS = der.context(0)
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
_VERSION_1, _VERSION_3 = b"\x02\x01\x01", b"\x02\x01\x03"
_GRANTED = b"\x30\x03\x02\x01\x00"

T = TypeVar("T")


class Signer(NamedTuple):
    """Of the SignerInfo (RFC 5652 §5.3): which certificate, and how. `attributes` are the signed ones' octets."""

    certificate: bytes
    digest: AlgorithmIdentifier
    attributes: bytes
    algorithm: AlgorithmIdentifier


class Parts(NamedTuple):
    """What a token is made of: its signer, and the certificates from the signer's own upwards."""

    signer: Signer
    chain: tuple[x509.Certificate, ...]


def distil(token: bytes) -> bytes:
    """The same timestamp in the form that is kept (DER). Raises Unproven where there is none in it."""
    return reading(lambda: _read(token))[1]


def take_apart(token: bytes) -> Parts:
    """Raises Unproven for anything but a token in the form that is kept."""
    parts, form = reading(lambda: _read(token))
    if form != token:
        raise Unproven("the timestamp has parts that nothing signs, or is not in the form in which one is kept")
    return parts


def as_response(token: bytes) -> bytes:
    """The TimeStampResp that grants the token (RFC 3161 §2.4.2): what a .tsr file holds."""
    return _tlv(der.SEQUENCE, _GRANTED, token)


def from_response(response: bytes) -> bytes:
    """The token in what `as_response` wrote. Raises Unproven for anything else."""

    def token() -> bytes:
        fields = Reader(response).enter(der.SEQUENCE)
        fields.skip(der.SEQUENCE)
        return fields.element(der.SEQUENCE)

    found = reading(token)
    if as_response(found) != response:
        raise Unproven("the timestamp's file holds more than a granted token")
    return found


def reading(read: Callable[[], T]) -> T:
    """What `read` gives; what it can't read is a timestamp that is none."""
    try:
        return read()
    except Rejection as error:
        raise Unproven(f"the timestamp is malformed: {error.detail}") from error


def _read(token: bytes) -> tuple[Parts, bytes]:
    """The parts, and the form that is made of nothing else."""
    if len(token) > MAX_TOKEN:
        raise Unproven(f"the timestamp is longer than {MAX_TOKEN} bytes")
    whole = Reader(token)
    outer = whole.enter(der.SEQUENCE)
    if outer.element(der.OID) != _SIGNED_DATA:
        raise Unproven("the timestamp is not a CMS SignedData")
    fields = outer.enter(_CONTENTS).enter(der.SEQUENCE)
    fields.skip(der.INTEGER)
    fields.skip(der.SET)
    content = fields.element(der.SEQUENCE)
    if Reader(content).enter(der.SEQUENCE).element(der.OID) != _TST_INFO:
        raise Unproven("what is signed is not a timestamp")
    held = _certificates(fields.optional(_CONTENTS))
    fields.optional(der.context(1))
    signers = fields.enter(der.SET)
    signer, digest, signed = _signer(signers.enter(der.SEQUENCE))
    for reader in (signers, fields, outer, whole):
        reader.finish()
    chain = _chain(signer.certificate, held)
    kept = sorted(certificate.public_bytes(Encoding.DER) for certificate in chain)
    data = _tlv(der.SEQUENCE, _VERSION_3, _tlv(der.SET, digest), content, _tlv(_CONTENTS, *kept), _tlv(der.SET, signed))
    return Parts(signer, chain), _tlv(der.SEQUENCE, _SIGNED_DATA, _tlv(_CONTENTS, data))


def _signer(fields: Reader) -> tuple[Signer, bytes, bytes]:
    """The signer, its digestAlgorithm, and its SignerInfo without what is not signed."""
    version, certificate, digest = fields.element(der.INTEGER), fields.element(der.SEQUENCE), fields.element()
    attributes, algorithm, signature = fields.element(_CONTENTS), fields.element(), fields.element(der.OCTET_STRING)
    fields.optional(der.context(1))
    fields.finish()
    if version != _VERSION_1:
        raise Unproven("the timestamp does not name its signer by issuer and serial number")
    signed = _tlv(der.SEQUENCE, version, certificate, digest, attributes, algorithm, signature)
    signer = Signer(certificate, Reader(digest).algorithm(), attributes, Reader(algorithm).algorithm())
    return signer, digest, signed


def _certificates(fields: Reader | None) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    while fields and fields.peek() is not None:
        encoded = fields.element()
        if len(found) == MAX_CERTIFICATES:
            raise Unproven(f"the timestamp has more than {MAX_CERTIFICATES} certificates")
        found.append(_certificate(encoded))
    return found


def _certificate(encoded: bytes) -> x509.Certificate:
    fields = Reader(encoded).enter(der.SEQUENCE).enter(der.SEQUENCE)
    fields.optional(_CONTENTS)
    if fields.integer() <= 0:
        raise Unproven("the timestamp has a certificate whose number is not positive (RFC 5280 §4.1.2.2)")
    try:
        certificate = x509.load_der_x509_certificate(encoded)
        # The library reads a certificate's parts when they are asked for.
        if certificate.issuer and certificate.subject and certificate.not_valid_after_utc:
            return certificate
    except (ValueError, x509.InvalidVersion) as error:
        raise Unproven("the timestamp has a certificate that can't be read") from error
    raise Unproven("the timestamp has a certificate without names")


def _chain(signer: bytes, held: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """From the signer's certificate up as far as they go; a root is left out, since nobody trusts it for being here."""
    chain = [certificate for certificate in held if _identifier(certificate) == signer][:1]
    if not chain:
        raise Unproven("the timestamp does not bring the certificate that it was signed with")
    while issuers := [one for one in held if one not in chain and one.issuer != one.subject and issued(chain[-1], one)]:
        chain.append(issuers[0])
    return tuple(chain)


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and key stand behind the certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _identifier(certificate: x509.Certificate) -> bytes:
    """The IssuerAndSerialNumber (RFC 5652 §10.2.4) of a certificate."""
    serial = certificate.serial_number
    octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
    return _tlv(der.SEQUENCE, certificate.issuer.public_bytes(), _tlv(der.INTEGER, octets))


def _tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return header(tag, len(content)) + content
