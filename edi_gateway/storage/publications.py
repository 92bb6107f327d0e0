"""Published checkpoints and their cosignatures in the database.

Publishers on several hosts may do the same at once: whoever comes second finds it done. On PostgreSQL they queue at a
lock of the table itself, which keeps nobody from reading it, nor from recording.
"""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Engine, Row, Select, bindparam, func, insert, select, text, union_all

from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.publication import Cosignature, Publication
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.tables import cosignatures, publications, timestamps

PAGE = 100
"""Sizes read in one go; the first is usually the one."""

_LOCK_PUBLICATIONS = text("LOCK TABLE publications IN SHARE ROW EXCLUSIVE MODE")
_LOCK_COSIGNATURES = text("LOCK TABLE cosignatures IN SHARE ROW EXCLUSIVE MODE")

_PUBLICATIONS = select(publications)
_AT = select(publications).where(publications.c.size == bindparam("size"))
_COSIGNATURES = select(cosignatures).where(cosignatures.c.size == bindparam("size")).order_by(cosignatures.c.witness)
_NEWEST_OF = select(cosignatures).where(
    cosignatures.c.witness == bindparam("witness"),
    cosignatures.c.size
    == select(func.max(cosignatures.c.size)).where(cosignatures.c.witness == bindparam("witness")).scalar_subquery(),
)
_VOUCHED = union_all(select(cosignatures.c.size), select(timestamps.c.size)).subquery()
_ORPHANED = select(func.min(_VOUCHED.c.size)).where(_VOUCHED.c.size.not_in(select(publications.c.size)))


class SqlPublications:
    """Implements `workflows.ports.Publications`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self) -> Publication | None:
        return self._one(_PUBLICATIONS.order_by(publications.c.size.desc()).limit(1))

    def at(self, size: int) -> Publication | None:
        return self._one(_AT, size=size)

    def first_from(self, size: int) -> Publication | None:
        query = _PUBLICATIONS.where(publications.c.size >= size)
        return self._one(query.order_by(publications.c.size).limit(1))

    def ascending(self) -> Iterator[Publication]:
        query = _PUBLICATIONS.order_by(publications.c.size).limit(PAGE)
        page = self._page(query)
        while page:
            yield from page
            page = self._page(query.where(publications.c.size > page[-1].size))

    def orphaned(self) -> int | None:
        with reading(self._engine) as connection:
            found: int | None = connection.scalar(_ORPHANED)
        return found

    def publish(self, one: Publication) -> bool:
        row = {"size": one.size, "root": one.root, "note": one.note, "published_at": timestamp(one.published_at)}
        with writing(self._engine, _LOCK_PUBLICATIONS) as connection:
            if connection.execute(_AT, {"size": one.size}).one_or_none():
                return False
            connection.execute(insert(publications), row)
        return True

    def cosign(self, one: Cosignature) -> bool:
        row = {"size": one.size, "witness": one.witness, "line": one.line, "at": timestamp(one.at)}
        with writing(self._engine, _LOCK_COSIGNATURES) as connection:
            found = connection.execute(_COSIGNATURES, {"size": one.size})
            if any(other.witness == one.witness for other in found):
                return False
            connection.execute(insert(cosignatures), row)
        return True

    def cosignatures(self, size: int) -> tuple[Cosignature, ...]:
        with reading(self._engine) as connection:
            return tuple(map(_cosignature, connection.execute(_COSIGNATURES, {"size": size})))

    def newest_of(self, witness: str) -> Cosignature | None:
        with reading(self._engine) as connection:
            row = connection.execute(_NEWEST_OF, {"witness": witness}).one_or_none()
        return _cosignature(row) if row else None

    def cosigned(self, witnesses: Collection[str], fewest: int, start: int = 0, *, newest: bool) -> Iterator[int]:
        count = func.count().label("count")
        query = select(cosignatures.c.size).where(cosignatures.c.witness.in_(witnesses))
        query = query.group_by(cosignatures.c.size).having(count >= fewest).limit(PAGE)
        query = query.order_by(cosignatures.c.size.desc() if newest else cosignatures.c.size)
        page = self._sizes(query.where(cosignatures.c.size >= start))
        while page:
            yield from page
            beyond = cosignatures.c.size < page[-1] if newest else cosignatures.c.size > page[-1]
            page = self._sizes(query.where(cosignatures.c.size >= start, beyond))

    def _page(self, query: Select[Any]) -> list[Publication]:
        with reading(self._engine) as connection:
            return [_publication(row) for row in connection.execute(query)]

    def _sizes(self, query: Select[tuple[int]]) -> list[int]:
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def _one(self, query: Select[Any], **values: object) -> Publication | None:
        with reading(self._engine) as connection:
            row = connection.execute(query, values).one_or_none()
        return _publication(row) if row else None


def _publication(row: Row[Any]) -> Publication:
    return Publication(row.size, row.root, row.note, parse_timestamp(row.published_at))


def _cosignature(row: Row[Any]) -> Cosignature:
    return Cosignature(row.size, row.witness, row.line, parse_timestamp(row.at))
