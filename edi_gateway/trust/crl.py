"""Certificate revocation lists (RFC 5280 §5): complete ones, by the authority that issued the certificates.

Delta CRLs, indirect ones and those for some reasons only are refused: what they leave out would count as not revoked.
"""

from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from edi_gateway.model.trust import Standing
from edi_gateway.trust.path import is_authority

MAX_CRL = 8 * 2**20
"""Bytes of one."""

_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512, hashes.SHA3_256, hashes.SHA3_384, hashes.SHA3_512)
_UNREADABLE = (ValueError, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm, TypeError)


def read_crl(octets: bytes) -> x509.CertificateRevocationList:
    """Raises ValueError, in words, for what is none, or one that is not processed here."""
    if len(octets) > MAX_CRL:
        raise ValueError(f"a CRL has at most {MAX_CRL} bytes here")
    try:
        crl = x509.load_der_x509_crl(octets)
        extensions = crl.extensions
    except _UNREADABLE as error:
        raise ValueError("it is not a CRL in DER or PEM") from error
    if crl.signature_hash_algorithm is not None and not isinstance(crl.signature_hash_algorithm, _HASHES):
        raise ValueError(f"the CRL is signed with {crl.signature_hash_algorithm.name}")
    for extension in extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise ValueError("it is a delta CRL: only complete ones count")
        if extension.critical and not isinstance(extension.value, x509.IssuingDistributionPoint):
            raise ValueError(f"the CRL has a critical extension that is not known: {extension.oid.dotted_string}")
    scope = scope_of(crl)
    if scope and (scope.indirect_crl or scope.only_some_reasons or scope.only_contains_attribute_certs):
        raise ValueError("the CRL is indirect, of attribute certificates, or for some reasons only")
    return crl


def scope_of(crl: x509.CertificateRevocationList) -> x509.IssuingDistributionPoint | None:
    """What it says that it is about (RFC 5280 §5.2.5); None: all certificates of its issuer."""
    try:
        return crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return None


def check_crl(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    """Raises ValueError, in words, unless the issuer signed it, and may sign CRLs.

    Each entry is looked at: one with a critical extension that is not processed makes the whole list unusable (§5.3).
    """
    check_signed(crl, issuer)
    for entry in crl:
        if any(extension.critical for extension in entry.extensions):
            raise ValueError(f"the CRL's entry of {entry.serial_number:x} has a critical extension that is not known")


def check_signed(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    """Raises ValueError, in words, unless the issuer signed it, and may sign CRLs."""
    if crl.issuer != issuer.subject:
        raise ValueError(
            f"the CRL is by {crl.issuer.rfc4514_string()[:200]}, not {issuer.subject.rfc4514_string()[:200]}"
        )
    try:
        if not issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign:
            raise ValueError("the CRL's issuer may not sign CRLs, by its key usage")
    except x509.ExtensionNotFound:
        pass  # RFC 5280 §6.3.3 (f): asked for only where there is one
    try:
        signed = crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type] # any other key is a TypeError
    except (InvalidSignature, *_UNREADABLE) as error:
        raise ValueError("the CRL's signature can't be verified with its issuer's key") from error
    if not signed:
        raise ValueError("the CRL's signature does not verify with its issuer's key")


@lru_cache(maxsize=64)
def _checked(octets: bytes, issuer: x509.Certificate) -> x509.CertificateRevocationList:
    crl = read_crl(octets)
    check_crl(crl, issuer)
    return crl


def ask(octets: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> tuple[Standing, datetime | None]:
    """What a CRL says of a certificate that the issuer issued, and its nextUpdate; names and digests are the caller's.

    Raises ValueError, in words, where it says nothing of it.
    """
    crl = _checked(octets, issuer)
    if not _covers(crl, certificate):
        raise ValueError("the CRL is about other certificates of its issuer")
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    revoked_at = entry.revocation_date_utc if entry else None
    standing = Standing("", "revoked" if entry else "good", as_of=crl.last_update_utc, revoked_at=revoked_at)
    return standing, crl.next_update_utc


def _covers(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    scope = scope_of(crl)
    if scope is None:
        return True
    if (scope.only_contains_ca_certs or scope.only_contains_user_certs) and (
        scope.only_contains_ca_certs != is_authority(certificate)
    ):
        return False
    # §6.3.3 (b)(2)(i): a name in the CRL is one that the certificate says its status is published under.
    named = scope.full_name or scope.relative_name
    return named is None or any(_is_named(scope, point, crl.issuer) for point in _points(certificate))


def _points(certificate: x509.Certificate) -> list[x509.DistributionPoint]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value)
    except x509.ExtensionNotFound:
        return []


def _is_named(scope: x509.IssuingDistributionPoint, point: x509.DistributionPoint, issuer: x509.Name) -> bool:
    if point.crl_issuer or point.reasons:
        return False
    return bool(
        _full(scope.full_name, scope.relative_name, issuer) & _full(point.full_name, point.relative_name, issuer)
    )


def _full(
    full: list[x509.GeneralName] | None, relative: x509.RelativeDistinguishedName | None, issuer: x509.Name
) -> set[x509.GeneralName]:
    """The names of a distribution point: a relative one follows its issuer's (§4.2.1.13)."""
    if relative is not None:
        return {x509.DirectoryName(x509.Name([*issuer.rdns, relative]))}
    return set(full or ())
