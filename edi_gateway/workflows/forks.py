"""Proof that the ledger's own keys signed two histories: nothing more is recorded until an operator has looked.

A witness that merely says so proves nothing. What counts is a checkpoint that a key of this ledger signed, of a tree
that this ledger does not begin with, or is smaller than (c2sp.org/tlog-checkpoint forbids a log to sign both).
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypedDict

from edi_gateway.errors import Fault, Unproven
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.ledger.sequencer import Unavailable
from edi_gateway.ledger.stored import root_at
from edi_gateway.ledger.tiles import Missing
from edi_gateway.model.moment import timestamp
from edi_gateway.model.record import LEDGER, Act
from edi_gateway.receipts.statement import act_statement
from edi_gateway.workflows.acknowledge import open_head
from edi_gateway.workflows.anchoring import stated
from edi_gateway.workflows.enrol import Office
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.ports import Ledger, State

_STATE = '{"open": null, "seen": []}'


class _Known(TypedDict):
    """`seen` names the checkpoints that operators have looked at, `settled` are the forks that they were of."""

    open: dict[str, str] | None
    seen: list[str]
    settled: list[dict[str, str]]


class Forked(Unavailable):
    """It is proven that the ledger's keys signed two histories: nothing is recorded until an operator has looked."""


@dataclass(frozen=True, slots=True)
class Fork:
    """`theirs` is the signed checkpoint that `witness` showed at `found_at`, `ours` one of this ledger; `why` they
    can't both be of one ledger."""

    witness: str
    found_at: str
    why: str
    theirs: str
    ours: str

    @property
    def checkpoint(self) -> Checkpoint:
        return checkpoint.parse(note.text_of(self.theirs.encode()))


@dataclass(frozen=True)
class Forks:
    """What is known of forks on this machine, and how one is told. Every method raises Fault."""

    ledger: Ledger
    notary: Notary
    state: State
    clock: Callable[[], datetime]

    def known(self) -> Fork | None:
        """The one that no operator has looked at yet."""
        found = self._read()["open"]
        return Fork(**found) if found else None

    def check(self) -> None:
        """Raise Forked where there is one."""
        if found := self.known():
            raise Forked(
                f"The ledger forked: {found.why}, as the witness {found.witness} proves. Nothing is recorded: look at "
                "`edi-gateway ledger fork`, and read docs/operations.md, In trouble."
            )

    def judge(self, witness: str, theirs: bytes, ours: bytes) -> None:
        """Hold what a witness shows as ours against the ledger. Raises Forked, once that is written down.

        What no key of the ledger signed proves nothing, nor does what an operator has looked at before.
        """
        seen = self._signed(theirs)
        why = self._contradiction(seen) if seen else None
        known = self._read()
        if seen is None or why is None or _name(seen) in known["seen"]:
            return
        if not known["open"]:
            found = Fork(witness, timestamp(self.clock()), why, theirs.decode(), ours.decode())
            self._write({**known, "open": asdict(found)})
        self.check()

    def _signed(self, theirs: bytes) -> Checkpoint | None:
        try:
            seen = open_head(self.notary, theirs)
        except Unproven:
            return None
        return seen if seen.origin == self.notary.origin else None

    def _contradiction(self, seen: Checkpoint) -> str | None:
        # Read after the other one was signed: a head that is committed is never larger later.
        head = self.ledger.head()
        if seen.size > head.size:
            return f"a key of it signed a tree of {seen.size} entries, and it has {head.size}"
        try:
            root = root_at(self.ledger, seen.size)
        except Missing as error:
            raise Unproven(str(error)) from error
        return None if root == seen.root else f"a key of it signed another tree of {seen.size} entries than it has"

    def settle(self, fork: Fork) -> None:
        """An operator has looked at it: it stops nothing any more."""
        known = self._read()
        seen, settled = [*known["seen"], _name(fork.checkpoint)], [*known["settled"], asdict(fork)]
        self._write({"open": None, "seen": seen, "settled": settled})

    def settled(self) -> list[Fork]:
        """Those that an operator has looked at, oldest first: what was signed stays true."""
        return [Fork(**one) for one in self._read()["settled"]]

    def _read(self) -> _Known:
        found = self.state.read()
        try:
            known = json.loads(found or _STATE)
            return {"open": known["open"], "seen": known["seen"], "settled": known.get("settled", [])}
        except (AttributeError, ValueError, KeyError, TypeError) as error:
            raise Fault(f"What is known of forks is damaged: {error!r}") from error

    def _write(self, known: _Known) -> None:
        self.state.write(json.dumps(known).encode())


def _name(seen: Checkpoint) -> str:
    return f"{seen.size} {encode_base64(seen.root)}"


def described(fork: Fork) -> dict[str, object]:
    """The tree of the other history, and who showed it when, as a statement says it."""
    tree = {"size": fork.checkpoint.size, "root": encode_base64(fork.checkpoint.root)}
    return {**tree, "witness": fork.witness, "foundAt": fork.found_at}


def looked_at(fork: Fork, reason: str, office: Office) -> Act:
    """What is recorded of a fork that an operator has looked at. Raises Misuse for a reason that says nothing."""
    told = described(fork)
    other = {name: told.pop(name) for name in ("size", "root")}
    facts = {**told, "fork": other, "reason": stated(reason)}
    draft = act_statement("ledger.forked", id=office.uid, origin=office.origin, by=office.by, **facts)
    return Act(office.uid, LEDGER, draft)
