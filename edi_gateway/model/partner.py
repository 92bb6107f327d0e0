"""Trading partners, their identifiers, and the keys that name them."""

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey, MLDSA87PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from edi_gateway.model.profile import Profile
from edi_gateway.model.trust import Vouched

PublicKey = (
    RSAPublicKey
    | EllipticCurvePublicKey
    | Ed25519PublicKey
    | Ed448PublicKey
    | MLDSA44PublicKey
    | MLDSA65PublicKey
    | MLDSA87PublicKey
)


class Identifier(NamedTuple):
    """A name in somebody's numbering scheme, such as `0088:7300010000001` (a GLN under ISO 6523)."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> "Identifier":
        """`SCHEME:VALUE`, split at the first colon, in Unicode NFC. Raises ValueError when either half is empty."""
        scheme, _, value = unicodedata.normalize("NFC", text).partition(":")
        if not scheme.strip() or not value.strip():
            raise ValueError(f"an identifier is SCHEME:VALUE, not {text[:200]!r}")
        return cls(scheme.strip(), value.strip())


@dataclass(frozen=True, slots=True)
class Partner:
    """The legal counterparty; `profile` is what was agreed last, if anything ever was."""

    id: str
    name: str
    identifiers: tuple[Identifier, ...]
    suspended: bool = False
    profile: Profile | None = None


PartnerEvent = Literal["partner.added", "partner.changed", "partner.profiled", "partner.suspended", "partner.resumed"]
"""Each a kind of entry in the ledger. What is `changed` is a name or identifiers."""

Purpose = Literal["document-signature", "http-signature", "encryption", "tls-client"]
"""What a key is trusted for, and nothing else."""

KeyEvent = Literal[
    "key.added",
    "key.proposed",
    "key.activated",
    "key.renewal-proposed",
    "key.renewed",
    "key.retired",
    "key.revoked",
]
"""Each a kind of entry in the ledger. A key that is `added` was proposed and activated in one step."""

KeyState = Literal["proposed", "upcoming", "active", "retired", "revoked"]

ENROLMENTS: tuple[KeyEvent, ...] = ("key.added", "key.proposed")
"""With which the life of a key begins."""

RENEWALS: tuple[KeyEvent, ...] = ("key.renewal-proposed", "key.renewed")
"""Which bring a term."""


@dataclass(frozen=True, slots=True)
class Term:
    """For how long a key is trusted, open where None, and the certificate (DER) that says so, if there is one."""

    certificate: bytes | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_until is None or moment < self.valid_until
        )

    def covers(self, other: "Term") -> bool:
        """Whether the other one adds no moment to it."""
        begins = self.valid_from is None or (other.valid_from is not None and self.valid_from <= other.valid_from)
        ends = self.valid_until is None or (other.valid_until is not None and other.valid_until <= self.valid_until)
        return begins and ends


@dataclass(frozen=True, slots=True)
class KeyStep:
    """A step in the life of a key: its entry's place in the ledger, what was done, and by whom, where that is known.

    `identity` is who that is to an issuer of identities, whatever the name. `applies_from` says of an end (retired,
    revoked) from which moment on; a revocation's may lie in the past. `term` is what a renewal brings.
    """

    index: int
    type: KeyEvent
    by: str | None = None
    applies_from: datetime | None = None
    term: Term | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A public key of one partner, trusted for one purpose from `valid_from` until `valid_until` (open when None).

    The window is that of our trust at its enrolment, already narrowed to the certificate's own where there is one;
    `steps`, oldest first, say what became of that trust. `fingerprint` is lower-case hex SHA-256 of the DER
    SubjectPublicKeyInfo. `terms` are the enrolment's and those of its renewals, which add to each other. `ends_at` is
    when trust ends, by the last of them or by a step; None where nothing ends it. What is not `approved` names nobody.
    A key that nobody enrolled has no steps: it is `vouched` for.
    """

    fingerprint: str
    partner: str
    spki: bytes
    certificate: bytes | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    purpose: Purpose = "document-signature"
    steps: tuple[KeyStep, ...] = ()
    vouched: Vouched | None = field(default=None, kw_only=True)
    public_key: PublicKey = field(compare=False, repr=False, kw_only=True)
    approved: bool = field(init=False, compare=False, repr=False)
    terms: tuple[Term, ...] = field(init=False, compare=False, repr=False)
    ends_at: datetime | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Once, not at each look: a directory is read far more often than made.
        kinds = {step.type for step in self.steps}
        renewals = [step.term for step in self.steps if step.type == "key.renewed" and step.term]
        terms = (Term(self.certificate, self.valid_from, self.valid_until), *renewals)
        untils = [term.valid_until for term in terms if term.valid_until]
        ends = [max(untils)] if len(untils) == len(terms) else []
        ends += [step.applies_from for step in self.steps if step.applies_from]
        object.__setattr__(self, "approved", "key.proposed" not in kinds or "key.activated" in kinds)
        object.__setattr__(self, "terms", terms)
        object.__setattr__(self, "ends_at", min(ends, default=None))

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """Those that it was enrolled and renewed with, DER, oldest first."""
        return tuple(term.certificate for term in self.terms if term.certificate)

    @property
    def proposed_renewal(self) -> KeyStep | None:
        """The one that waits for approval: the newest, unless the key was renewed since."""
        renewals = [step for step in self.steps if step.type in RENEWALS]
        return renewals[-1] if renewals and renewals[-1].type == "key.renewal-proposed" else None

    def valid_at(self, moment: datetime) -> bool:
        """Half-open: valid from the first instant of a window, not at its last, nor once retired or revoked."""
        return (
            self.approved
            and (self.ends_at is None or moment < self.ends_at)
            and any(term.holds_at(moment) for term in self.terms)
        )

    def state_at(self, moment: datetime) -> KeyState:
        """Where the key stands, with all that is known of it now."""
        kinds = {step.type for step in self.steps}
        if "key.revoked" in kinds:
            return "revoked"
        if "key.retired" in kinds or (self.ends_at is not None and self.ends_at <= moment):
            return "retired"
        if not self.approved:
            return "proposed"
        return "active" if self.valid_at(moment) else "upcoming"

    def as_of(self, index: int) -> "PartnerKey":
        """The key as the ledger knew it before the entry of that index."""
        return replace(self, steps=tuple(step for step in self.steps if step.index < index))
