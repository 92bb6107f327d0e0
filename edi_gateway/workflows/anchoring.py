"""The anchor: signed checkpoints kept apart from the database, against which the ledger is held at every start.

A database alone can't know that it is an old copy of itself. A ledger that goes on from one gives places a second time
that receipts name already: two histories under one name (c2sp.org/tlog-checkpoint, which forbids a log to sign them).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.ledger.anchor import to_line, to_note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.ledger.proven import Memory, check_grown, made_of
from edi_gateway.ledger.stored import root_at
from edi_gateway.ledger.tree import Head
from edi_gateway.model.record import LEDGER, Act
from edi_gateway.receipts.statement import act_statement
from edi_gateway.workflows.acknowledge import open_head, sign_head
from edi_gateway.workflows.enrol import Office
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.ports import Anchor, Ledger

MAX_REASON = 1000
"""Characters of a reason that an operator gives."""

_GOING_ON = (
    "Nothing is served, since new entries would take places that receipts name already. Put the right database back, "
    "or go on under another name: `edi-gateway ledger continue`. docs/operations.md says how to decide"
)

_DAMAGED = (
    "Nothing is served, recorded or signed. Keep the files as they are, and read docs/operations.md, In trouble; "
    "`edi-gateway ledger verify` names what does not hold"
)


@dataclass(frozen=True)
class Watch:
    """A ledger, who signs for it, and the anchor that it is held against.

    `installed` names the ledger that is there now: it may have been continued under a gateway that runs.
    """

    ledger: Ledger
    notary: Notary
    anchor: Anchor
    installed: Callable[[], str | None] = lambda: None

    @cached_property
    def memory(self) -> Memory:
        """What may be signed: at first what goes with the anchor."""
        return Memory(self.ledger, lambda: self._held()[1])

    def check_installed(self) -> None:
        """Raise Fault where this ledger was put aside for another, under a gateway that runs; and Misuse."""
        if (name := self.installed()) not in (None, self.notary.origin):
            raise Fault(f"This ledger was continued as {name}: restart the gateway, to serve that one.")

    def anchored(self) -> Checkpoint | None:
        """The newest checkpoint in the anchor. Raises Unproven for one that isn't this ledger's, Misuse, Fault."""
        self.check_installed()
        line = self.anchor.newest()
        return self.opened(line) if line else None

    def opened(self, line: bytes) -> Checkpoint:
        """The checkpoint in a line. Raises Unproven, Fault."""
        try:
            return open_head(self.notary, to_note(line))
        except Unproven as error:
            raise Unproven(f"the anchor {self.anchor.place} is damaged, or another ledger's: {error}") from error

    def history(self) -> Iterator[Checkpoint]:
        """All checkpoints in the anchor, in their order. Raises Unproven, Misuse, Fault."""
        self.check_installed()
        return map(self.opened, self.anchor.lines())

    def check(self) -> Checkpoint:
        """Hold the ledger against the newest line of its anchor; return that. Raises Unproven, Misuse, Fault."""
        return self._held()[0]

    def _held(self) -> tuple[Checkpoint, Head]:
        """The newest line of the anchor, and the head that is proved to have grown from it."""
        seen = self.anchored()
        head = self.ledger.head()
        if seen is None:
            raise Misuse(
                f"The ledger has {head.size} entries, but there is no anchor at {self.anchor.place} to tell whether "
                "these are all. If the gateway was moved, bring the anchor along; if it is lost, read "
                "docs/operations.md, then begin another: `edi-gateway ledger anchor`."
            )
        if head.size < seen.size:
            raise Unproven(
                f"the database has only {head.size} of the {seen.size} entries that the ledger had, says its anchor "
                f"{self.anchor.place}: it is an old copy. {_GOING_ON}"
            )
        if root_at(self.ledger, seen.size) != seen.root:
            raise Unproven(
                f"the first {seen.size} entries are not those that the ledger had, says its anchor "
                f"{self.anchor.place}: the database was rewritten. {_GOING_ON}"
            )
        try:
            check_grown(self.ledger, seen.size, seen.root, head)
        except Unproven as error:
            raise Unproven(f"The head of the ledger does not agree with its entries: {error}. {_DAMAGED}") from error
        return seen, head

    def keep(self) -> bool:
        """Add the head to the anchor, if it has grown since; tell whether it had.

        Raises Unproven where the ledger does not go on from what the anchor has, Misuse, Fault.
        """
        seen = self.check()
        head = self.memory.newest()
        if head.size == seen.size:
            return False
        if root_at(self.ledger, head.size) != head.root:
            raise Unproven(f"the head at {head.size} is not made of the entries, and is not signed")
        line = to_line(sign_head(self.notary, head))
        with self.anchor.growing() as anchor:
            newest = self.opened(anchor.newest).size if anchor.newest else 0
            # Somebody else may have been faster, with a larger head.
            if head.size > newest:
                anchor.append(line)
        return True

    def check_absent(self) -> None:
        """Raise unless there is no anchor yet: Unproven where the one that is there contradicts, else Misuse; Fault."""
        if self.anchor.newest() is not None:
            self.check()
            raise Misuse(
                f"The anchor {self.anchor.place} is there, and the ledger agrees with it: none is to be begun."
            )

    def trusting(self) -> Memory:
        """What may be signed where there is no anchor, on an operator's word: what goes with the tree as it is."""

        def found() -> Head:
            head = self.ledger.head()
            made_of(self.ledger, head)
            return head

        return Memory(self.ledger, found)

    def begin(self) -> None:
        """Make an anchor that begins with the ledger as it is, where there is none. Raises likewise."""
        self.check_absent()
        self._begin()

    def found(self) -> None:
        """The same for a ledger that has just begun: what another one left there is put aside. Raises likewise."""
        try:
            seen = self.anchored()
        except (Unproven, Misuse):
            seen = None
        if seen is None:
            self._begin()
        else:
            # It is of this very key, which may have signed for a ledger that is gone.
            self.check()

    def _begin(self) -> None:
        self.anchor.begin(to_line(sign_head(self.notary, made_of(self.ledger, self.ledger.head()))))


def restarted(head: Head, reason: str, office: Office) -> Act:
    """What is recorded of an anchor that was begun anew. Raises Misuse for a reason that says nothing."""
    checkpoint = {"size": head.size, "root": encode_base64(head.root)}
    facts = {"ledger": checkpoint, "reason": stated(reason)}
    draft = act_statement("ledger.anchored", id=office.uid, origin=office.origin, by=office.by, **facts)
    return Act(office.uid, LEDGER, draft)


def stated(reason: str) -> str:
    """A reason as it is recorded. Raises Misuse for one that says nothing, or too much."""
    words = " ".join(reason.split())
    if not words or len(words) > MAX_REASON or not words.isprintable():
        raise Misuse(f"A reason has 1 to {MAX_REASON} characters, all of them printable.")
    return words
