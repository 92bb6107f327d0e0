"""What is to be told by webhook, and how far that has come, in the database."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, insert, select, text, update

from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.notice import Delivery, Notice
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.notice_tables import deliveries, notices

_LOCK = text("LOCK TABLE notices IN SHARE ROW EXCLUSIVE MODE")
_DELIVERIES = select(deliveries, notices.c.type, notices.c.body, notices.c.made_at).join_from(deliveries, notices)
_COUNT = select(deliveries.c.webhook, func.count()).group_by(deliveries.c.webhook)
_OPEN = deliveries.c.due_at.is_not(None)
_GIVEN_UP = deliveries.c.due_at.is_(None) & deliveries.c.delivered_at.is_(None)


class SqlNotices:
    """Implements `workflows.notify.Notices`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, notice: Notice, body: bytes, webhooks: Iterable[str]) -> None:
        known = select(deliveries.c.webhook).where(deliveries.c.notice == notice.id)
        with reading(self._engine) as connection:
            if {*webhooks} <= {*connection.scalars(known)}:
                return
        with writing(self._engine, _LOCK) as connection:
            there = {*connection.scalars(known)}
            if not connection.scalar(select(func.count()).select_from(notices).where(notices.c.id == notice.id)):
                row = {"id": notice.id, "type": notice.type, "made_at": timestamp(notice.at), "body": body}
                connection.execute(insert(notices), row)
            now = timestamp(notice.at)
            rows = [
                {"notice": notice.id, "webhook": each, "attempts": 0, "due_at": now}
                for each in webhooks
                if each not in there
            ]
            if rows:
                connection.execute(insert(deliveries), rows)

    def due(self, webhooks: Collection[str], at: datetime, limit: int) -> list[Delivery]:
        query = _DELIVERIES.where(deliveries.c.webhook.in_(webhooks), deliveries.c.due_at <= timestamp(at))
        with reading(self._engine) as connection:
            return [
                _delivery(row)
                for row in connection.execute(query.order_by(deliveries.c.due_at, deliveries.c.notice).limit(limit))
            ]

    def claim(self, one: Delivery, due_at: datetime | None) -> bool:
        mine = _row_of(one).where(deliveries.c.attempts == one.attempts, _OPEN)
        taken = mine.values(attempts=one.attempts + 1, due_at=timestamp(due_at) if due_at else None)
        with writing(self._engine) as connection:
            return connection.execute(taken).rowcount == 1

    def settle(self, one: Delivery, outcome: str, delivered_at: datetime | None) -> None:
        values: dict[str, Any] = {"outcome": outcome}
        if delivered_at:
            values |= {"delivered_at": timestamp(delivered_at), "due_at": None}
        with writing(self._engine) as connection:
            connection.execute(_row_of(one).values(values))

    def newest(self, limit: int) -> list[Delivery]:
        """All deliveries, newest first. Raises Fault."""
        query = _DELIVERIES.order_by(notices.c.made_at.desc(), deliveries.c.notice, deliveries.c.webhook).limit(limit)
        with reading(self._engine) as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """By webhook: how many deliveries wait, and how many were given up. Raises Fault."""
        with reading(self._engine) as connection:
            waiting = connection.execute(_COUNT.where(_OPEN))
            found = {row.webhook: int(row[1]) for row in waiting}
            return found, {row.webhook: int(row[1]) for row in connection.execute(_COUNT.where(_GIVEN_UP))}


def _row_of(one: Delivery) -> Any:
    return update(deliveries).where(deliveries.c.notice == one.notice, deliveries.c.webhook == one.webhook)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        notice=row.notice,
        type=row.type,
        webhook=row.webhook,
        body=row.body,
        made_at=parse_timestamp(row.made_at),
        attempts=row.attempts,
        due_at=parse_timestamp(row.due_at) if row.due_at else None,
        delivered_at=parse_timestamp(row.delivered_at) if row.delivered_at else None,
        outcome=row.outcome,
    )
