"""Trading partners, their identifiers, and the keys that name them."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

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


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A public key that we trust to name one partner, from `valid_from` until `valid_until` (open when None).

    The window is that of our trust, already narrowed to the certificate's own where there is one.
    `fingerprint` is lower-case hex SHA-256 of the DER SubjectPublicKeyInfo.
    """

    fingerprint: str
    partner: str
    spki: bytes
    certificate: bytes | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    public_key: PublicKey = field(compare=False, repr=False, kw_only=True)

    def valid_at(self, moment: datetime) -> bool:
        """Half-open: valid from the first instant of the window, not at its last."""
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_until is None or moment < self.valid_until
        )
