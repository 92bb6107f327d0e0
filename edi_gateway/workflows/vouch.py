"""A signer whose key nobody enrolled: a certificate that the signature brings, and that a root vouches for.

Who it is follows from a grant: certificates like this one, under that root, speak for that partner. Whether it was
revoked is looked up in what is kept; nothing is fetched while somebody waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from operator import attrgetter
from typing import get_args

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway.envelopes.carried import carried
from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope
from edi_gateway.model.trust import Grant, Held, Kind, TrustRoot, Vouched
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import Directory, names
from edi_gateway.trust.names import matched
from edi_gateway.trust.path import build_path, is_authority, load, window
from edi_gateway.trust.revocation import Told, speaks, standing_at, told
from edi_gateway.workflows.enrol import find_key
from edi_gateway.workflows.grounds import Ground, Grounds
from edi_gateway.workflows.trust_ports import Revocations

MAX_ASKED = 2000
"""Lists of one issuer that are looked through for one that is about a certificate, the newest first."""

MAX_SIGNERS = 4
"""Certificates that a signature brings, and could mean as its own."""


@dataclass(frozen=True, slots=True)
class Vouching:
    """What vouching needs beside roots and grants. Holds what was found before."""

    revocations: Revocations
    grounds: Grounds = field(default_factory=Grounds)


def vouch(envelope: Envelope, directory: Directory, at: datetime, vouching: Vouching) -> tuple[PartnerKey, ...]:
    """The key that a root vouches for at that moment; none where no grant is about any certificate.

    Never one that is registered, in whatever state: no root brings back what was revoked or has not been approved.

    Raises Rejection("unknown-signer") where one is, and the certificate does not lead to its root, and Fault.
    """
    if not directory.trust.granted:
        return ()
    said = envelope.key_names, carried(envelope)
    if (known := vouching.grounds.find(directory, said)) and (key := known.key_at(at)):
        return (key,)
    ground = _sought(envelope, load(said[1]), directory, at, vouching.revocations)
    if ground is None or (key := ground.key_at(at)) is None:
        return ()
    vouching.grounds.keep(directory, said, ground)
    return (key,)


def _sought(
    envelope: Envelope,
    certificates: Sequence[x509.Certificate],
    directory: Directory,
    at: datetime,
    revocations: Revocations,
) -> Ground | None:
    """Of the first signer whom a grant is about."""
    trust = directory.trust
    for key, leaf in _signers(envelope, certificates):
        grants = [grant for match in matched(leaf) for grant in trust.granted.get(match, ())]
        if grants and find_key(key.fingerprint, directory) is None:
            # In the order in which they came.
            granted = [(one, trust.roots[one.root]) for one in sorted(grants, key=attrgetter("id"))]
            others = [one for one in certificates if one != leaf]
            return _ground(key, (leaf, others), granted, at, revocations)
    return None


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


def _ground(
    key: PartnerKey,
    brought: tuple[x509.Certificate, Sequence[x509.Certificate]],
    granted: Sequence[tuple[Grant, TrustRoot]],
    at: datetime,
    revocations: Revocations,
) -> Ground:
    """By the first grant whose root the certificate leads to at that moment."""
    if len({grant.partner for grant, _ in granted}) > 1:
        raise Rejection("unknown-signer", "The certificate speaks for more than one partner: have the operator choose.")
    refusal = ""
    for grant, root in granted:
        try:
            path = build_path(*brought, root, at)
        except ValueError as error:
            refusal = str(error)
            continue
        said = tuple(_told(one, issuer, at, revocations) for one, issuer in pairwise(path))
        chain = tuple(one.public_bytes(Encoding.DER) for one in path[:-1])
        since = max((one.since for one in said if one.since), default=None)
        until = revocations.next_issued({*map(issuer_of, path[:-1])}, at)
        standings = tuple(standing_at(one, at, root.grace) for one in said)
        vouched = replace(key, partner=grant.partner, vouched=Vouched(root, grant, chain, standings))
        return Ground(vouched, window(path), said, since, until)
    raise Rejection("unknown-signer", f"No registered key matches, and as to the certificate: {refusal}."[:500])


def _told(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, revocations: Revocations) -> Told:
    held = [_newest(kind, certificate, issuer, at, revocations) for kind in get_args(Kind)]
    return told(certificate, issuer, [one for one in held if one], at)


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
