"""A notary with one key, for tests that have neither a database nor files."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.storage.signing_key import FileSigner
from edi_gateway.workflows.key_ports import KeyHistory, OwnKey
from edi_gateway.workflows.notary import Notary


class MemoryKeys:
    """Implements `workflows.key_ports.LedgerKeys`, as far as keys go that nobody retires."""

    def __init__(self, history: KeyHistory) -> None:
        self._history = history

    def history(self) -> KeyHistory:
        return self._history

    def commits(self, start: int, limit: int) -> list[tuple[int, list[bytes]]]:
        return []

    def signature(self, key: str, size: int) -> bytes | None:
        return None

    def signatures(self, key: str, first: int, last: int) -> list[tuple[int, bytes]]:
        return []

    def newest_kept(self, key: str) -> int | None:
        return None

    def keep(self, key: str, signatures: Sequence[tuple[int, bytes]]) -> None:
        raise NotImplementedError

    def all_kept(self, key: str) -> None:
        raise NotImplementedError


def notary_of(origin: str, private_key: Ed25519PrivateKey) -> Notary:
    """Its key signs at every size, and no other ever comes."""
    signer = FileSigner(origin, private_key)
    own = OwnKey(LedgerKey(signer.verifier), "memory", "2026-11-23T12:00:00.000Z")
    return Notary(origin, MemoryKeys(KeyHistory(1, 2**63 - 1, (own,))), lambda _: signer)
