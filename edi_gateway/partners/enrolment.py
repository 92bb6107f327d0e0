"""Reading the key that somebody presents for enrolment."""

import hashlib
from datetime import datetime
from typing import get_args

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_public_key,
    pkcs7,
)

from edi_gateway.model.partner import PartnerKey, PublicKey
from edi_gateway.partners.keyring import names

# RFC 5652 §5.1: id-signedData, which a ContentInfo begins with.
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_HEADER = 24
_BEGIN = b"-----BEGIN "


def read_key(data: bytes, partner: str, since: datetime | None, until: datetime | None) -> PartnerKey:
    """A PEM or DER certificate or public key as a key of `partner`, its window narrowed to the certificate's own.

    Of a chain (several certificates in PEM, or a PKCS#7 file, PEM or DER) it is the certificate at its end.

    Raises ValueError, in words for an operator, for anything else: a private key, an unknown type, an empty window.
    """
    if _is_private(data):
        raise ValueError(
            "the file holds a private key, which nobody but its owner may ever have: now that it was shown, have it "
            "replaced, and enrol the new one's certificate or public key"
        )
    try:
        certificates = _certificates(data)
        certificate = _leaf(certificates)
        public_key = certificate.public_key() if certificate else _public_key(data, certificates)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise ValueError("the file is neither a certificate nor a public key, in PEM or DER, nor a chain") from error
    if certificates and not certificate:
        raise ValueError("the file is not one chain: it holds more than one certificate that issued none of the others")
    if not isinstance(public_key, get_args(PublicKey)):
        raise ValueError(f"keys of this type do not sign documents here: {type(public_key).__name__}")
    if certificate:
        since = max(filter(None, (since, certificate.not_valid_before_utc)))
        until = min(filter(None, (until, certificate.not_valid_after_utc)))
    if since and until and since >= until:
        raise ValueError("the window of validity is empty")
    spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = PartnerKey(
        fingerprint=hashlib.sha256(spki).hexdigest(),
        partner=partner,
        spki=spki,
        certificate=certificate.public_bytes(Encoding.DER) if certificate else None,
        valid_from=since,
        valid_until=until,
        public_key=public_key,
    )
    # Asked now, because the directory is made of all keys: one that can't be named would take the others with it.
    names(key)
    return key


def pem(key: PartnerKey) -> bytes:
    """What `read_key` reads: the certificate where there is one, else the public key, in the one form that PEM has;
    after it the certificates that the key was renewed with, oldest first."""
    first, *renewals = (_certificate_pem(term.certificate) if term.certificate else b"" for term in key.terms)
    bare = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return b"".join([first or bare, *renewals])


def pem_blocks(data: bytes) -> list[bytes]:
    """What `pem` put together, each by itself."""
    return [_BEGIN + block for block in data.split(_BEGIN)[1:]]


def _certificate_pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _is_private(data: bytes) -> bool:
    if b"PRIVATE KEY-----" in data:
        return True
    try:
        load_der_private_key(data, None)
    except TypeError:  # it is one, and encrypted
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _certificates(data: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN PKCS7-----" in data:
        return pkcs7.load_pem_pkcs7_certificates(data)
    if b"-----BEGIN CERTIFICATE" in data:
        return x509.load_pem_x509_certificates(data)
    if b"-----BEGIN" in data:
        return []
    if _SIGNED_DATA in data[:_HEADER]:
        return pkcs7.load_der_pkcs7_certificates(data)
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return []


def _leaf(certificates: list[x509.Certificate]) -> x509.Certificate | None:
    """The one that issued none of the others, if there is exactly one."""
    issuers = [one.issuer for one in certificates if one.issuer != one.subject]
    ends = {one for one in certificates if one.subject not in issuers} if len(certificates) > 1 else set(certificates)
    return ends.pop() if len(ends) == 1 else None


def _public_key(data: bytes, certificates: list[x509.Certificate]) -> object:
    if certificates:
        return None
    return load_pem_public_key(data) if b"-----BEGIN" in data else load_der_public_key(data)
