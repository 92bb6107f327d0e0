"""What may be signed: heads that go with all that this process has signed before, and with the tree that is stored.

Whoever can write to the database can write any head there, but has no key. So no head is signed as it is read: it is
proved to grow from the newest one that was (c2sp.org/tlog-checkpoint forbids a log to sign two histories), and the
first of those from what is kept apart from the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from edi_gateway.errors import Unproven
from edi_gateway.ledger.proof import verify_consistency
from edi_gateway.ledger.sequencer import Unavailable
from edi_gateway.ledger.stored import consistency_proof, head_at, root_at
from edi_gateway.ledger.tiles import Hashes, Missing
from edi_gateway.ledger.tree import Growth, Head, check_head, grow

NEAR = 256
"""Entries that are hashed anew to follow a head; where there are more, tiles prove the same with fewer reads."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A tree that may be signed for: only this module makes one."""

    size: int
    root: bytes


class Doubtful(Unavailable):
    """The ledger does not go with what this process knows of it: nothing is recorded, nothing is signed."""


class Store(Hashes, Protocol):
    """A stored tree, as it is committed."""

    def head(self) -> Head:
        """Raises Fault."""


def made_of(hashes: Hashes, head: Head) -> Proven:
    """A head of which nothing is known but the tree that is stored. Raises Unproven, and Fault."""
    check_head(head)
    try:
        root = root_at(hashes, head.size)
    except Missing as error:
        raise Unproven(str(error)) from error
    if root != head.root:
        raise Unproven(f"the head at {head.size} is not made of the entries")
    return Proven(head.size, head.root)


def check_grown(hashes: Hashes, size: int, root: bytes, head: Head) -> None:
    """Raise Unproven unless the stored tree has this head, and begins with the whole tree of `size` and `root`."""
    check_head(head)
    if size == 0:
        made_of(hashes, head)
        return
    try:
        # The path is read from the tree that is stored, and leads from the one root to the other.
        path = consistency_proof(hashes, size, head.size)
    except Missing as error:
        raise Unproven(str(error)) from error
    verify_consistency(size, head.size, root, head.root, path)


class Memory:
    """The newest head that this process has proved: whatever it signs or records next has to go with it.

    `begin` proves the first, against what is kept apart from the ledger; it raises Unproven, Misuse or Fault.
    """

    def __init__(self, store: Store, begin: Callable[[], Head]) -> None:
        self._store = store
        self._begin = begin
        self._lock = Lock()
        self._head: Head | None = None

    def newest(self) -> Proven:
        """The committed head. Raises Doubtful, Fault, and what `begin` raises."""
        # Before the head is read: that one can then only be further on.
        known = self._known()
        head = self._store.head()
        _check_onward(known, head)
        return self.prove(head)

    def at(self, size: int) -> Proven:
        """The tree as it was at a size that it had. Raises likewise."""
        return self.prove(head_at(self._store, size))

    def prove(self, head: Head) -> Proven:
        """A head that the ledger has or had, however it was read. Raises likewise."""
        while (known := self._known()) != head:
            if head.size < known.size:
                _check(self._store, head, known)
                break
            _check(self._store, known, head)
            if self._move(known, head):
                break
        return Proven(head.size, head.root)

    def follow(self, head: Head, hashes: Hashes) -> None:
        """The newest head of all, read by whoever holds the lock on it. Raises Doubtful, and Fault.

        It costs nothing where this process itself made it; else as many leaf hashes as were added since.
        """
        known = self._known()
        if head == known:
            return
        _check_onward(known, head)
        _check(hashes, known, head)
        self._move(known, head)

    def grown(self, before: Head, growth: Growth) -> Proven:
        """What this process has made of a head that it followed, and has committed. Raises Doubtful, and Fault."""
        if self._move(before, growth.head):
            return Proven(growth.head.size, growth.head.root)
        # Another thread has read the new head already, or what others have added to it.
        return self.prove(growth.head)

    def _known(self) -> Head:
        if self._head is None:
            first = self._begin()
            with self._lock:
                self._head = self._head or first
        return self._head

    def _move(self, known: Head, head: Head) -> bool:
        with self._lock:
            same = self._head == known
            if same:
                self._head = head
        return same


def _check_onward(known: Head, head: Head) -> None:
    if head.size < known.size:
        raise Doubtful(
            f"The ledger went back from {known.size} entries to {head.size}: an old copy of the database was put in "
            "its place. Restart the gateway."
        )


def _check(hashes: Hashes, old: Head, new: Head) -> None:
    """Raise Doubtful unless the larger of two heads grows from the other."""
    try:
        check_head(old)
        check_head(new)
        if new.size - old.size > NEAR:
            check_grown(hashes, old.size, old.root, new)
        elif grow(old, hashes.leaves(old.size, new.size)).head != new:
            raise Unproven(f"the head at {new.size} is not made of the entries after {old.size}")
    except (Unproven, ValueError) as error:
        raise Doubtful(
            f"The head of the ledger does not agree with its entries, or with what was signed before: {error}. Nothing "
            "is recorded, nothing is signed."
        ) from error
