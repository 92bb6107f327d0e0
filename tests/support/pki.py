"""Certificate authorities for tests: certificates, CRLs and OCSP responses, right ones and wrong ones."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edi_gateway.model.trust import Held, TrustRoot

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)
POLICY = "1.3.6.1.4.1.99999.7"
SIGNING = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
AUTHORITY = x509.KeyUsage(False, False, False, False, False, True, True, False, False)

Extension = tuple[x509.ExtensionType, bool]


@dataclass(frozen=True)
class Issued:
    """A certificate with its key, and whoever issued it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    issuer: "Issued | None" = None

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def chain(self) -> tuple["Issued", ...]:
        """From here up, without the root."""
        return (self, *self.issuer.chain) if self.issuer else ()


def root(name: str = "Trust Root", since: datetime = NOON - YEAR, until: datetime = NOON + 5 * YEAR) -> Issued:
    return issued(f"CN={name}", None, [authority(), (AUTHORITY, True)], (since, until))


def between(issuer: Issued, name: str = "Issuing CA", *more: Extension, length: int | None = None) -> Issued:
    extensions = [authority(length), (AUTHORITY, True), *more]
    return issued(f"CN={name}", issuer, extensions, (NOON - YEAR, NOON + 3 * YEAR))


def signer(
    issuer: Issued,
    *more: Extension,
    subject: str = "CN=Acme Tools,O=Acme",
    since: datetime = NOON - DAY,
    until: datetime = NOON + YEAR,
    usage: x509.KeyUsage | None = SIGNING,
) -> Issued:
    extensions = [*([(usage, True)] if usage else []), *more]
    return issued(subject, issuer, extensions, (since, until))


def authority(length: int | None = None) -> Extension:
    return x509.BasicConstraints(True, length), True


def policy(oid: str = POLICY) -> Extension:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None)]), False


def usage(*oids: x509.ObjectIdentifier) -> Extension:
    return x509.ExtendedKeyUsage(oids), False


def san(*names: x509.GeneralName) -> Extension:
    return x509.SubjectAlternativeName(names), False


def trust(of: Issued, **limits: Any) -> TrustRoot:
    return TrustRoot("acme-ca", of.der, **limits)


def crl(
    issuer: Issued,
    *revoked: Issued,
    at: datetime = NOON - DAY,
    since: datetime = NOON - timedelta(hours=1),
    until: datetime = NOON + DAY,
    extensions: tuple[Extension, ...] = (),
    by: Any = None,
) -> bytes:
    """`at` is when the certificates were revoked, `by` another key that signs in the issuer's name."""
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject).last_update(since).next_update(until)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder(one.certificate.serial_number, at).build()
        builder = builder.add_revoked_certificate(entry)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(by or issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def responder(issuer: Issued, *more: Extension, since: datetime = NOON - YEAR) -> Issued:
    """Somebody whom the issuer lets answer for it."""
    extensions = more or (usage(ExtendedKeyUsageOID.OCSP_SIGNING), (x509.OCSPNoCheck(), False))
    # When it answers is taken from the real clock, which no test can set.
    return issued("CN=Responder", issuer, [(SIGNING, True), *extensions], (since, NOON + 20 * YEAR))


def response(
    of: Issued,
    *,
    revoked_at: datetime | None = None,
    status: ocsp.OCSPCertStatus | None = None,
    since: datetime = NOON - timedelta(hours=1),
    until: datetime | None = NOON + DAY,
    by: Issued | None = None,
    brings: bool = True,
    forged: bool = False,
    hash: hashes.HashAlgorithm | None = None,
) -> bytes:
    """`by` is the responder, else the issuer; `forged`: it signed something else."""
    assert of.issuer
    signing = by or of.issuer
    builder = ocsp.OCSPResponseBuilder().add_response(
        of.certificate,
        of.issuer.certificate,
        hash or hashes.SHA1(),
        status or (ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD),
        since,
        until,
        revoked_at,
        None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signing.certificate)
    if by and brings:
        builder = builder.certificates([by.certificate])
    signed = builder.sign(signing.key, hashes.SHA256())
    octets, other = signed.public_bytes(Encoding.DER), signing.key.sign(b"something else", ec.ECDSA(hashes.SHA256()))
    if not forged:
        return octets
    while len(other) != len(signed.signature):
        other = signing.key.sign(b"something else", ec.ECDSA(hashes.SHA256()))
    return octets.replace(signed.signature, other)


def held(octets: bytes) -> Held:
    """As it would be kept."""
    try:
        ocsp.load_der_ocsp_response(octets)
    except ValueError:
        return Held("crl", f"sha256:crl-{hash(octets)}", octets)
    return Held("ocsp", f"sha256:ocsp-{hash(octets)}", octets)


def issued(
    subject: str, issuer: Issued | None, extensions: list[Extension], window: tuple[datetime, datetime]
) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(subject, {"organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER})
    builder = x509.CertificateBuilder(
        issuer.certificate.subject if issuer else name,
        name,
        key.public_key(),
        x509.random_serial_number(),
        *window,
    )
    above = (issuer.key if issuer else key).public_key()
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Issued(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key, issuer)
