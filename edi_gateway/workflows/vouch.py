"""A signer whose key nobody enrolled: a certificate that the signature brings, and that a root vouches for.

Who it is follows from a grant: certificates like this one, under that root, speak for that partner. Whether it was
revoked is looked up in what is kept; nothing is fetched while somebody waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import get_args

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway.envelopes.carried import carried
from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope
from edi_gateway.model.trust import Grant, Held, Kind, Standing, TrustRoot, Vouched
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import Directory, names
from edi_gateway.trust.names import matches
from edi_gateway.trust.path import Path, is_authority, load
from edi_gateway.trust.paths import Paths
from edi_gateway.trust.revocation import speaks, standing
from edi_gateway.workflows.enrol import find_key
from edi_gateway.workflows.trust_ports import Revocations

MAX_ASKED = 2000
"""Lists of one issuer that are looked through for one that is about a certificate, the newest first."""

MAX_SIGNERS = 4
"""Certificates that a signature brings, and could mean as its own."""


@dataclass(frozen=True, slots=True)
class Vouching:
    """What vouching needs beside roots and grants. Holds the paths that were found."""

    revocations: Revocations
    paths: Paths = field(default_factory=Paths)


def vouch(envelope: Envelope, directory: Directory, at: datetime, vouching: Vouching) -> tuple[PartnerKey, ...]:
    """The key that a root vouches for at that moment; none where no grant is about any certificate.

    Never one that is registered, in whatever state: no root brings back what was revoked or has not been approved.

    Raises Rejection("unknown-signer") where one is, and the certificate does not lead to its root, and Fault.
    """
    trust = directory.trust
    grants = [(one, trust.roots[one.root]) for one in trust.grants if one.in_force and trust.roots[one.root].in_force]
    if not grants:
        return ()
    certificates = load(carried(envelope))
    for key, leaf in _signers(envelope, certificates):
        granted = [(grant, root) for grant, root in grants if matches(grant.match, leaf)]
        if granted and find_key(key.fingerprint, directory) is None:
            others = [one for one in certificates if one != leaf]
            return (_vouched(key, leaf, others, granted, at, vouching),)
    return ()


def _signers(envelope: Envelope, certificates: Sequence[x509.Certificate]) -> list[tuple[PartnerKey, x509.Certificate]]:
    """The keys of those certificates that the signature names, and that are not of authorities."""
    found = []
    for certificate in certificates:
        if is_authority(certificate):
            continue
        try:
            key = read_key(certificate.public_bytes(Encoding.DER), "", None, None)
        except ValueError:
            continue
        if not envelope.key_names or not names(key).isdisjoint(envelope.key_names):
            found.append((key, certificate))
    return found[:MAX_SIGNERS]


def _vouched(
    key: PartnerKey,
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    granted: Sequence[tuple[Grant, TrustRoot]],
    at: datetime,
    vouching: Vouching,
) -> PartnerKey:
    if len({grant.partner for grant, _ in granted}) > 1:
        raise Rejection("unknown-signer", "The certificate speaks for more than one partner: have the operator choose.")
    refusal = ""
    for grant, root in granted:
        try:
            path = vouching.paths.path(leaf, others, root, at)
        except ValueError as error:
            refusal = str(error)
            continue
        standings = tuple(_standing(path, place, root, at, vouching.revocations) for place in range(len(path) - 1))
        chain = tuple(one.public_bytes(Encoding.DER) for one in path[:-1])
        return replace(key, partner=grant.partner, vouched=Vouched(root, grant, chain, standings))
    raise Rejection("unknown-signer", f"No registered key matches, and as to the certificate: {refusal}."[:500])


def _standing(path: Path, place: int, root: TrustRoot, at: datetime, revocations: Revocations) -> Standing:
    certificate, issuer = path[place], path[place + 1]
    held = [_newest(kind, certificate, issuer, at, revocations) for kind in get_args(Kind)]
    return standing(certificate, issuer, [one for one in held if one], at, root.grace)


def _newest(
    kind: Kind, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, revocations: Revocations
) -> Held | None:
    """The newest that says something of the certificate: lists about others may be many, and come more often."""
    serial = str(certificate.serial_number)
    digests = revocations.about(kind, issuer_of(certificate), serial, at, MAX_ASKED)
    found = (revocations.named(digest) for digest in digests)
    return next((one for one in found if one and speaks(one, certificate, issuer, at)), None)


def issuer_of(certificate: x509.Certificate) -> str:
    """How what is kept is looked up: hex SHA-256 of the issuer's DER Name."""
    return sha256(certificate.issuer.public_bytes()).hexdigest()
