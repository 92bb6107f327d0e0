"""The tables of the ledger only grow: whatever would take a row away or change it is refused by the database itself."""

from collections.abc import Iterable

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from edi_gateway.access import create_token
from edi_gateway.gateway import Gateway
from edi_gateway.model.publication import Cosignature, Publication
from edi_gateway.storage.tables import APPEND_ONLY, metadata, timestamps
from edi_gateway.workflows.verify import verify_ledger
from tests.support import contracts, pki, sealing, vouching
from tests.support.custody import erase, hold
from tests.support.gateway import NOW
from tests.support.profiles import agree
from tests.support.recording import examined


@pytest.fixture
def full(gateway: Gateway) -> Gateway:
    """A gateway with at least one row in each table of the ledger."""
    return fill(gateway)


@pytest.fixture
def full_sqlite(sqlite_gateway: Gateway) -> Gateway:
    return fill(sqlite_gateway)


@pytest.fixture
def full_postgresql(postgresql_gateway: Gateway) -> Gateway:
    return fill(postgresql_gateway)


def fill(gateway: Gateway) -> Gateway:
    gateway.recorder.record([examined(f"PO-{n}", idempotency_key=f"key-{n}") for n in range(256)])
    contracts.sign(gateway)
    agree(gateway, maxBytes=5)
    gateway.publications.publish(Publication(4, bytes(32), b"note", NOW))
    gateway.publications.cosign(Cosignature(4, "w+00000000", "line", NOW))
    gateway.notary.kept.keep(gateway.notary.history.keys[0].id, [(4, b"signature")])
    with gateway.engine.begin() as connection:
        moment = "2026-11-23T12:00:00.000Z"
        row = {"size": 4, "authority": "a", "token": b"t", "gen_time": moment, "expires_at": moment}
        connection.execute(insert(timestamps), row)
    recorded = [gateway.record(examined(number)) for number in ("PO-A", "PO-B")]
    erase(gateway, recorded[0].id)
    hold(gateway, recorded[1].id)
    sealed = sealing.encrypting(gateway)
    sealed.record(examined("PO-S"))
    sealed.close()
    create_token(gateway, "officer", "audit")
    root = pki.root()
    vouching.trusted(gateway, root)
    vouching.granted(gateway, "acme", "subject", "CN=Acme")
    vouching.known(gateway, pki.crl(root))
    return gateway


def rows(connection: Connection) -> dict[str, list]:
    tables = [metadata.tables[name] for name in APPEND_ONLY]
    return {table.name: connection.execute(table.select().order_by(*table.primary_key)).all() for table in tables}


def refused(gateway: Gateway, statements: Iterable[str]) -> None:
    """Each of them is, and leaves every row as it was."""
    with gateway.engine.connect() as connection:
        before = rows(connection)
        for statement in statements:
            with pytest.raises(DBAPIError, match="append-only"):
                connection.execute(text(statement))
            connection.rollback()
            assert rows(connection) == before


def test_rows_are_not_deleted(full: Gateway):
    refused(full, (f"DELETE FROM {table}" for table in APPEND_ONLY))


def test_no_column_of_any_row_is_changed(full: Gateway):
    columns = [column for table in APPEND_ONLY for column in metadata.tables[table].columns]
    refused(full, (f"UPDATE {column.table.name} SET {column.name} = {column.name}" for column in columns))


def test_rows_are_not_changed_by_inserting_others_with_their_key(full: Gateway):
    refused(full, map(upserting, APPEND_ONLY))


def upserting(table: str) -> str:
    key = ", ".join(column.name for column in metadata.tables[table].primary_key)
    first = next(iter(metadata.tables[table].columns)).name
    again = f"INSERT INTO {table} SELECT * FROM {table} WHERE TRUE"
    return f"{again} ON CONFLICT ({key}) DO UPDATE SET {first} = excluded.{first}"


def test_tables_are_not_truncated(full_postgresql: Gateway):
    refused(full_postgresql, (f"TRUNCATE {table} CASCADE" for table in APPEND_ONLY))


# What INSERT OR REPLACE may share with a row: table, columns, values of a row that is like an old one in that alone.
_DOCUMENT = "id, leaf_index, verdict, sender, received_at, document_digest, report"
UNIQUE = {
    "an index": ("entries", "leaf_index, entry, leaf_hash, party, party_sequence, tree_size", {"party": "'x'"}),
    "a place in a chain": (
        "entries",
        "leaf_index, entry, leaf_hash, party, party_sequence, tree_size",
        {"leaf_index": "leaf_index + 9999"},
    ),
    "a statement's index": ("statements", "leaf_index, id, type, statement, salt", {"id": "'x' || id"}),
    "a statement's id": ("statements", "leaf_index, id, type, statement, salt", {"leaf_index": "leaf_index + 9999"}),
    "a tile": ("tiles", "level, number, hashes, root", {}),
    "the row of a tile": ("tiles", "rowid, level, number, hashes, root", {"level": "9"}),
    "a document's id": ("documents", _DOCUMENT, {"leaf_index": "leaf_index + 9999", "document_digest": "id"}),
    "a document's index": ("documents", _DOCUMENT, {"id": "'x' || id", "document_digest": "id"}),
    "an accepted digest": ("documents", _DOCUMENT, {"id": "'x' || id", "leaf_index": "leaf_index + 9999"}),
    "an accepted number": (
        "documents",
        f"{_DOCUMENT}, type, number",
        {"id": "'x' || id", "leaf_index": "leaf_index + 9999", "document_digest": "id"},
    ),
    "an accepted idempotency key": (
        "documents",
        f"{_DOCUMENT}, idempotency_key",
        {"id": "'x' || id", "leaf_index": "leaf_index + 9999", "document_digest": "id"},
    ),
    "a payload": ("payloads", "id, body, headers", {}),
    "a sealed payload": ("sealed_payloads", "id, body, headers, report", {}),
    "the row of a sealed payload": ("sealed_payloads", "rowid, id, body, headers, report", {"id": "'x' || id"}),
    "a data key": ("data_keys", "id, payload_key, wrapped", {}),
    "the row of a data key": ("data_keys", "rowid, id, payload_key, wrapped", {"id": "'x' || id"}),
    "an erasure": ("erasures", "leaf_index, id, erased_by", {}),
    "an erasure's id": ("erasures", "leaf_index, id, erased_by", {"leaf_index": "1", "erased_by": "2"}),
    "an erasure's record": ("erasures", "leaf_index, id, erased_by", {"leaf_index": "1", "id": "'x'"}),
    "a hold": ("holds", "leaf_index, document, held", {}),
    "a partner's key": ("partner_keys", "fingerprint, partner, spki, added_at", {}),
    "the row of a partner's key": (
        "partner_keys",
        "rowid, fingerprint, partner, spki, added_at",
        {"fingerprint": "'x'"},
    ),
    "a version of a profile": ("profiles", "leaf_index, partner, version, content", {"leaf_index": "1"}),
    "the index of a version": ("profiles", "leaf_index, partner, version, content", {"version": "9"}),
    "a step of a key's life": ("key_events", "leaf_index, fingerprint, type", {}),
    "the row of a payload": ("payloads", "rowid, id, body, headers", {"id": "'x' || id"}),
    "a publication": ("publications", "size, root, note, published_at", {}),
    "a cosignature": ("cosignatures", "size, witness, line, at", {}),
    "the row of a cosignature": ("cosignatures", "rowid, size, witness, line, at", {"witness": "'x'"}),
    "a kept signature": ("head_signatures", "key_id, size, signature", {}),
    "the row of a kept signature": ("head_signatures", "rowid, key_id, size, signature", {"size": "9"}),
    "a step of the trail": ("trail", "number, at, event, actor, role, subject, hash", {}),
    "the row of a step of the trail": (
        "trail",
        "rowid, number, at, event, actor, role, subject, hash",
        {"number": "9999"},
    ),
    "a timestamp": ("timestamps", "size, authority, token, gen_time, expires_at", {}),
    "the row of a timestamp": ("timestamps", "rowid, size, authority, token, gen_time, expires_at", {"size": "9"}),
}


def test_replace_takes_no_row_away_whatever_key_it_shares(full_sqlite: Gateway):
    with full_sqlite.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    refused(full_sqlite, (replacing(*each) for each in UNIQUE.values()))
    full_sqlite.engine.dispose()


def replacing(table: str, columns: str, other: dict[str, str]) -> str:
    values = ", ".join(other.get(column, column) for column in columns.split(", "))
    return f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {values} FROM {table} LIMIT 1"


def test_the_head_is_one_row(full: Gateway):
    with full.engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("INSERT INTO head SELECT 2, size, root, frontier FROM head"))
        connection.rollback()


def test_what_was_recorded_is_still_whole_after_all_that(full: Gateway):
    refused(full, (f"DELETE FROM {table}" for table in APPEND_ONLY))
    full.recorder.record([examined("PO-NEXT")])
    assert verify_ledger(full.ledger, "localhost/ledger", full=True).head.size == 271
