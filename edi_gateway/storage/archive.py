"""Reading what was recorded: documents by the words of their business, and the bytes as they came."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, and_, exists, false, or_, select

from edi_gateway.model.moment import timestamp
from edi_gateway.model.query import DocumentQuery, DocumentRecord, Erasure, Event, Payload
from edi_gateway.storage import disposal
from edi_gateway.storage.engine import reading
from edi_gateway.storage.tables import documents, entries, erasures, payloads, statements

DOCUMENTS = select(
    documents.c.id,
    documents.c.leaf_index,
    documents.c.verdict,
    documents.c.code,
    documents.c.sender,
    documents.c.receiver,
    documents.c.format,
    documents.c.type,
    documents.c.number,
    documents.c.issue_date,
    documents.c.currency,
    documents.c.payable,
    documents.c.received_at,
    documents.c.document_digest,
    documents.c.report,
)


_KEY_EVENTS = (
    select(statements.c.leaf_index, statements.c.id, statements.c.type, statements.c.statement)
    .join_from(entries, statements)
    .where(statements.c.type.startswith("key."))
    .order_by(statements.c.leaf_index)
)


class SqlArchive:
    """Implements `workflows.ports.Archive`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, query: DocumentQuery) -> list[DocumentRecord]:
        """At most `query.limit` records, newest first."""
        with reading(self._engine) as connection:
            return [record(row) for row in connection.execute(_select(query))]

    def document(self, id: str, party: str | None = None) -> DocumentRecord | None:
        query = DOCUMENTS.where(documents.c.id == id)
        with reading(self._engine) as connection:
            row = connection.execute(_visible(query, party)).one_or_none()
        return record(row) if row else None

    def payload(self, id: str) -> Payload | None:
        query = select(payloads.c.body, payloads.c.headers).where(payloads.c.id == id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return Payload(*row) if row else None

    def erasure(self, id: str, party: str | None = None) -> Erasure | None:
        with reading(self._engine) as connection:
            found = disposal.find_erasure(connection, erasures.c.id == id)
            sender = select(entries.c.party).where(entries.c.leaf_index == found.index) if found else None
            return found if sender is not None and party in (None, connection.scalar(sender)) else None

    def held(self, id: str) -> bool:
        with reading(self._engine) as connection:
            return disposal.is_held(connection, id)

    def due(self, ended: Mapping[str, datetime], limit: int) -> list[DocumentRecord]:
        c = documents.c
        over = (and_(c.type == type, c.received_at <= timestamp(moment)) for type, moment in ended.items())
        query = DOCUMENTS.where(c.verdict == "accepted", or_(false(), *over), ~exists().where(disposal.on_hold(c.id)))
        with reading(self._engine) as connection:
            return [record(row) for row in connection.execute(query.order_by(c.received_at, c.id).limit(limit))]

    def key_events(self, partner: str) -> list[Event]:
        query = _KEY_EVENTS.where(entries.c.party == partner)
        with reading(self._engine) as connection:
            return [Event(*row) for row in connection.execute(query)]


def record(row: Iterable[Any]) -> DocumentRecord:
    """From the columns of `DOCUMENTS`, in their order."""
    return DocumentRecord(*row)


def _select(query: DocumentQuery) -> Select[Any]:
    c = documents.c
    chosen = DOCUMENTS.order_by(c.id.desc()).limit(query.limit)
    for column, value in (
        (c.sender, query.sender),
        (c.receiver, query.receiver),
        (c.type, query.type),
        (c.number, query.number),
        (c.verdict, query.verdict),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if query.text is not None:
        chosen = chosen.where(c.number.contains(query.text, autoescape=True))
    if query.since is not None:
        chosen = chosen.where(c.received_at >= timestamp(query.since))
    if query.until is not None:
        chosen = chosen.where(c.received_at < timestamp(query.until))
    if query.before is not None:
        chosen = chosen.where(c.id < query.before)
    return _visible(chosen, query.party)


def _visible(chosen: Select[Any], party: str | None) -> Select[Any]:
    """What a partner may see; None may see all. What was refused concerns its sender alone."""
    if party is None:
        return chosen
    received = (documents.c.receiver == party) & (documents.c.verdict == "accepted")
    return chosen.where(or_(documents.c.sender == party, received))
