"""Reading everything that is stored, in order and piece by piece: what an audit of the ledger is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from edi_gateway.errors import Unproven
from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.ledger.tree import Head
from edi_gateway.model.query import DocumentRecord, Erasure, Hold, Payload
from edi_gateway.model.record import Entry, Remains
from edi_gateway.partners.keyring import Directory
from edi_gateway.storage import disposal, rows, sealed_payloads
from edi_gateway.storage.contract_tables import contract_parties, contract_signatures, contracts
from edi_gateway.storage.directory import read_directory
from edi_gateway.storage.ledger_keys import read_history
from edi_gateway.storage.sealed_contracts import content_of, title_of
from edi_gateway.storage.tables import documents, entries, erasures, payloads, profiles, statements, tiles
from edi_gateway.storage.vault import Vault
from edi_gateway.workflows.contract_ports import StoredContract, StoredSignature
from edi_gateway.workflows.ports import StoredDocument
from edi_gateway.workflows.profile_archive import StoredProfile

PAGE = 1024
"""Rows read in one go. Bodies are read one by one."""

_ENTRIES = select(
    entries, statements.c.id, statements.c.type, statements.c.statement, statements.c.salt
).outerjoin_from(entries, statements)
_RECORD = [documents.c["leaf_index" if field.name == "index" else field.name] for field in fields(DocumentRecord)]
_PROFILES = select(profiles).order_by(profiles.c.leaf_index)
_DOCUMENTS = select(*_RECORD, documents.c.report, statements.c.statement).outerjoin_from(
    documents, statements, documents.c.leaf_index == statements.c.leaf_index
)
_PAYLOAD = select(payloads.c.body, payloads.c.headers).where(payloads.c.id == bindparam("id"))
_CONTRACT = [contracts.c["leaf_index" if each.name == "index" else each.name] for each in fields(StoredContract)]
_CONTRACTS = select(*_CONTRACT, contracts.c.sealed)
_TILE = select(tiles.c.hashes, tiles.c.root).where(
    tiles.c.level == bindparam("level"), tiles.c.number == bindparam("number")
)


class SqlInspection:
    """Implements `workflows.ports.Inspection` on one connection, and so on one state of the database."""

    def __init__(self, connection: Connection, head: Head, recorded_at: str | None, vault: Vault) -> None:
        self.head = head
        self.recorded_at = recorded_at
        self._connection = connection
        self._vault = vault

    def entries(self, start: int, end: int) -> Iterator[Entry | Remains]:
        return map(rows.entry_or_remains, self._pages(_ENTRIES, entries.c.leaf_index, start, end))

    def entry(self, index: int) -> Entry | Remains | None:
        found = self._connection.execute(_ENTRIES.where(entries.c.leaf_index == index)).one_or_none()
        return rows.entry_or_remains(found) if found else None

    def erasure(self, index: int) -> Erasure | None:
        return disposal.find_erasure(self._connection, erasures.c.leaf_index == index)

    def erasures(self) -> list[Erasure]:
        return disposal.all_erasures(self._connection)

    def holds(self) -> list[Hold]:
        return disposal.all_holds(self._connection)

    def tile(self, level: int, number: int) -> tuple[bytes, bytes] | None:
        found = self._connection.execute(_TILE, {"level": level, "number": number}).one_or_none()
        return (found.hashes, found.root) if found else None

    def tile_count(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(tiles)) or 0

    def documents(self, start: int, end: int) -> Iterator[StoredDocument]:
        for row in self._pages(_DOCUMENTS, documents.c.leaf_index, start, end):
            columns: tuple[Any, ...] = tuple(row)
            yield self._whole(DocumentRecord(*columns[:-2]), row.statement, row.report)

    def _whole(self, record: DocumentRecord, statement: bytes | None, report: bytes) -> StoredDocument:
        if payload := self._connection.execute(_PAYLOAD, {"id": record.id}).one_or_none():
            return StoredDocument(record, statement, Payload(*payload), report)
        try:
            sealed = sealed_payloads.read(self._connection, self._vault, record.id, "body", "headers", "report")
        except Unproven as error:
            return StoredDocument(record, statement, None, report, damage=str(error))
        if sealed is None:
            return StoredDocument(record, statement, None, report)
        return StoredDocument(record, statement, Payload(*sealed[:2]), sealed[2])

    def document_count(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(documents)) or 0

    def payload_count(self) -> int:
        plain = self._connection.scalar(select(func.count()).select_from(payloads)) or 0
        return plain + sealed_payloads.count(self._connection)

    def directory(self) -> Directory:
        return read_directory(self._connection)

    def contracts(self, start: int, end: int) -> Iterator[StoredContract]:
        rows = self._pages(_CONTRACTS, contracts.c.leaf_index, start, end)
        return map(self._contract, map(tuple, rows))

    def contract(self, index: int) -> StoredContract | None:
        found = self._connection.execute(_CONTRACTS.where(contracts.c.leaf_index == index)).one_or_none()
        return self._contract(tuple(found)) if found else None

    def _contract(self, row: Sequence[Any]) -> StoredContract:
        """As it was before it was encrypted."""
        *columns, sealed = row
        stored = StoredContract(*columns)
        if sealed is None:
            return stored
        content = content_of(self._connection, self._vault, stored.id, stored.content, sealed)
        return replace(stored, content=content, title=title_of(content))

    def contract_parties(self, start: int, end: int) -> list[tuple[int, str]]:
        c = contract_parties.c
        query = select(c.leaf_index, c.partner).where(c.leaf_index >= start, c.leaf_index < end)
        rows = self._connection.execute(query.order_by(c.leaf_index, c.partner))
        return [(row.leaf_index, row.partner) for row in rows]

    def contract_signatures(self, start: int, end: int) -> list[StoredSignature]:
        c = contract_signatures.c
        query = select(contract_signatures).where(c.leaf_index >= start, c.leaf_index < end)
        rows = self._connection.execute(query.order_by(c.leaf_index, c.offer))
        return [StoredSignature(*row) for row in rows]

    def profiles(self) -> list[StoredProfile]:
        return [StoredProfile(*row) for row in self._connection.execute(_PROFILES)]

    def ledger_keys(self) -> tuple[LedgerKey, ...]:
        return tuple(one.key for one in read_history(self._connection).keys)

    def _pages(self, query: Select[Any], index: Any, start: int, end: int) -> Iterator[Row[Any]]:
        """The rows [start, end) of an index that is unique, in its order."""
        query = query.where(index < end).order_by(index).limit(PAGE)
        page = self._connection.execute(query.where(index >= start)).all()
        while page:
            yield from page
            page = self._connection.execute(query.where(index > page[-1].leaf_index)).all() if len(page) == PAGE else ()
