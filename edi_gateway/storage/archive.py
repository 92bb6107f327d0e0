"""Reading what was recorded: documents by the words of their business, and the bytes as they came."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Select, and_, exists, false, or_, select

from edi_gateway.model.moment import timestamp, uuid7, uuid7_moment
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.query import DocumentQuery, DocumentRecord, Erasure, Event, KeyUse, Payload, SignedDocument
from edi_gateway.storage import disposal, sealed_payloads
from edi_gateway.storage.engine import reading
from edi_gateway.storage.tables import documents, entries, erasures, payloads, profiles, statements
from edi_gateway.storage.vault import Vault
from edi_gateway.workflows.profile_archive import ProfileEntry, StoredProfile

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
)


_KEY_EVENTS = (
    select(statements.c.leaf_index, statements.c.id, statements.c.type, statements.c.statement)
    .join_from(entries, statements)
    .where(statements.c.type.startswith("key."))
    .order_by(statements.c.leaf_index)
)


_SIGNED = (
    select(*(documents.c[name] for name in ("id", "leaf_index", "received_at", "type", "number", "receiver")))
    .add_columns(statements.c.statement)
    .join_from(documents, statements, documents.c.leaf_index == statements.c.leaf_index)
    .where(documents.c.verdict == "accepted")
)
_ERASED = (
    select(erasures.c.id, erasures.c.leaf_index, erasures.c.erased_by)
    .join_from(erasures, entries, erasures.c.leaf_index == entries.c.leaf_index)
    .order_by(erasures.c.id)
)
_PROFILES = (
    select(*profiles.columns, statements.c.statement)
    .join_from(profiles, statements, profiles.c.leaf_index == statements.c.leaf_index)
    .order_by(profiles.c.version)
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqlArchive:
    """Implements `workflows.ports.Archive`."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def find(self, query: DocumentQuery) -> list[DocumentRecord]:
        """At most `query.limit` records, newest first."""
        with reading(self._engine) as connection:
            return [record(row) for row in connection.execute(_select(query))]

    def document(self, id: str, party: str | None = None) -> DocumentRecord | None:
        query = DOCUMENTS.where(documents.c.id == id)
        with reading(self._engine) as connection:
            row = connection.execute(_visible(query, party)).one_or_none()
        return record(row) if row else None

    def report(self, id: str) -> bytes | None:
        with reading(self._engine) as connection:
            found = connection.scalar(select(documents.c.report).where(documents.c.id == id))
            sealed = sealed_payloads.read(connection, self._vault, id, "report") if found == b"" else None
        return sealed[0] if sealed else found

    def payload(self, id: str) -> Payload | None:
        query = select(payloads.c.body, payloads.c.headers).where(payloads.c.id == id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
            found = row or sealed_payloads.read(connection, self._vault, id, "body", "headers")
        return Payload(*found) if found else None

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

    def signed(self, key: PartnerKey, since: datetime) -> list[SignedDocument]:
        # The index over a sender's ids leads to the first one.
        c = documents.c
        query = _SIGNED.where(c.sender == key.partner, c.id >= _first_id(since), c.received_at >= timestamp(since))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(c.id))
            return [SignedDocument(*row[:-1]) for row in rows if _signer(row.statement) == key.fingerprint]

    def erased(self, partner: str, since: datetime) -> list[SignedDocument]:
        with reading(self._engine) as connection:
            found = connection.execute(_ERASED.where(entries.c.party == partner, erasures.c.id >= _first_id(since)))
            return [
                SignedDocument(row.id, row.leaf_index, timestamp(uuid7_moment(row.id)), None, None, None, row.erased_by)
                for row in found
            ]

    def last_signed(self, partner: str, limit: int) -> list[KeyUse]:
        query = _SIGNED.where(documents.c.sender == partner).order_by(documents.c.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(query)
            return [KeyUse(row.leaf_index, row.received_at, str(_signer(row.statement))) for row in rows]

    def key_events(self, partner: str) -> list[Event]:
        query = _KEY_EVENTS.where(entries.c.party == partner)
        with reading(self._engine) as connection:
            return [Event(*row) for row in connection.execute(query)]

    def profiles(self, partner: str) -> list[ProfileEntry]:
        """Implements `workflows.profile_archive.ProfileArchive`."""
        query = _PROFILES.where(profiles.c.partner == partner)
        with reading(self._engine) as connection:
            return [ProfileEntry(StoredProfile(*row[:-1]), row.statement) for row in connection.execute(query)]


def record(row: Iterable[Any]) -> DocumentRecord:
    """From the columns of `DOCUMENTS`, in their order."""
    return DocumentRecord(*row)


def _first_id(since: datetime) -> str:
    """Ids begin with the moment of receipt: no document received since has a smaller one."""
    return uuid7(since, bytes(10)) if since >= _EPOCH else ""


def _signer(statement: bytes) -> object:
    return json.loads(statement)["signature"]["key"]


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
