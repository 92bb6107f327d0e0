"""Certificates in the shapes that operators present."""

from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def certificate(
    key: Any,
    *extensions: x509.ExtensionType,
    subject: str = "CN=acme",
    issuer: str = "O=Trust,CN=Root",
    serial: int = 4711,
    since: datetime = NOON - DAY,
    until: datetime = NOON + DAY,
) -> x509.Certificate:
    """A certificate of the key, by an issuer of its own."""
    builder = x509.CertificateBuilder(
        x509.Name.from_rfc4514_string(issuer),
        x509.Name.from_rfc4514_string(subject),
        key.public_key(),
        serial,
        since,
        until,
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())


def der(found: x509.Certificate) -> bytes:
    return found.public_bytes(Encoding.DER)


def pem(found: x509.Certificate) -> bytes:
    return found.public_bytes(Encoding.PEM)


def with_an_extension_twice(key: Any) -> bytes:
    """In DER: two of its extensions are one and the same, which RFC 5280 §4.2 forbids."""
    oids = [x509.ObjectIdentifier(f"1.3.6.1.4.1.99999.{n}") for n in (1, 2)]
    found = der(certificate(key, *(x509.UnrecognizedExtension(oid, b"\x05\x00") for oid in oids)))
    one, other = (bytes.fromhex("2b06010401868d1f") + bytes([n]) for n in (1, 2))
    assert found.count(other) == 1
    return found.replace(other, one)


def of_version(number: int, certificate: bytes) -> bytes:
    """A DER certificate with another version number (RFC 5280 §4.1.2.1: 2 means version 3)."""
    assert certificate.count(b"\xa0\x03\x02\x01\x02") == 1
    return certificate.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01" + bytes([number]))


def pem_of(certificate: bytes) -> bytes:
    """Octets in PEM as a certificate, whatever they are."""
    return b"-----BEGIN CERTIFICATE-----\n" + encodebytes(certificate) + b"-----END CERTIFICATE-----\n"
