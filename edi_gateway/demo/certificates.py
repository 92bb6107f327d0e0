"""Keys and self-signed certificates, made on the spot."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key, its DER certificate, and the PEM files of both."""

    private_key: ec.EllipticCurvePrivateKey
    certificate: bytes
    key_file: Path
    certificate_file: Path


def make(folder: Path, file: str, name: str, now: datetime, hosts: Sequence[str] = ()) -> Identity:
    """A P-256 key with a certificate for `name`, and for a server's `hosts`, in `file`.key and `file`.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, name, now, hosts)
    identity = Identity(key, certificate.public_bytes(Encoding.DER), folder / f"{file}.key", folder / f"{file}.pem")
    identity.certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    with open(identity.key_file, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as opened:
        opened.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return identity


def _certificate(key: ec.EllipticCurvePrivateKey, name: str, now: datetime, hosts: Sequence[str]) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public = key.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    builder = (
        x509.CertificateBuilder(subject, subject, public, x509.random_serial_number(), now, now + LIFETIME)
        # A self-signed certificate is its own authority: strict verifiers want it to say so (RFC 5280 §4.2.1.9).
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(_usage(), critical=True)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(each) for each in hosts]), critical=False)
    return builder.sign(key, hashes.SHA256())


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
