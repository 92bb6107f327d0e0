"""What the workflows need of the ledger's own keys: of the private ones, and of where they are known."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.ledger.note import Verifier


class Signer(Protocol):
    """A private key of the ledger, wherever it is. Used by several threads at once."""

    @property
    def verifier(self) -> Verifier: ...

    def sign(self, message: bytes) -> bytes:
        """64 bytes, Ed25519. The same message always gets the same signature (RFC 8032 §5.1.6). Raises Fault."""

    def close(self) -> None:
        """Give back what the key holds of the system. It signs no more."""


class OwnKey(NamedTuple):
    """A key of the ledger: the sizes that it signs, where its private key is, and since when it is known (RFC 3339).

    `kept`: all its signatures are kept, see `LedgerKeys.signature`; the private key is needed no more.
    """

    key: LedgerKey
    source: str
    added_at: str
    kept: bool = False

    @property
    def id(self) -> str:
        """The key id of the signed note, 8 hex digits."""
        return self.key.verifier.key_id.hex()


class KeyHistory(NamedTuple):
    """All keys that the ledger has had, oldest first, as they were when the tree had `size` leaves.

    A key begins and ends with the tree that its own entry makes: this tells of every size up to `size`, whatever comes.
    `version` counts the changes.
    """

    version: int
    size: int
    keys: tuple[OwnKey, ...]


class LedgerKeys(Protocol):
    """Which keys sign for the ledger, and what is kept of those that are gone. Every method raises Fault."""

    def history(self) -> KeyHistory:
        """One state of the database."""

    def commits(self, start: int, limit: int) -> list[tuple[int, list[bytes]]]:
        """At most `limit` leaves from `start`, as the commits that recorded them: the tree size each made, its leaves.

        The last commit may be cut short.
        """

    def signature(self, key: str, size: int) -> bytes | None:
        """The signature that a key, named by its id, has given for the head of this size, if it is kept."""

    def signatures(self, key: str, first: int, last: int) -> list[tuple[int, bytes]]:
        """Those that are kept for the sizes from `first` to `last`, both among them, in their order."""

    def newest_kept(self, key: str) -> int | None:
        """The largest size whose signature is kept."""

    def keep(self, key: str, signatures: Sequence[tuple[int, bytes]]) -> None:
        """Keep signatures by their sizes."""

    def all_kept(self, key: str) -> None:
        """Note that each head that the key has signed has its signature kept."""
