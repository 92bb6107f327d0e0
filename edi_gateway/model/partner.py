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
    """The legal counterparty."""

    id: str
    name: str
    identifiers: tuple[Identifier, ...]
    suspended: bool = False


PartnerEvent = Literal["partner.added", "partner.suspended", "partner.resumed"]

Purpose = Literal["document-signature", "http-signature", "encryption", "tls-client"]
"""What a key is trusted for, and nothing else."""

KeyEvent = Literal["key.added", "key.proposed", "key.activated", "key.retired", "key.revoked"]
"""Each a kind of entry in the ledger. A key that is `added` was proposed and activated in one step."""

KeyState = Literal["proposed", "upcoming", "active", "retired", "revoked"]

ENROLMENTS: tuple[KeyEvent, ...] = ("key.added", "key.proposed")
"""With which the life of a key begins."""


@dataclass(frozen=True, slots=True)
class KeyStep:
    """A step in the life of a key: its entry's place in the ledger, what was done, and by whom, where that is known.

    `applies_from` says of an end (retired, revoked) from which moment on; a revocation's may lie in the past.
    """

    index: int
    type: KeyEvent
    by: str | None = None
    applies_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A public key of one partner, trusted for one purpose from `valid_from` until `valid_until` (open when None).

    The window is that of our trust, already narrowed to the certificate's own where there is one; `steps`, oldest
    first, say what became of that trust. `fingerprint` is lower-case hex SHA-256 of the DER SubjectPublicKeyInfo.
    `ends_at` is the earliest end of all; without any, None. What is not `approved` names nobody.
    """

    fingerprint: str
    partner: str
    spki: bytes
    certificate: bytes | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    purpose: Purpose = "document-signature"
    steps: tuple[KeyStep, ...] = ()
    public_key: PublicKey = field(compare=False, repr=False, kw_only=True)
    approved: bool = field(init=False, compare=False, repr=False)
    ends_at: datetime | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Once, not at each look: a directory is read far more often than made.
        kinds = {step.type for step in self.steps}
        ends = [self.valid_until, *(step.applies_from for step in self.steps)]
        object.__setattr__(self, "approved", "key.proposed" not in kinds or "key.activated" in kinds)
        object.__setattr__(self, "ends_at", min((end for end in ends if end), default=None))

    def valid_at(self, moment: datetime) -> bool:
        """Half-open: valid from the first instant of the window, not at its last, nor once retired or revoked."""
        return (
            self.approved
            and (self.valid_from is None or self.valid_from <= moment)
            and (self.ends_at is None or moment < self.ends_at)
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
