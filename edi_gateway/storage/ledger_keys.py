"""The ledger's own keys in the database: which signed which sizes, and the signatures of those that are gone."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

from edi_gateway.errors import Fault
from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.ledger.note import Verifier, parse_vkey
from edi_gateway.model.moment import timestamp
from edi_gateway.model.record import KeyAct
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.tables import entries, head, head_signatures, ledger_keys
from edi_gateway.workflows.key_ports import KeyHistory, OwnKey

_STATE = select(head.c.keys_version, head.c.size)
_KEYS = select(ledger_keys).order_by(ledger_keys.c.from_size, ledger_keys.c.added_at)
_SIGNATURE = select(head_signatures.c.signature).where(
    head_signatures.c.key_id == bindparam("key"), head_signatures.c.size == bindparam("size")
)
_SIGNATURES = (
    select(head_signatures.c.size, head_signatures.c.signature)
    .where(head_signatures.c.key_id == bindparam("key"))
    .where(head_signatures.c.size >= bindparam("first"), head_signatures.c.size <= bindparam("last"))
    .order_by(head_signatures.c.size)
)
_NEWEST_KEPT = select(func.max(head_signatures.c.size)).where(head_signatures.c.key_id == bindparam("key"))
_LEAVES = (
    select(entries.c.tree_size, entries.c.leaf_hash)
    .where(entries.c.leaf_index >= bindparam("start"))
    .order_by(entries.c.leaf_index)
)


class SqlLedgerKeys:
    """Implements `workflows.key_ports.LedgerKeys`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def history(self) -> KeyHistory:
        with reading(self._engine) as connection:
            return read_history(connection)

    def commits(self, start: int, limit: int) -> list[tuple[int, list[bytes]]]:
        with reading(self._engine) as connection:
            found = connection.execute(_LEAVES.limit(limit), {"start": start}).all()
        return [
            (size, [row.leaf_hash for row in leaves]) for size, leaves in groupby(found, lambda row: int(row.tree_size))
        ]

    def signature(self, key: str, size: int) -> bytes | None:
        with reading(self._engine) as connection:
            return connection.scalar(_SIGNATURE, {"key": key, "size": size})

    def signatures(self, key: str, first: int, last: int) -> list[tuple[int, bytes]]:
        with reading(self._engine) as connection:
            found = connection.execute(_SIGNATURES, {"key": key, "first": first, "last": last})
            return [(row.size, row.signature) for row in found]

    def newest_kept(self, key: str) -> int | None:
        with reading(self._engine) as connection:
            found: int | None = connection.scalar(_NEWEST_KEPT, {"key": key})
            return found

    def keep(self, key: str, signatures: Sequence[tuple[int, bytes]]) -> None:
        rows = [{"key_id": key, "size": size, "signature": signature} for size, signature in signatures]
        with writing(self._engine) as connection:
            connection.execute(insert(head_signatures), rows)

    def all_kept(self, key: str) -> None:
        # The head first: whoever appends holds its lock, and nobody waits for the other way round.
        with writing(self._engine, select(head.c.id).with_for_update()) as connection:
            _count_change(connection)
            connection.execute(update(ledger_keys).where(ledger_keys.c.key_id == key).values(kept=True))

    def found(self, verifier: Verifier, source: str, added_at: str) -> None:
        """Note the ledger's first key, which signs from the empty tree on. Raises Fault where there is a key."""
        with writing(self._engine, select(head.c.id).with_for_update()) as connection:
            if connection.execute(_KEYS).first():
                raise Fault("The ledger has its first key already.")
            connection.execute(insert(ledger_keys), _row(verifier, 0, source, added_at))
            _count_change(connection)


def read_history(connection: Connection) -> KeyHistory:
    """As one state of the database has it."""
    version, size = connection.execute(_STATE).one()
    keys = tuple(
        OwnKey(LedgerKey(parse_vkey(row.vkey), row.from_size, row.until_size), row.source, row.added_at, row.kept)
        for row in connection.execute(_KEYS)
    )
    return KeyHistory(version, size, keys)


def apply(connection: Connection, act: KeyAct, tree_size: int) -> None:
    """Write what was done to a key, in the transaction that records it. Raises Fault where it was decided too late."""
    if connection.execute(_STATE).one().keys_version != act.version:
        raise Fault("Somebody else changed the ledger's keys in the meantime: look at them, and decide again.")
    verifier = parse_vkey(act.vkey)
    if act.type == "ledger.key-added":
        connection.execute(insert(ledger_keys), _row(verifier, tree_size, act.source, timestamp(act.at)))
    else:
        retired = update(ledger_keys).where(ledger_keys.c.key_id == verifier.key_id.hex())
        connection.execute(retired.values(until_size=tree_size))
    _count_change(connection)


def _row(verifier: Verifier, since: int, source: str, added_at: str) -> dict[str, object]:
    return {
        "key_id": verifier.key_id.hex(),
        "vkey": verifier.vkey,
        "from_size": since,
        "source": source,
        "added_at": added_at,
        "kept": False,
    }


def _count_change(connection: Connection) -> None:
    connection.execute(update(head).values(keys_version=head.c.keys_version + 1))
