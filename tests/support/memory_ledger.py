"""A ledger in memory: the twin of the one in the database, for tests that need no database."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

from edi_gateway.errors import Fault
from edi_gateway.ledger.tiles import completed, tile_bytes, tile_root
from edi_gateway.ledger.tree import EMPTY_HEAD, Growth, Head
from edi_gateway.model.contract import ContractRecord, Offer
from edi_gateway.model.record import Earlier, Entry, Examined, Link, Submission
from edi_gateway.storage.rows import DocumentKeys, document_keys


class MemoryLedger:
    """Implements `workflows.ports.Ledger`."""

    def __init__(self) -> None:
        self.recorded: list[tuple[Entry, Submission]] = []
        self.roots: dict[int, list[bytes]] = {}
        self._head = EMPTY_HEAD
        self._at: datetime | None = None
        self._lock = Lock()

    @contextmanager
    def appending(self) -> Iterator["MemoryAppending"]:
        with self._lock:
            transaction = MemoryAppending(self, self._head)
            yield transaction
            if transaction.written:
                growth, recorded, self._at = transaction.written
                self.recorded += recorded
                self._head = growth.head
                for tile in completed(growth.before, growth.head.size):
                    root = tile_root(tile_bytes(self, tile))
                    self.roots.setdefault(tile.level, []).append(root)

    def head(self) -> Head:
        return self._head

    def recorded_at(self) -> datetime | None:
        return self._at

    def entry(self, index: int) -> Entry:
        if not 0 <= index < len(self.recorded):
            raise LookupError(index)
        return self.recorded[index][0]

    def leaves(self, start: int, end: int) -> list[bytes]:
        return [entry.leaf_hash for entry, _ in self.recorded[start:end]]

    def tile_roots(self, level: int, start: int, end: int) -> list[bytes]:
        return self.roots.get(level, [])[start:end]


class MemoryAppending:
    """Implements `workflows.ports.Appending`: what is written counts once the block has ended."""

    def __init__(self, ledger: MemoryLedger, head: Head) -> None:
        self.head = head
        self.keys_version = 0
        self.recorded_at = ledger.recorded_at()
        self.written: tuple[Growth, Sequence[tuple[Entry, Submission]], datetime] | None = None
        self._ledger = ledger

    def links(self, parties: Collection[str]) -> Mapping[str, Link]:
        newest = {entry.party: Link(entry.sequence, entry.leaf_hash) for entry, _ in self._ledger.recorded}
        return {party: newest[party] for party in parties if party in newest}

    def earlier(self, documents: Sequence[Examined]) -> Sequence[Earlier]:
        wanted = [document_keys(document) for document in documents]
        return [
            Earlier(old.id, entry.index, *document_keys(old))
            for entry, old in self._ledger.recorded
            if isinstance(old, Examined) and old.verdict == "accepted"
            if any(_alike(document_keys(old), new) for new in wanted)
        ]

    def offers(self, contracts: Sequence[Examined]) -> Sequence[Offer]:
        wanted = {_version(one) for one in contracts} - {None}
        return [
            Offer(old.id, old.party, old.parties, *_version(old), old.contract.terms.digest, old.contract.content)
            for _, old in self._ledger.recorded
            if isinstance(old, Examined) and old.verdict == "accepted" and _version(old) in wanted
        ]

    def leaves(self, start: int, end: int) -> list[bytes]:
        return self._ledger.leaves(start, end)

    def tile_roots(self, level: int, start: int, end: int) -> list[bytes]:
        return self._ledger.tile_roots(level, start, end)

    def write(self, growth: Growth, recorded: Sequence[tuple[Entry, Submission]], at: datetime) -> None:
        if growth.before != self._ledger.head().size:
            raise Fault("the head is elsewhere")
        self.written = growth, recorded, at


def _version(one: Examined) -> tuple[str, int] | None:
    contract = one.contract
    return (contract.terms.contract_id, contract.terms.version) if isinstance(contract, ContractRecord) else None


def _alike(old: DocumentKeys, new: DocumentKeys) -> bool:
    return old.sender == new.sender and (
        old.digest == new.digest
        or (old.type, old.number) == (new.type, new.number)
        or (old.idempotency_key is not None and old.idempotency_key == new.idempotency_key)
    )
