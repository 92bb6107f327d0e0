"""Auditing the whole ledger: everything is hashed anew, from the statements up to the head, and nothing is believed."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, Tile
from edi_gateway.ledger.tree import Head, frontier_root, leaf_hash, mth
from edi_gateway.model.record import Entry, Link, Remains
from edi_gateway.receipts.statement import commit
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue
from edi_gateway.workflows.ports import Inspectable, Inspection
from edi_gateway.workflows.verify_custody import check_erased, check_erasing
from edi_gateway.workflows.verify_records import Registry, check_document


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked and holds: the head, how many parties have a chain, and the documents, if those were asked for.

    `documents` counts the ones whose record, report, body and headers were compared with their statements.
    """

    head: Head
    parties: int
    documents: int | None


def verify_ledger(ledger: Inspectable, origin: str, *, full: bool = False) -> Audit:
    """Check one state of the ledger of that origin. Raises Unproven at the first lie, naming its index, and Fault.

    (1) Each entry stands in its place, commits to its statement, and has the leaf hash of what it is. One without a
        statement was erased: a later entry says so, and names its leaf hash.
    (2) The statement says the same of type, id, log, and place in the chain of its party, which has no gap.
    (3) The entries were recorded in commits, each of which ends where the next begins.
    (4) The leaf hashes make up all tiles and the head, and nothing is stored beyond.
    (5) With `full`: what is kept of documents, transmissions, partners and keys is what the statements say. What a
        signature covers isn't verified again, so that only the digest of the signed content is compared.
    """
    with ledger.inspecting() as inspection:
        tree, chains, registry = _Tree(inspection), _Chains(), Registry()
        commit_end = 0
        for index, entry in enumerate(inspection.entries()):
            _check_place(index, entry)  # (1)
            if isinstance(entry, Remains):
                _check_leaf(entry)
                check_erased(entry, inspection)
                chains.check_place(entry)  # (2)
            else:
                _check_commitment(entry)
                _check_leaf(entry)
                statement = _statement(entry, origin)
                check_erasing(entry, statement, inspection)
                chains.check(entry, statement)  # (2)
                registry.note(index, statement)
            commit_end = _commit_end(index, entry, commit_end)  # (3)
            tree.append(entry.leaf_hash)  # (4)
        tree.check(inspection.head, commit_end)
        documents = _check_records(inspection, registry) if full else None  # (5)
        return Audit(inspection.head, len(chains.links), documents)


def _check_place(index: int, entry: Entry | Remains) -> None:
    if entry.index != index:
        raise Unproven(f"entry {index} is missing, and entry {entry.index} is in its place")


def _check_leaf(entry: Entry | Remains) -> None:
    if leaf_hash(entry.entry) != entry.leaf_hash:
        raise Unproven(f"entry {entry.index} does not have the leaf hash that is stored")


def _check_commitment(entry: Entry) -> None:
    try:
        commitment = commit(entry.statement, entry.salt)
    except ValueError as error:
        raise Unproven(f"entry {entry.index}: {error}") from error
    if commitment != entry.entry:
        raise Unproven(f"entry {entry.index} does not commit to its statement")


def _statement(entry: Entry, origin: str) -> Mapping[str, JsonValue]:
    try:
        statement = json.parse(entry.statement)
    except Rejection as error:
        raise Unproven(f"entry {entry.index}: the statement is not JSON") from error
    if not isinstance(statement, dict):
        raise Unproven(f"entry {entry.index}: the statement is not an object")
    for name, stored in {"type": entry.type, "id": entry.id, "origin": origin}.items():
        if statement.get(name) != stored:
            raise Unproven(f"entry {entry.index}: the statement has another {name} than {stored}")
    return statement


def _commit_end(index: int, entry: Entry | Remains, end: int) -> int:
    if entry.tree_size != end if index < end else entry.tree_size <= index:
        told = f", or entry {index - 1} in one that made {end}" if index < end else ""
        raise Unproven(f"entry {index} can't have been recorded in a commit that made {entry.tree_size} entries{told}")
    return entry.tree_size


def _check_records(inspection: Inspection, registry: Registry) -> int:
    count = 0
    for count, record in enumerate(inspection.documents(), start=1):  # noqa: B007 - counted
        check_document(record)
    if count != registry.documents:
        raise Unproven(f"{registry.documents} documents are in the ledger, {count} in the archive")
    if (kept := inspection.payload_count()) != count:
        raise Unproven(f"{count} documents are in the archive, but the transmissions of {kept}")
    registry.compare(inspection.directory())
    registry.custody.compare(inspection.erasures(), inspection.holds())
    return count


class _Chains:
    """Each party's newest entry."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}

    def check(self, entry: Entry, statement: Mapping[str, JsonValue]) -> None:
        before = self.links.get(entry.party)
        chain: dict[str, JsonValue] = {"party": entry.party, "sequence": entry.sequence}
        if before:
            chain["previous"] = b64encode(before.leaf_hash).decode()
        self.check_place(entry, broken=statement.get("chain") != chain)

    def check_place(self, entry: Entry | Remains, *, broken: bool = False) -> None:
        """The number in the chain. What an erased entry said of the one before it is erased, too."""
        before = self.links.get(entry.party)
        sequence = before.sequence + 1 if before else 1
        if entry.sequence != sequence or broken:
            raise Unproven(f"entry {entry.index} is not the next, number {sequence}, in the chain of {entry.party}")
        self.links[entry.party] = Link(sequence, entry.leaf_hash)


class _Tree:
    """The tree as it grows again: of each level only the tile that isn't full yet."""

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self._rows: list[list[bytes]] = []
        self._full: list[int] = []
        self._size = 0

    def append(self, leaf: bytes) -> None:
        self._size += 1
        self._append(0, leaf)

    def _append(self, level: int, found: bytes) -> None:
        if level == len(self._rows):
            self._rows.append([])
            self._full.append(0)
        row = self._rows[level]
        row.append(found)
        if len(row) == TILE_WIDTH:
            root = mth(row)
            self._check_tile(Tile(level, self._full[level]), b"".join(row), root)
            self._full[level] += 1
            self._rows[level] = []
            self._append(level + 1, root)

    def _check_tile(self, tile: Tile, hashes: bytes, root: bytes) -> None:
        if self._inspection.tile(tile.level, tile.number) != (hashes, root):
            start = tile.number << TILE_HEIGHT * (tile.level + 1)
            raise Unproven(f"{tile.path}, from entry {start}, is not made of the entries below it")

    def check(self, head: Head, commit_end: int) -> None:
        if self._inspection.tile_count() != sum(self._full):
            raise Unproven("there are tiles for which there are no entries")
        if head.size != self._size:
            raise Unproven(f"the head is at {head.size}, but there are {self._size} entries")
        if commit_end != self._size:
            raise Unproven(f"the last entry, {self._size - 1}, was recorded in a commit that made {commit_end} entries")
        frontier = tuple(root for row in reversed(self._rows) for root in _subtrees(row))
        if head != Head(self._size, frontier_root(frontier), frontier):
            raise Unproven(f"the head at {head.size} is not made of the entries")


def _subtrees(row: list[bytes]) -> list[bytes]:
    """The roots of the complete subtrees that a row of hashes makes up, largest first (RFC 6962 §2.1)."""
    roots = []
    at = 0
    for height in reversed(range(TILE_HEIGHT)):
        if len(row) >> height & 1:
            roots.append(mth(row[at : at + (1 << height)]))
            at += 1 << height
    return roots
