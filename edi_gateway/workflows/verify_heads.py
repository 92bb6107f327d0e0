"""Whether every checkpoint that was given out is one of the tree that there is."""

from collections.abc import Callable, Iterable, Iterator

from edi_gateway.errors import Unproven
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.tree import Head


class Given:
    """Checkpoints of one source in the order of their sizes, held against the tree as it grows past them.

    `what` names the source. Those of sizes below `start` are passed over.
    """

    def __init__(self, what: str, checkpoints: Iterable[Checkpoint], start: int = 0) -> None:
        self._what = what
        self._rest = iter(checkpoints)
        self._next: Checkpoint | None = None
        self.due = -1
        """The size of the next one; -1 after the last."""
        self._advance()
        while 0 <= self.due < start:
            self._advance()

    def check(self, head: Head) -> None:
        """Hold those of the head's size against it. Raises Unproven."""
        while self._next and self._next.size == head.size:
            if self._next.root != head.root:
                raise Unproven(f"{self._what} at size {head.size} is not of the tree that is made of the entries")
            self._advance()

    def end(self, size: int) -> None:
        """Raises Unproven where one is of a larger tree than there is."""
        if self.due > size:
            raise Unproven(f"{self._what} at size {self.due} is of more than the {size} entries that there are")

    def _advance(self) -> None:
        before = self.due
        self._next = next(self._rest, None)
        self.due = self._next.size if self._next else -1
        if 0 <= self.due < before:
            raise Unproven(f"{self._what} at size {self.due} comes after that at size {before}")


Source = Callable[[], Iterator[Checkpoint]]
"""Checkpoints from the smallest size on, each of them verified: raises Unproven where one is not."""
