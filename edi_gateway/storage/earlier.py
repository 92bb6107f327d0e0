"""Finding the accepted documents that a batch might repeat or contradict: one question for the whole batch."""

from collections.abc import Sequence
from functools import cache
from itertools import chain

from sqlalchemy import Connection

from edi_gateway.model.record import Earlier, Examined
from edi_gateway.storage.prepared import ask
from edi_gateway.storage.rows import DocumentKeys, document_keys

_JOINS = (
    "d.document_digest = v.digest",
    "d.type = v.type AND d.number = v.number",
    "d.idempotency_key = v.idempotency_key",
)


def find_earlier(connection: Connection, examined: Sequence[Examined]) -> list[Earlier]:
    """The accepted documents of the same senders with an equal digest, type and number, or idempotency key."""
    keys = [document_keys(one) for one in examined]
    # Few different questions, so that the statements are prepared once: the last row fills up to a power of two.
    count = 1 << (len(keys) - 1).bit_length()
    keys += keys[-1:] * (count - len(keys))
    return [Earlier(*row) for row in ask(connection, _question(count), tuple(chain.from_iterable(keys)))]


@cache
def _question(count: int) -> str:
    # SQLite looks a pair up in an index when it is joined, but scans the table for `(a, b) IN (…)`; and the partial
    # indexes serve only where the verdict is spelt out.
    fields = DocumentKeys._fields
    rows = ", ".join(f"({', '.join(f'CAST(:{name}_{row} AS TEXT)' for name in fields)})" for row in range(count))
    found = " UNION ".join(
        "SELECT d.id, d.leaf_index, d.sender, d.type, d.number, d.document_digest, d.idempotency_key "  # noqa: S608 - our own text
        f"FROM v JOIN documents d ON d.sender = v.sender AND {join} WHERE d.verdict = 'accepted'"
        for join in _JOINS
    )
    return f"WITH v ({', '.join(fields)}) AS (VALUES {rows}) {found}"
