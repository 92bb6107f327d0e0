"""Auditing the whole ledger: everything is hashed anew, from the statements up to the head, and nothing is believed.

It is done in slices, each on one state of the database, so that nobody waits for it, and it can go on where it was
interrupted: what it has to remember does not grow with the ledger.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from edi_gateway.errors import Unproven
from edi_gateway.ledger.regrowth import Full, Regrowth
from edi_gateway.ledger.tiles import TILE_HEIGHT
from edi_gateway.ledger.tree import Head
from edi_gateway.model.record import Entry, Remains
from edi_gateway.syntax.json import JsonValue
from edi_gateway.workflows.ports import Inspectable, Inspection
from edi_gateway.workflows.verify_contracts import ToldContracts
from edi_gateway.workflows.verify_custody import check_erased, check_erasing
from edi_gateway.workflows.verify_entries import Sequence, check_leaf, check_place, checked_statement
from edi_gateway.workflows.verify_heads import Given, Source
from edi_gateway.workflows.verify_records import Registry, check_document

SLICE = 4096
"""Entries looked at on one state of the database."""

Progress = Callable[["Verification", int], object]
"""Is called after each slice, with the size of the ledger."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked and holds: the head, how many parties have a chain, and the documents, if those were asked for.

    `documents` counts the ones whose record, report, body and headers were compared with their statements.
    """

    head: Head
    parties: int
    documents: int | None


class Verification:
    """How far an audit has come: the entries below `position` hold. `at` is the one that was looked at last.

    (1) Each entry stands in its place, commits to its statement, and has the leaf hash of what it is. One without a
        statement was erased: a later entry says so, and names its leaf hash.
    (2) The statement says the same of type, id, log, and place in the chain of its party, which has no gap; entries
        were recorded in commits, each of which ends where the next begins, and never before the entry before.
    (3) The leaf hashes make up all tiles, every checkpoint that was given out, and the head; nothing is stored beyond.
    (4) With `full`: what is kept of documents, transmissions, contracts, partners and keys is what the statements say.
        What a signature covers isn't verified again, so that only the digest of the signed content is compared.
    """

    def __init__(self, origin: str, *, full: bool = False) -> None:
        self.origin = origin
        self.full = full
        self.documents = 0
        self.at = 0
        self.tree = Regrowth()
        self.sequence = Sequence()
        self.registry = Registry()

    @property
    def position(self) -> int:
        return self.tree.size

    def take(self, inspection: Inspection, limit: int, given: tuple[Given, ...] = ()) -> bool:
        """Look at the next entries, at most `limit`; tell whether there may be more. Raises Unproven, Fault."""
        start = self.position
        recorded, contracts = 0, ToldContracts()
        for entry in inspection.entries(start, start + limit):
            self.at = self.position
            check_place(self.at, entry)  # (1)
            check_leaf(entry)
            statement = self._statement(entry, inspection)
            self.sequence.follow(entry, statement)  # (2)
            contracts.note(self.at, statement)
            recorded += statement is not None and self.registry.note(self.at, statement)
            for full in self.tree.append(entry.leaf_hash):  # (3)
                _check_tile(full, inspection)
            for one in given:
                if one.due == self.position:
                    one.check(self.tree.head)
        if self.full:
            self._check_documents(inspection, start, recorded)  # (4)
            contracts.compare(inspection, start, self.position)
        return self.position == start + limit

    def _statement(self, entry: Entry | Remains, inspection: Inspection) -> Mapping[str, JsonValue] | None:
        if isinstance(entry, Remains):
            check_erased(entry, inspection)
            return None
        statement = checked_statement(entry, self.origin)
        check_erasing(entry, statement, inspection)
        return statement

    def _check_documents(self, inspection: Inspection, start: int, recorded: int) -> None:
        count = 0
        for stored in inspection.documents(start, self.position):
            self.at = stored.record.index
            check_document(stored)
            count += 1
        if count != recorded:
            span = f"entries {start} to {self.position - 1}"
            raise Unproven(f"{recorded} documents are in the ledger in {span}, {count} in the archive")
        self.documents += count

    def end(self, inspection: Inspection, given: tuple[Given, ...] = ()) -> Audit:
        """Once all entries were looked at, on the state of the last: what there is to be said of them together."""
        self._check_head(inspection)
        for one in given:
            one.end(self.position)
        if self.full:
            self._check_archive(inspection)
        return Audit(self.tree.head, len(self.sequence.links), self.documents if self.full else None)

    def _check_head(self, inspection: Inspection) -> None:
        head, size, end = inspection.head, self.position, self.sequence.commit_end
        if inspection.tile_count() != self.tree.tile_count:
            raise Unproven("there are tiles for which there are no entries")
        if head.size != size:
            raise Unproven(f"the head is at {head.size}, but there are {size} entries")
        if end != size:
            raise Unproven(f"the last entry, {size - 1}, was recorded in a commit that made {end} entries")
        if head != self.tree.head:
            raise Unproven(f"the head at {head.size} is not made of the entries")
        if (inspection.recorded_at or "") != self.sequence.recorded_at:
            raise Unproven(f"the head at {head.size} does not have the moment of the newest entry")

    def _check_archive(self, inspection: Inspection) -> None:
        documents, payloads = inspection.document_count(), inspection.payload_count()
        if payloads != documents:
            raise Unproven(f"{documents} documents are in the archive, but the transmissions of {payloads}")
        self.registry.compare(inspection.directory())
        self.registry.compare_profiles(inspection.profiles())
        self.registry.compare_keys(inspection.ledger_keys())
        self.registry.custody.compare(inspection.erasures(), inspection.holds())


def _check_tile(full: Full, inspection: Inspection) -> None:
    tile = full.tile
    if inspection.tile(tile.level, tile.number) != (full.hashes, full.root):
        start = tile.number << TILE_HEIGHT * (tile.level + 1)
        raise Unproven(f"{tile.path}, from entry {start}, is not made of the entries below it")


def verify_ledger(
    ledger: Inspectable,
    origin: str,
    *,
    full: bool = False,
    sources: Mapping[str, Source] = MappingProxyType({}),
    begun: Verification | None = None,
    progress: Progress = lambda *_: None,
) -> Audit:
    """Check the ledger of that origin as it is when the check ends. Raises Unproven at the first lie, naming its index,
    and Fault.

    `sources` of checkpoints that were given out, by their names; `begun` is an audit to go on with.
    """
    verification = begun or Verification(origin, full=full)
    given = given_from(sources, verification.position)
    while True:
        with ledger.inspecting() as inspection:
            more = verification.take(inspection, SLICE, given)
            progress(verification, inspection.head.size)
            if not more:
                return verification.end(inspection, given)


def given_from(sources: Mapping[str, Source], position: int) -> tuple[Given, ...]:
    """The checkpoints still to be held against a tree that has grown to `position`. Raises Unproven, Fault."""
    given = tuple(Given(what, source(), position + 1 if position else 0) for what, source in sources.items())
    for one in given:
        # That of the empty tree is due before there is anything.
        if one.due == 0:
            one.check(Regrowth().head)
    return given
