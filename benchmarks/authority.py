"""A certificate authority for benchmarks: certificates and CRLs as partners have them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

DAY, YEAR = timedelta(days=1), timedelta(days=365)


@dataclass(frozen=True)
class Authority:
    """Somebody who issues certificates."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def authority(name: str, issuer: Authority | None, now: datetime) -> Authority:
    """A root, or one below `issuer`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    above = issuer.certificate.subject if issuer else subject
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    extensions: Iterable[x509.ExtensionType] = (x509.BasicConstraints(True, None), usage)
    by = issuer.key if issuer else key
    return Authority(_certificate((subject, above), key.public_key(), (now - DAY, 5 * YEAR), extensions, by), key)


def issued(name: str, key: ec.EllipticCurvePublicKey, issuer: Authority, now: datetime) -> x509.Certificate:
    """For somebody who signs documents, from an hour ago."""
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    names = _name(name), issuer.certificate.subject
    return _certificate(names, key, (now - timedelta(hours=1), YEAR), (usage,), issuer.key)


def _certificate(
    names: tuple[x509.Name, x509.Name],
    key: ec.EllipticCurvePublicKey,
    window: tuple[datetime, timedelta],
    extensions: Iterable[x509.ExtensionType],
    by: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject, issuer = names
    since, long = window
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), since, since + long)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    for extension in extensions:
        builder = builder.add_extension(extension, True)
    return builder.sign(by, hashes.SHA256())


def crl(issuer: Authority, now: datetime) -> bytes:
    """One that revokes nothing."""
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject)
    builder = builder.last_update(now - timedelta(hours=1)).next_update(now + DAY)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
