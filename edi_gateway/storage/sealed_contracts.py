"""What contract records say, encrypted under the data keys of their documents."""

from typing import Any

from sqlalchemy import Connection, Engine, select, update

from edi_gateway.documents.contract_terms import read_content
from edi_gateway.errors import Unproven
from edi_gateway.storage import sealed_payloads
from edi_gateway.storage.contract_tables import contracts
from edi_gateway.storage.engine import writing
from edi_gateway.storage.payload_keys import LOCK_HEAD
from edi_gateway.storage.payload_tables import data_keys
from edi_gateway.storage.sealing import seal_field, unseal
from edi_gateway.storage.vault import Vault
from edi_gateway.workflows.payload_ports import PayloadKeyUnavailable

MOST = 100
"""Contracts encrypted in one commit."""

_c = contracts.c
_PLAIN = select(_c.id, _c.content).where(_c.content.is_not(None))


def columns(content: bytes, title: str | None, id: str, data_key: bytes | None) -> dict[str, Any]:
    """What is stored of a record's content: as it is, or sealed."""
    if data_key is None:
        return {"content": content, "title": title}
    return {"sealed": seal_field(content, "contract", id, data_key)}


def content_of(connection: Connection, vault: Vault, id: str, content: bytes | None, sealed: bytes | None) -> bytes:
    """Raises PayloadKeyUnavailable, and Unproven for what was changed."""
    if sealed is None:
        return content or b""
    return unseal(sealed, "contract", id, sealed_payloads.data_key(connection, vault, id))


def content_if_readable(
    connection: Connection, vault: Vault, id: str, content: bytes | None, sealed: bytes | None
) -> bytes | None:
    """The same; None where it can't be had."""
    try:
        return content_of(connection, vault, id, content, sealed)
    except (PayloadKeyUnavailable, Unproven):
        return None


def title_of(content: bytes) -> str | None:
    return read_content(content).title


def seal_beside(connection: Connection, id: str, data_key: bytes) -> None:
    """Encrypt what is stored in plain of the contract that a document is about, if it is about one."""
    for row in connection.execute(_PLAIN.where(_c.id == id)).all():
        sealed = columns(row.content, None, id, data_key)
        connection.execute(update(contracts).where(_c.id == id).values(content=None, title=None, **sealed))


def seal_some(engine: Engine, vault: Vault) -> int:
    """Encrypt contracts whose documents were encrypted before they could be; how many. Raises Fault and Unproven."""
    with writing(engine, LOCK_HEAD) as connection:
        query = _PLAIN.join(data_keys, data_keys.c.id == _c.id).order_by(_c.id).limit(MOST)
        ids = [row.id for row in connection.execute(query).all()]
        for id in ids:
            seal_beside(connection, id, sealed_payloads.data_key(connection, vault, id))
    return len(ids)
