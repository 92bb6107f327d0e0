"""Timestamps of published checkpoints in the database. Two that keep the same one find it kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, Select, and_, exists, func, insert, select, text

from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.publication import Timestamp
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.tables import timestamps

_LOCK = text("LOCK TABLE timestamps IN SHARE ROW EXCLUSIVE MODE")
_t, _later = timestamps.c, timestamps.alias()
_RENEWED = exists().where(
    _later.c.size == _t.size,
    _later.c.authority == _t.authority,
    _later.c.covers.is_not(None),
    _later.c.gen_time > _t.gen_time,
)


class SqlTimestamps:
    """Implements `workflows.ports.Timestamps`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, one: Timestamp) -> bool:
        key = {"size": one.size, "authority": one.authority, "gen_time": timestamp(one.gen_time)}
        same = and_(*(timestamps.c[name] == value for name, value in key.items()))
        row = {"token": one.token, "covers": one.covers, "expires_at": timestamp(one.expires_at)}
        with writing(self._engine, _LOCK) as connection:
            if connection.execute(select(_t.size).where(same)).one_or_none():
                return False
            connection.execute(insert(timestamps), key | row)
        return True

    def of(self, size: int) -> tuple[Timestamp, ...]:
        return self._all(select(timestamps).where(_t.size == size).order_by(_t.gen_time, _t.authority))

    def newest(self, limit: int) -> tuple[Timestamp, ...]:
        query = select(timestamps).order_by(_t.size.desc(), _t.gen_time.desc(), _t.authority)
        return self._all(query.limit(limit))

    def newest_of(self, authority: str) -> Timestamp | None:
        query = select(timestamps).where(_t.authority == authority).order_by(_t.size.desc(), _t.gen_time.desc())
        return next(iter(self._all(query.limit(1))), None)

    def ending(self, authority: str, since: datetime, until: datetime, limit: int) -> list[int]:
        query = select(_t.size).where(_t.authority == authority, ~_RENEWED)
        query = query.where(_t.expires_at > timestamp(since), _t.expires_at <= timestamp(until))
        query = query.group_by(_t.size).order_by(func.min(_t.expires_at), _t.size).limit(limit)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def next_end(self, authority: str, since: datetime) -> datetime | None:
        query = select(_t.expires_at).where(_t.authority == authority, _t.expires_at > timestamp(since), ~_RENEWED)
        with reading(self._engine) as connection:
            found = connection.scalars(query.order_by(_t.expires_at).limit(1)).one_or_none()
        return parse_timestamp(found) if found else None

    def first_from(self, size: int, at: datetime) -> int | None:
        query = select(func.min(_t.size)).where(_t.size >= size, _t.expires_at > timestamp(at))
        with reading(self._engine) as connection:
            found: int | None = connection.scalars(query).one()
        return found

    def _all(self, query: Select[Any]) -> tuple[Timestamp, ...]:
        with reading(self._engine) as connection:
            return tuple(map(_timestamp, connection.execute(query)))


def _timestamp(row: Row[Any]) -> Timestamp:
    ends = parse_timestamp(row.expires_at)
    return Timestamp(row.size, row.authority, row.token, row.covers, parse_timestamp(row.gen_time), ends)
