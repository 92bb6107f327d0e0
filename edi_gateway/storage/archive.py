"""Reading what was recorded: documents by the words of their business, and the bytes as they came."""

from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, Select, or_, select

from edi_gateway.model.moment import timestamp
from edi_gateway.model.query import DocumentQuery, DocumentRecord
from edi_gateway.storage.engine import reading
from edi_gateway.storage.tables import documents, payloads

_DOCUMENTS = select(
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


class Payload(NamedTuple):
    """A transmission's body and headers (canonical JSON), exactly as received."""

    body: bytes
    headers: bytes


class SqlArchive:
    """Documents and payloads in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, query: DocumentQuery) -> list[DocumentRecord]:
        """At most `query.limit` records, newest first."""
        with reading(self._engine) as connection:
            return [_record(row) for row in connection.execute(_select(query))]

    def document(self, id: str) -> DocumentRecord | None:
        with reading(self._engine) as connection:
            row = connection.execute(_DOCUMENTS.where(documents.c.id == id)).one_or_none()
        return _record(row) if row else None

    def payload(self, id: str) -> Payload | None:
        query = select(payloads.c.body, payloads.c.headers).where(payloads.c.id == id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return Payload(*row) if row else None


def _record(row: Row[Any]) -> DocumentRecord:
    return DocumentRecord(*row)


def _select(query: DocumentQuery) -> Select[Any]:
    c = documents.c
    chosen = _DOCUMENTS.order_by(c.id.desc()).limit(query.limit)
    for column, value in (
        (c.sender, query.sender),
        (c.receiver, query.receiver),
        (c.type, query.type),
        (c.number, query.number),
        (c.verdict, query.verdict),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if query.party is not None:
        # What was refused concerns its sender alone.
        received = (c.receiver == query.party) & (c.verdict == "accepted")
        chosen = chosen.where(or_(c.sender == query.party, received))
    if query.text is not None:
        chosen = chosen.where(c.number.contains(query.text, autoescape=True))
    if query.since is not None:
        chosen = chosen.where(c.received_at >= timestamp(query.since))
    if query.until is not None:
        chosen = chosen.where(c.received_at < timestamp(query.until))
    if query.before is not None:
        chosen = chosen.where(c.id < query.before)
    return chosen
