"""Whether a certificate leads to a root that is trusted, and what that root lets it do (RFC 5280 §6).

`cryptography` builds the path and checks it: signatures, names, validity, CAs, path lengths, name constraints. What it
does not process it refuses where it is critical: certificate policies beyond those that are named literally,
constraints of directory names and URIs. It knows RSA from 2048 bits, P-256, P-384, P-521 and ML-DSA, and no Ed25519.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from edi_gateway.model.trust import MAX_PATH_LENGTH, TrustRoot

MAX_CERTIFICATES = 16
"""That a signature brings along."""
MAX_OTHERS = 8
"""Certificates that a path is looked for in."""
MAX_TWINS = 2
"""Certificates of one name and key among them: each more would double the paths there are to try."""

Path = tuple[x509.Certificate, ...]

_UNREADABLE = (ValueError, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm)
_ANY_USAGE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string
_CONSTRAINTS = {ExtensionOID.POLICY_CONSTRAINTS, ExtensionOID.INHIBIT_ANY_POLICY}


def load(octets: Sequence[bytes]) -> list[x509.Certificate]:
    """The certificates that can be read: whoever sends others gains nothing by it."""
    found = []
    for one in octets[:MAX_CERTIFICATES]:
        try:
            certificate = x509.load_der_x509_certificate(one)
            certificate.extensions  # noqa: B018 - read here, since reading them may fail
        except _UNREADABLE:
            continue
        found.append(certificate)
    return found


def build_path(leaf: x509.Certificate, others: Sequence[x509.Certificate], root: TrustRoot, at: datetime) -> Path:
    """The path from the signer's certificate up to the root, both in it, as it held at that moment.

    Raises ValueError, in words, where there is none that the root's limits allow.
    """
    above = x509.load_der_x509_certificate(root.certificate)
    builder = PolicyBuilder().store(Store([above])).time(at.astimezone(UTC).replace(tzinfo=None))
    builder = builder.max_chain_depth(min(root.path_length, MAX_PATH_LENGTH))
    verifier = builder.extension_policies(ca_policy=_AUTHORITY, ee_policy=_SIGNER).build_client_verifier()
    try:
        path = tuple(verifier.verify(leaf, _selected(leaf, others)).chain)
    except VerificationError as error:
        raise ValueError(f"the certificate does not lead to {root.name}: {_words(error)}") from error
    except _UNREADABLE as error:
        raise ValueError(f"a certificate can't be read: {_words(error)}") from error
    if len(path) < 2:
        raise ValueError("the root itself does not sign documents")
    _check_usages(path, root)
    _check_policies(path, root)
    return path


def check_authority(
    authority: x509.Certificate, others: Sequence[x509.Certificate], root: TrustRoot, at: datetime
) -> None:
    """Raises ValueError, in words, unless the certificate of an authority leads to the root, or is the root's own."""
    above = x509.load_der_x509_certificate(root.certificate)
    if authority == above:
        return
    builder = PolicyBuilder().store(Store([above])).time(at.astimezone(UTC).replace(tzinfo=None))
    builder = builder.max_chain_depth(max(0, root.path_length - 1))
    verifier = builder.extension_policies(ca_policy=_AUTHORITY, ee_policy=_AUTHORITY).build_client_verifier()
    try:
        verifier.verify(authority, _selected(authority, others))
    except (VerificationError, *_UNREADABLE) as error:
        raise ValueError(f"the authority does not lead to {root.name}: {_words(error)}") from error


def window(path: Path) -> tuple[datetime, datetime]:
    """From when until when all certificates of a path are valid."""
    return max(one.not_valid_before_utc for one in path), min(one.not_valid_after_utc for one in path)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it says that it is of an authority."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _selected(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Those that may stand above the signer's: few enough that trying all paths among them costs little."""
    found: list[x509.Certificate] = []
    twins: Counter[tuple[bytes, bytes]] = Counter()
    below = [leaf]
    for _ in range(MAX_PATH_LENGTH):
        issuers = {one.issuer for one in below}
        below = [one for one in others if one.subject in issuers and one != leaf and one not in found]
        for one in below:
            twins[_twin(one)] += 1
            if twins[_twin(one)] <= MAX_TWINS:
                found.append(one)
    return found[:MAX_OTHERS]


def _twin(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    return certificate.subject.public_bytes(), spki(certificate)


@lru_cache(maxsize=256)
def spki(certificate: x509.Certificate) -> bytes:
    """The DER of its SubjectPublicKeyInfo; empty for a key of a type that can't be read."""
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return b""


def _signs_documents(policy: Policy, certificate: x509.Certificate, usage: x509.KeyUsage) -> None:  # noqa: ARG001 - the signature is cryptography's
    # RFC 5280 §4.2.1.3: contentCommitment, once nonRepudiation, alone is what EN 319 412-2 §4.3.2 advises for people.
    if not (usage.digital_signature or usage.content_commitment):
        raise ValueError("its key usage is neither digitalSignature nor contentCommitment")


def _signs_certificates(policy: Policy, certificate: x509.Certificate, usage: x509.KeyUsage) -> None:  # noqa: ARG001 - likewise
    if not usage.key_cert_sign:
        raise ValueError("its key usage is not keyCertSign")


def _is_authority(policy: Policy, certificate: x509.Certificate, constraints: x509.BasicConstraints) -> None:  # noqa: ARG001 - likewise
    if not constraints.ca:
        raise ValueError("it is not of an authority")


def _is_none(policy: Policy, certificate: x509.Certificate, constraints: x509.BasicConstraints | None) -> None:  # noqa: ARG001 - likewise
    if constraints and constraints.ca:
        raise ValueError("authorities do not sign documents")


# Neither a SubjectAltName nor an extended key usage is asked for: what a signer's certificate is for says its key
# usage, and beyond that the root's own rule.
_SIGNER = (
    ExtensionPolicy.permit_all()
    .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_documents)
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_none)
)
_AUTHORITY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_authority)
    .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_certificates)
)


def _check_usages(path: Path, root: TrustRoot) -> None:
    """The signer's certificate names one of those that the root asks for, and no authority between leaves that out.

    RFC 5280 §4.2.1.12 says what an extended key usage means for the key that is certified; that one in an authority's
    certificate holds for all below it too is what CAs and programs go by (CA/Browser Forum, Baseline Requirements,
    §7.1.2): an authority for web servers certifies no signers. Only there any usage is every one of them.
    """
    if not root.usages:
        return
    leaf, *authorities = path[:-1]
    common = (_usages(leaf) or set()) & set(root.usages)
    if not common:
        raise ValueError(f"its extended key usage is none that {root.name} asks for: {', '.join(root.usages)}")
    for one in authorities:
        usages = _usages(one)
        if usages is not None and _ANY_USAGE not in usages:
            common &= usages
        if not common:
            name = one.subject.rfc4514_string()[:200]
            raise ValueError(f"the extended key usage of the authority {name} is none of those of the signer")


def _usages(certificate: x509.Certificate) -> set[str] | None:
    """OIDs; None where it has no such extension."""
    try:
        named = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return {usage.dotted_string for usage in named}


def _check_policies(path: Path, root: TrustRoot) -> None:
    """RFC 5280 §6.1, as far as it can be had without a tree: a policy that each certificate names, and nobody maps.

    A path with such a policy meets every constraint of policies; without, none of them is let pass.
    """
    oids = {extension.oid for one in path[:-1] for extension in one.extensions}
    if root.policy is None:
        if oids & _CONSTRAINTS:
            raise ValueError(f"a certificate constrains policies, and {root.name} asks for none")
        return
    if any(root.policy not in _policies(certificate) for certificate in path[:-1]):
        raise ValueError(f"a certificate does not name the policy {root.policy}")
    if ExtensionOID.POLICY_MAPPINGS in oids:
        raise ValueError("a certificate maps policies, which is not processed here")


def _policies(certificate: x509.Certificate) -> set[str]:
    try:
        named = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return set()
    return {one.policy_identifier.dotted_string for one in named}


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
