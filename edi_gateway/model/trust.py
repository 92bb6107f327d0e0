"""Certificate authorities that are trusted to name partners' keys, and what is known of the certificates they issue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple

Revocation = Literal["hard", "soft"]
"""What becomes of a document where nobody can tell whether a certificate was revoked: refused, or marked."""

Status = Literal["good", "revoked", "unknown"]

MatchKind = Literal["subject", "san", "organization-identifier"]

MAX_PATH_LENGTH = 3
"""Certificates of authorities between the root and the signer's: a path below the root has at most four."""


class Match(NamedTuple):
    """Which certificates speak for a partner.

    | kind | value |
    |---|---|
    | subject | the whole subject, as RFC 4514 string |
    | san | one name of the SubjectAltName: `email:`, `dns:`, `uri:`, and the name |
    | organization-identifier | that attribute of the subject (ITU-T X.520 §6.4.3, ETSI EN 319 412-1 §5.1.4) |
    """

    kind: MatchKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


TrustEvent = Literal["trust.added", "trust.retired", "trust.granted", "trust.proposed", "trust.approved", "trust.ended"]
"""Each a kind of entry in the ledger: a root comes and goes, a grant is given or proposed, approved, and ends."""


@dataclass(frozen=True, slots=True)
class TrustStep:
    """A step in the life of a root or a grant: its entry's place in the ledger, what was done, and by whom; `identity`
    is who that is to an issuer of identities, whatever the name."""

    index: int
    type: TrustEvent
    by: str | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """A certificate (DER) to which chains may lead, under limits.

    `usages` are OIDs of extended key usages, of which the signer's certificate must have one; none: nothing is asked.
    `policy` is the OID of a certificate policy that every certificate below the root must name. `path_length` counts
    the certificates of authorities in between. `grace` is how long a CRL or OCSP response counts after its nextUpdate.
    """

    name: str
    certificate: bytes
    usages: tuple[str, ...] = ()
    policy: str | None = None
    path_length: int = 1
    revocation: Revocation = "hard"
    grace: timedelta = timedelta(0)
    steps: tuple[TrustStep, ...] = ()

    @property
    def in_force(self) -> bool:
        return all(step.type != "trust.retired" for step in self.steps)

    @property
    def state(self) -> str:
        return "in force" if self.in_force else "retired"


@dataclass(frozen=True, slots=True)
class Grant:
    """Certificates under `root` that match speak for `partner`, once it is granted, or proposed and approved."""

    id: str
    partner: str
    root: str
    match: Match
    steps: tuple[TrustStep, ...] = ()

    @property
    def in_force(self) -> bool:
        return self.state == "in force"

    @property
    def state(self) -> str:
        kinds = {step.type for step in self.steps}
        if "trust.ended" in kinds:
            return "ended"
        return "proposed" if "trust.proposed" in kinds and "trust.approved" not in kinds else "in force"


@dataclass(frozen=True)
class Trust:
    """All roots by their names, and all grants, in the order in which they came."""

    roots: Mapping[str, TrustRoot] = field(default_factory=lambda: MappingProxyType({}))
    grants: tuple[Grant, ...] = ()

    def grant(self, id: str) -> Grant | None:
        return next((one for one in self.grants if one.id == id), None)

    @cached_property
    def granted(self) -> Mapping[Match, tuple[Grant, ...]]:
        """The grants that count, by which certificates they are about."""
        found: dict[Match, tuple[Grant, ...]] = {}
        for one in self.grants:
            if one.in_force and self.roots[one.root].in_force:
                found[one.match] = (*found.get(one.match, ()), one)
        return MappingProxyType(found)


class TrustChange(NamedTuple):
    """What is done to one of them: carried out in the transaction that records it. `known` is what it was until then,
    or in its first step what it is to be."""

    type: TrustEvent
    known: TrustRoot | Grant


Kind = Literal["crl", "ocsp"]


class Held(NamedTuple):
    """A CRL or an OCSP response, DER, as it is kept. `digest` is `sha256:` and hex."""

    kind: Kind
    digest: str
    octets: bytes


class Standing(NamedTuple):
    """What was known of one certificate: `certificate` and `source` are digests, `as_of` the source's thisUpdate.

    Where the status is unknown, the source is one that was too old, or none.
    """

    certificate: str
    status: Status
    source: str | None = None
    as_of: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vouched:
    """Why a key that nobody enrolled names a partner: `chain` (DER, the signer's first) leads to `root`."""

    root: TrustRoot
    grant: Grant
    chain: tuple[bytes, ...]
    standings: tuple[Standing, ...] = ()

    @property
    def status(self) -> Status:
        """The worst of all."""
        found = {one.status for one in self.standings}
        if "revoked" in found:
            return "revoked"
        return "unknown" if "unknown" in found or len(self.standings) < len(self.chain) else "good"
