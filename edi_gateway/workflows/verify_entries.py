"""Whether each entry is what its statement says, stands in its place, and follows from those before it."""

from base64 import b64encode
from collections.abc import Mapping

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.model.record import Entry, Link, Remains
from edi_gateway.receipts.statement import commit
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue


def check_place(index: int, entry: Entry | Remains) -> None:
    """Raises Unproven unless this is the entry of that index."""
    if entry.index != index:
        raise Unproven(f"entry {index} is missing, and entry {entry.index} is in its place")


def check_leaf(entry: Entry | Remains) -> None:
    """Raises Unproven unless the entry has the leaf hash of its commitment."""
    if leaf_hash(entry.entry) != entry.leaf_hash:
        raise Unproven(f"entry {entry.index} does not have the leaf hash that is stored")


def checked_statement(entry: Entry, origin: str) -> Mapping[str, JsonValue]:
    """What the entry commits to. Raises Unproven unless it does, and the statement is this entry's in this ledger."""
    try:
        commitment = commit(entry.statement, entry.salt)
    except ValueError as error:
        raise Unproven(f"entry {entry.index}: {error}") from error
    if commitment != entry.entry:
        raise Unproven(f"entry {entry.index} does not commit to its statement")
    try:
        statement = json.parse(entry.statement)
    except Rejection as error:
        raise Unproven(f"entry {entry.index}: the statement is not JSON") from error
    if not isinstance(statement, dict):
        raise Unproven(f"entry {entry.index}: the statement is not an object")
    for name, stored in (("type", entry.type), ("id", entry.id), ("origin", origin)):
        if statement.get(name) != stored:
            raise Unproven(f"entry {entry.index}: the statement has another {name} than {stored}")
    return statement


class Sequence:
    """What an entry follows: each party's newest entry, the end of the commit under way, the newest moment."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.commit_end = 0
        self.recorded_at = ""

    def follow(self, entry: Entry | Remains, statement: Mapping[str, JsonValue] | None) -> None:
        """Take in the next entry; `statement` is None where that was erased. Raises Unproven."""
        self._check_chain(entry, statement)
        self._check_commit(entry)
        if statement is not None:
            self._check_moment(entry.index, statement)

    def _check_chain(self, entry: Entry | Remains, statement: Mapping[str, JsonValue] | None) -> None:
        before = self.links.get(entry.party)
        sequence = before.sequence + 1 if before else 1
        chain: dict[str, JsonValue] = {"party": entry.party, "sequence": sequence}
        if before:
            chain["previous"] = b64encode(before.leaf_hash).decode()
        # What an erased entry said of the one before it is erased, too.
        if entry.sequence != sequence or (statement is not None and statement.get("chain") != chain):
            raise Unproven(f"entry {entry.index} is not the next, number {sequence}, in the chain of {entry.party}")
        self.links[entry.party] = Link(sequence, entry.leaf_hash)

    def _check_commit(self, entry: Entry | Remains) -> None:
        size, index = entry.tree_size, entry.index
        within = index < self.commit_end
        if size != self.commit_end if within else size <= index:
            told = f", or entry {index - 1} in one that made {self.commit_end}" if within else ""
            raise Unproven(f"entry {index} can't have been recorded in a commit that made {size} entries{told}")
        self.commit_end = size

    def _check_moment(self, index: int, statement: Mapping[str, JsonValue]) -> None:
        # Text of this form sorts as its moments do.
        moment = statement.get("recordedAt")
        if not isinstance(moment, str) or moment < self.recorded_at:
            raise Unproven(f"entry {index} was recorded at {moment}, before the entry before it")
        self.recorded_at = moment
