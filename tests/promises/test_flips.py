"""One bit changed anywhere in what is stored: an audit finds it, and says which entry it is about."""

import random
import sqlite3
from pathlib import Path

import pytest

from edi_gateway.errors import Fault, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.workflows.verify import verify_ledger
from tests.support import sealing
from tests.support.custody import erase, hold
from tests.support.gateway import ORIGIN
from tests.support.promises import Keep
from tests.support.recording import examined

# Each table with its key, and the columns that an audit answers for.
STORED = {
    "entries": ("leaf_index", ("entry", "leaf_hash", "party", "party_sequence", "tree_size")),
    "statements": ("leaf_index", ("statement", "salt", "id", "type")),
    "documents": (
        "leaf_index",
        ("id", "verdict", "sender", "receiver", "number", "type", "document_digest", "received_at"),
    ),
    "payloads": ("id", ("body", "headers")),
    "sealed_payloads": ("id", ("body", "headers", "report")),
    "data_keys": ("id", ("payload_key", "wrapped")),
    "tiles": ("number", ("hashes", "root")),
    "erasures": ("leaf_index", ("leaf_index", "id", "erased_by")),
    "holds": ("leaf_index", ("leaf_index", "document")),
    "head": ("id", ("size", "root", "frontier")),
}


@pytest.mark.parametrize("table", STORED)
def test_a_bit_that_is_flipped_in_the_database_is_found(
    sqlite_gateway: Gateway, table: str, soak: bool, kept: Keep
) -> None:
    if table in ("sealed_payloads", "data_keys"):
        sqlite_gateway = sealing.encrypting(sqlite_gateway)
    chance = random.Random(table)
    orders = [examined(f"PO-{n}") for n in range(280)]
    sqlite_gateway.recorder.record(orders)
    for order in orders[::70]:
        erase(sqlite_gateway, order.id)
    hold(sqlite_gateway, orders[1].id)
    database = sqlite3.connect(Path(sqlite_gateway.settings.data_dir) / "gateway.db", isolation_level=None)
    for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {trigger}")
    database.execute("PRAGMA foreign_keys = OFF")
    key, columns = STORED[table]
    keys = [row[0] for row in database.execute(f"SELECT {key} FROM {table}")]
    rounds = 100 if soak else 3
    for column in columns:
        for _ in range(rounds):
            row = chance.choice(keys)
            (before,) = database.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (row,)).fetchone()
            after = flipped(before, chance)
            if not changed(database, f"UPDATE {table} SET {column} = ? WHERE {key} = ?", after, row):
                continue
            with pytest.raises((Unproven, Fault)) as found:
                verify_ledger(sqlite_gateway.ledger, ORIGIN, full=True)
            named = table in ("entries", "sealed_payloads", "data_keys")
            assert not named or str(row) in str(found.value), (column, row)
            database.execute(
                f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (before, after if column == key else row)
            )
    database.close()
    verify_ledger(sqlite_gateway.ledger, ORIGIN, full=True)
    kept("P5", rounds * len(columns))


def flipped(value: object, chance: random.Random) -> object:
    """The value with one bit changed; text stays text, numbers stay numbers."""
    match value:
        case int():
            return value ^ 1 << chance.randrange(8)
        case str():
            at = chance.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1 << chance.randrange(4)) + value[at + 1 :]
        case bytes():
            at = chance.randrange(len(value))
            return value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]
    raise TypeError(value)


def changed(database: sqlite3.Connection, statement: str, *values: object) -> bool:
    """Whether the database's own constraints let it happen."""
    try:
        database.execute(statement, values)
    except sqlite3.IntegrityError:
        return False
    return True
