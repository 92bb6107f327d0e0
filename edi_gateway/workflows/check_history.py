"""Checking a history as a stranger would: with the file, a verifier key, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edi_gateway.errors import Unproven
from edi_gateway.ledger import proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.receipts import history as histories
from edi_gateway.receipts.history import Erased, Told
from edi_gateway.receipts.statement import commit
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue
from edi_gateway.workflows.check import open_trusted


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry that is in the ledger. `statement` is None where it is erased."""

    sequence: int
    index: int
    leaf: bytes
    statement: Mapping[str, JsonValue] | None


@dataclass(frozen=True, slots=True)
class CheckedHistory:
    """A history that holds. Made by `check_history` alone.

    `trusted` is as in `CheckedReceipt`. `unexplained` are the numbers of entries whose statements are missing though
    nothing here says that they were erased. `next` is the number that the file says it goes on with.
    """

    party: str
    entries: tuple[CheckedEntry, ...]
    unexplained: tuple[int, ...]
    next: int | None
    checkpoint: Checkpoint
    vkey: str
    trusted: bool

    @property
    def told(self) -> tuple[CheckedEntry, ...]:
        """The entries that have their statements."""
        return tuple(entry for entry in self.entries if entry.statement is not None)

    @property
    def complete_to(self) -> int:
        """In every tree of at most so many entries, the party has none after the first of these but those here.

        The last entry with a statement says how many of the party stand before it; of what comes after it, nothing is
        known. Zero where no entry has its statement.
        """
        return self.told[-1].index + 1 if self.told else 0


@dataclass(frozen=True, slots=True)
class Erasure:
    """What a statement says was erased: an entry of the ledger and its leaf hash, in base64."""

    index: int
    leaf: str


def check_history(data: bytes, vkey: str | None) -> CheckedHistory:
    """Check a history, against `vkey` or, where that is None, against the one inside. Raises Unproven at the first lie.

    (1) The checkpoint is signed by the key that the checker trusts, in its own name, and by the one inside.
    (2) Each statement says that it is in this log, and which entry of the party it is; the numbers go up by one.
    (3) Each entry, or what is left of it, is where it says in the tree of that checkpoint.
    (4) Each statement names the leaf hash of the entry before it.
    (5) What is erased is named by a later entry of the chain, with its leaf hash; or it is reported.
    """
    history = histories.parse(data)
    # (1)
    signed = open_trusted(history.checkpoint.encode(), history.vkey, vkey)
    if not history.entries:
        raise Unproven("the history has no entries")
    # (2), (3)
    entries = tuple(_entry(each, history.party, signed) for each in history.entries)
    erasures = tuple(_entry(each, history.party, signed) for each in history.erasures)
    # (2), (4)
    _check_chain(entries)
    _check_after(entries[-1], erasures)
    if history.next not in (None, entries[-1].sequence + 1):
        raise Unproven(f"the history ends with number {entries[-1].sequence}, and goes on with number {history.next}")
    # (5)
    unexplained = _unexplained(entries, erasures)
    return CheckedHistory(
        history.party, entries, unexplained, history.next, signed, history.vkey, trusted=vkey is not None
    )


def erased_by(statement: Mapping[str, JsonValue]) -> Erasure | None:
    """What a statement says was erased, if it does."""
    entry = statement.get("entry")
    if statement.get("type") != "document.erased" or not isinstance(entry, dict):
        return None
    index, leaf = entry.get("index"), entry.get("leafHash")
    return Erasure(index, leaf) if type(index) is int and isinstance(leaf, str) else None


def named_before(entry: CheckedEntry) -> JsonValue:
    """What an entry's statement gives as the leaf hash of the one before, in base64."""
    chain = (entry.statement or {}).get("chain")
    return chain.get("previous") if isinstance(chain, dict) else None


def _entry(entry: Told | Erased, party: str, signed: Checkpoint) -> CheckedEntry:
    statement: Mapping[str, JsonValue] | None = None
    if isinstance(entry, Erased):
        leaf = entry.leaf_hash
    else:
        leaf, statement = leaf_hash(commit(entry.statement, entry.salt)), _object(entry.statement)
    checked = CheckedEntry(entry.sequence, entry.index, leaf, statement)
    # First what it says of itself: of statements that were exchanged, the proof alone would not tell.
    _check_statement(checked, party, signed.origin)
    proof.verify_inclusion(leaf, entry.index, signed.size, entry.path, signed.root)
    return checked


def _object(statement: bytes) -> Mapping[str, JsonValue]:
    read = json.parse(statement)
    assert isinstance(read, dict)  # histories.parse takes nothing else
    return read


def _check_statement(entry: CheckedEntry, party: str, origin: str) -> None:
    if entry.statement is None:
        return
    if entry.statement.get("origin") != origin:
        raise Unproven(f"the statement of entry {entry.index} and the checkpoint are of different logs")
    chain = entry.statement.get("chain")
    if not isinstance(chain, dict) or (chain.get("party"), chain.get("sequence")) != (party, entry.sequence):
        number = chain.get("sequence") if isinstance(chain, dict) else None
        own = f": it says number {number}" if isinstance(number, int) else ""
        raise Unproven(f"entry {entry.index} is not number {entry.sequence} of {party}, by its own statement{own}")
    if (entry.sequence == 1) != (chain.get("previous") is None):
        raise Unproven(f"entry {entry.index} is number {entry.sequence}, and does not name what is before it like that")


def _check_chain(entries: Sequence[CheckedEntry]) -> None:
    if entries[0].sequence < 1:
        raise Unproven("a party's entries are counted from 1")
    for before, entry in pairwise(entries):
        if entry.sequence <= before.sequence:
            follows = f"number {entry.sequence} follows number {before.sequence}"
            raise Unproven(f"{follows}: the entries are not in the order of the chain")
    for before, entry in pairwise(entries):
        if entry.sequence != before.sequence + 1:
            raise Unproven(f"number {before.sequence + 1} is missing: number {entry.sequence} follows")
        if entry.index <= before.index:
            raise Unproven(f"number {entry.sequence} is not after number {before.sequence} in the ledger")
        if entry.statement is not None and named_before(entry) != encode_base64(before.leaf):
            raise Unproven(f"number {entry.sequence} does not follow the number {before.sequence} that is here")


def _check_after(last: CheckedEntry, erasures: Sequence[CheckedEntry]) -> None:
    """What tells of erasures comes after what is told of, or is among it."""
    for entry in erasures:
        if entry.sequence <= last.sequence or entry.index <= last.index:
            raise Unproven(
                f"number {entry.sequence} tells of an erasure, but does not come after number {last.sequence}"
            )
        last = entry


def _unexplained(entries: Sequence[CheckedEntry], erasures: Sequence[CheckedEntry]) -> tuple[int, ...]:
    told = {}
    for teller in (*entries, *erasures):
        if teller.statement is not None and (erasure := erased_by(teller.statement)):
            told[erasure.index] = teller.index, erasure.leaf
    return tuple(
        entry.sequence for entry in entries if entry.statement is None and not _explained(entry, told.get(entry.index))
    )


def _explained(entry: CheckedEntry, told: tuple[int, str] | None) -> bool:
    if told is None:
        return False
    teller, leaf = told
    if leaf != encode_base64(entry.leaf) or teller <= entry.index:
        raise Unproven(f"entry {teller} tells of the erasure of entry {entry.index}, but not of this one")
    return True
