"""The ledger in the database: appends under the lock of the head row, reads of what is committed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from edi_gateway.errors import Fault
from edi_gateway.ledger.tiles import Tile, completed, tile_bytes, tile_root
from edi_gateway.ledger.tree import HASH_SIZE, Growth, Head
from edi_gateway.model.contract import Offer
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.record import Act, Change, Earlier, Entry, Examined, KeyAct, Link, Submission
from edi_gateway.storage import disposal, ledger_keys, rows, sealed_payloads, trust
from edi_gateway.storage.contracts import find_offers, keep
from edi_gateway.storage.directory import apply
from edi_gateway.storage.earlier import find_earlier
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.inspection import SqlInspection
from edi_gateway.storage.payload_keys import LOCK_HEAD
from edi_gateway.storage.prepared import Insertion
from edi_gateway.storage.tables import documents, entries, head, payloads, statements, tiles
from edi_gateway.storage.vault import Vault, locked

_HEAD = select(head.c.size, head.c.root, head.c.frontier)
_HEAD_AND_MORE = _HEAD.add_columns(head.c.recorded_at, head.c.keys_version)
_NEWEST_MOMENT = select(head.c.recorded_at)
_MOVE_HEAD = (
    update(head)
    .where(head.c.size == bindparam("old_size"), head.c.root == bindparam("old_root"))
    .values(size=bindparam("size"), root=bindparam("root"), frontier=bindparam("frontier"), recorded_at=bindparam("at"))
)
_insert_entries, _insert_statements = Insertion(entries), Insertion(statements)
_insert_documents, _insert_payloads = Insertion(documents), Insertion(payloads)
_NEWEST = (
    select(entries.c.party_sequence, entries.c.leaf_hash)
    .where(entries.c.party == bindparam("party"))
    .order_by(entries.c.party_sequence.desc())
    .limit(1)
)
_ENTRY = select(entries, statements.c.id, statements.c.type, statements.c.statement, statements.c.salt).join_from(
    entries, statements
)

_span = (entries.c.leaf_index >= bindparam("start"), entries.c.leaf_index < bindparam("end"))
_COMMITMENTS = select(entries.c.entry).where(*_span).order_by(entries.c.leaf_index)
_LEAVES = select(entries.c.leaf_hash).where(*_span).order_by(entries.c.leaf_index)
_TILE_ROOTS = (
    select(tiles.c.root)
    .where(tiles.c.level == bindparam("level"))
    .where(tiles.c.number >= bindparam("start"), tiles.c.number < bindparam("end"))
    .order_by(tiles.c.number)
)


class SqlLedger:
    """Implements `workflows.ports.Ledger` on SQLAlchemy Core."""

    def __init__(self, engine: Engine, vault: Vault | None = None) -> None:
        """Without a vault nothing that is encrypted can be read."""
        self._engine = engine
        self._vault = vault or locked(engine)

    @contextmanager
    def appending(self) -> Iterator["SqlAppending"]:
        # The lock in a statement of its own: what is read after it is read with the lock in hand.
        with writing(self._engine, LOCK_HEAD) as connection:
            yield SqlAppending(connection, self._vault)

    @contextmanager
    def inspecting(self) -> Iterator[SqlInspection]:
        """Implements `workflows.ports.Inspectable`."""
        with reading(self._engine) as connection:
            yield SqlInspection(connection, read_head(connection), connection.scalar(_NEWEST_MOMENT), self._vault)

    def head(self) -> Head:
        with reading(self._engine) as connection:
            return read_head(connection)

    def recorded_at(self) -> datetime | None:
        with reading(self._engine) as connection:
            return _moment(connection.scalar(_NEWEST_MOMENT))

    def entry(self, index: int) -> Entry:
        with reading(self._engine) as connection:
            row = connection.execute(_ENTRY.where(entries.c.leaf_index == index)).one_or_none()
        if row is None:
            raise LookupError(f"there is no entry {index}")
        return rows.entry(row)

    def commitments(self, start: int, end: int) -> list[bytes]:
        """The entries [start, end) as they stand in the ledger."""
        with reading(self._engine) as connection:
            return list(connection.scalars(_COMMITMENTS, {"start": start, "end": end}))

    def wipe(self) -> bool:
        """Take out of the database's own log what was erased, as far as it can be; whether that was done."""
        return disposal.wipe(self._engine)

    def leaves(self, start: int, end: int) -> list[bytes]:
        with reading(self._engine) as connection:
            return SqlHashes(connection).leaves(start, end)

    def tile_roots(self, level: int, start: int, end: int) -> list[bytes]:
        with reading(self._engine) as connection:
            return SqlHashes(connection).tile_roots(level, start, end)


class SqlHashes:
    """Implements `ledger.tiles.Hashes` on one connection, and so on one state of the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def leaves(self, start: int, end: int) -> list[bytes]:
        return list(self._connection.scalars(_LEAVES, {"start": start, "end": end}))

    def tile_roots(self, level: int, start: int, end: int) -> list[bytes]:
        return list(self._connection.scalars(_TILE_ROOTS, {"level": level, "start": start, "end": end}))


class SqlAppending(SqlHashes):
    """Implements `workflows.ports.Appending`."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection)
        self._vault = vault
        size, root, frontier, at, self.keys_version = connection.execute(_HEAD_AND_MORE).one()
        self.head = _head(size, root, frontier)
        self.recorded_at = _moment(at)

    def links(self, parties: Collection[str]) -> Mapping[str, Link]:
        found = {party: self._connection.execute(_NEWEST, {"party": party}).one_or_none() for party in parties}
        return {party: Link(*row) for party, row in found.items() if row}

    def earlier(self, documents: Sequence[Examined]) -> Sequence[Earlier]:
        return find_earlier(self._connection, documents)

    def offers(self, contracts: Sequence[Examined]) -> Sequence[Offer]:
        return find_offers(self._connection, contracts, self._vault)

    def write(self, growth: Growth, recorded: Sequence[tuple[Entry, Submission]], at: datetime) -> None:
        _insert_entries(self._connection, [rows.entry_row(entry) for entry, _ in recorded])
        _insert_statements(self._connection, [rows.statement_row(entry) for entry, _ in recorded])
        if examined := [(entry.index, one) for entry, one in recorded if isinstance(one, Examined)]:
            _insert_documents(self._connection, [rows.document_row(one, index) for index, one in examined])
            self._store([one for _, one in examined])
            keep(self._connection, [(index, one) for index, one in examined if one.contract], at)
        for entry, change in recorded:
            if isinstance(change, Change):
                apply(self._connection, change, entry.index)
            elif isinstance(change, Act) and change.custody:
                disposal.carry_out(self._connection, change.custody, entry.index)
            elif isinstance(change, Act) and change.trust:
                trust.apply(self._connection, change, change.trust, entry.index)
            elif isinstance(change, KeyAct):
                ledger_keys.apply(self._connection, change, entry.tree_size)
        if full := completed(growth.before, growth.head.size):
            self._write_tiles(full)
        row = _head_row(growth.head, at) | {"old_size": growth.before, "old_root": self.head.root}
        moved = self._connection.execute(_MOVE_HEAD, row)
        if moved.rowcount != 1:
            raise Fault("Somebody else moved the head of the ledger, past the lock.")

    def _store(self, examined: Sequence[Examined]) -> None:
        """What arrived, and what was found: as it is, or sealed."""
        if self._vault.on and not all(one.data_key for one in examined):
            raise Fault("A document without a data key would be stored in plain.")
        if plain := [rows.payload_row(one) for one in examined if one.data_key is None]:
            _insert_payloads(self._connection, plain)
        if sealable := [rows.sealable(one, one.data_key) for one in examined if one.data_key]:
            sealed_payloads.store(self._connection, self._vault, sealable)

    def _write_tiles(self, full: Sequence[Tile]) -> None:
        for tile in full:
            hashes = tile_bytes(SqlHashes(self._connection), tile)
            row = {"level": tile.level, "number": tile.number, "hashes": hashes, "root": tile_root(hashes)}
            self._connection.execute(insert(tiles), row)


def _head_row(head: Head, at: datetime) -> dict[str, object]:
    return {"size": head.size, "root": head.root, "frontier": b"".join(head.frontier), "at": timestamp(at)}


def read_head(connection: Connection) -> Head:
    return _head(*connection.execute(_HEAD).one())


def _head(size: int, root: bytes, frontier: bytes) -> Head:
    return Head(size, root, tuple(frontier[i : i + HASH_SIZE] for i in range(0, len(frontier), HASH_SIZE)))


def _moment(text: str | None) -> datetime | None:
    try:
        return parse_timestamp(text) if text else None
    except ValueError as error:
        raise Fault(f"The head's moment is damaged: {error}") from error
