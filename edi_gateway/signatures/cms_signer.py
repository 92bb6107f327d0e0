"""The signing-certificate attributes (RFC 2634 §5.4, RFC 5035 §3): the signer says which certificate it signs with."""

import hmac
from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import CmsSigned
from edi_gateway.signatures.cms_algorithms import digest_name
from edi_gateway.signatures.policy import DIGESTS
from edi_gateway.syntax import der

_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


def check_signing_certificate(signed: CmsSigned, key: PartnerKey) -> None:
    """Refuse unless each signing-certificate attribute there is names a certificate of `key`.

    That is one it was registered or renewed with, or one in the SignedData. The first of the listed certificates is
    meant (RFC 5035 §5.4.1); it holds by its hash, so the issuer and serial number beside it add nothing.
    """
    for digest, expected in _named(signed):
        if not any(hmac.compare_digest(DIGESTS[digest](each).digest(), expected) for each in _own(signed, key)):
            raise Rejection("signature-invalid", "The signing-certificate attribute names another certificate.")


def _named(signed: CmsSigned) -> Iterator[tuple[str, bytes]]:
    """(digest name, certificate hash) for each attribute that is there. The first version is SHA-1 by definition."""
    for oid, default in ((_SIGNING_CERTIFICATE, "sha1"), (_SIGNING_CERTIFICATE_V2, "sha256")):
        if oid in signed.attributes:
            certificates = der.Reader(signed.attributes[oid]).enter(der.SEQUENCE).enter(der.SEQUENCE)
            first = certificates.enter(der.SEQUENCE)
            explicit = oid == _SIGNING_CERTIFICATE_V2 and first.peek() == der.SEQUENCE
            digest = digest_name(first.algorithm()) if explicit else default
            yield digest, first.value(der.OCTET_STRING)


def _own(signed: CmsSigned, key: PartnerKey) -> Iterator[bytes]:
    """The certificates of this key: nothing follows from an embedded one but that its hash may be named."""
    yield from key.certificates
    yield from (each for each in signed.certificates if key.spki in each and _spki(each) == key.spki)


def _spki(certificate: bytes) -> bytes:
    try:
        public_key = x509.load_der_x509_certificate(certificate).public_key()
        return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return b""
