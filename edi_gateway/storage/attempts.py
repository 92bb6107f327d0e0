"""How often somebody failed to begin a session of late, by name, by address, and by both."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, or_, select, text, update

from edi_gateway.model.lockout import Attempts, Subject
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.storage.access_tables import attempts
from edi_gateway.storage.engine import writing

FORGOTTEN_AFTER = timedelta(hours=1)
"""Without another attempt, failures count no longer than this, on top of any delay that they earned."""

KNOWN_FOR = timedelta(days=30)
"""How long it is remembered that somebody succeeded from an address."""

MAX_ROWS = 10_000
"""Whoever tries names and addresses without end pushes out the oldest of them, never those that succeeded."""

# Attempts wait for each other: how many there were is known before the next one is let through.
_LOCK = text("LOCK TABLE attempts IN SHARE ROW EXCLUSIVE MODE")


class SqlAttempts:
    """One small table for all workers, so that what one of them has seen counts for all."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, subjects: Mapping[Subject, str], now: datetime) -> datetime | None:
        """Count an attempt as failed until it succeeds; `subjects` has their digests. When to come again, where it is
        too early, and nothing is counted. Raises Fault.
        """
        with writing(self._engine, _LOCK) as connection:
            _forget(connection, now)
            found = {kind: _read(connection, digest) for kind, digest in subjects.items()}
            known = bool(found["both"].succeeded_at)
            retry_at = max(one.retry_at for kind, one in found.items() if not (kind == "name" and known))
            if retry_at > now:
                return retry_at
            for kind, digest in subjects.items():
                _write(connection, digest, found[kind].failed(kind, now))
        return None

    def succeeded(self, subjects: Mapping[Subject, str], now: datetime) -> None:
        """Take back what `begin` counted; from that address, this name has come in. Raises Fault."""
        with writing(self._engine, _LOCK) as connection:
            for kind, digest in subjects.items():
                _write(connection, digest, _read(connection, digest).succeeded(kind, now))

    def forget(self) -> None:
        """Begin to count anew, for everybody. Raises Fault."""
        with writing(self._engine, _LOCK) as connection:
            connection.execute(delete(attempts))


def _forget(connection: Connection, now: datetime) -> None:
    failed = attempts.c.succeeded_at.is_(None)
    old = or_(
        failed & (attempts.c.last_at < timestamp(now - FORGOTTEN_AFTER)),
        attempts.c.last_at < timestamp(now - KNOWN_FOR),
    )
    connection.execute(delete(attempts).where(old))
    too_many = (connection.scalar(select(func.count()).select_from(attempts)) or 0) - MAX_ROWS
    if too_many > 0:
        oldest = select(attempts.c.subject).where(failed).order_by(attempts.c.last_at).limit(too_many)
        connection.execute(delete(attempts).where(attempts.c.subject.in_(oldest)))


def _read(connection: Connection, digest: str) -> Attempts:
    row = connection.execute(select(attempts).where(attempts.c.subject == digest)).one_or_none()
    return _attempts(row) if row else Attempts()


def _write(connection: Connection, digest: str, one: Attempts) -> None:
    values = {
        "failures": one.failures,
        "retry_at": timestamp(one.retry_at),
        "last_at": timestamp(one.last_at),
        "succeeded_at": timestamp(one.succeeded_at) if one.succeeded_at else None,
    }
    if not connection.execute(update(attempts).where(attempts.c.subject == digest).values(values)).rowcount:
        connection.execute(insert(attempts), {"subject": digest, **values})


def _attempts(row: Row[Any]) -> Attempts:
    succeeded_at = parse_timestamp(row.succeeded_at) if row.succeeded_at else None
    return Attempts(row.failures, parse_timestamp(row.retry_at), parse_timestamp(row.last_at), succeeded_at)
