"""What is stored of documents encrypted: written in the transaction that records them, and read again."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from edi_gateway.errors import Unproven
from edi_gateway.model.data_key import DataKey
from edi_gateway.storage.payload_keys import read_in_force
from edi_gateway.storage.payload_tables import data_keys, sealed_payloads
from edi_gateway.storage.prepared import Insertion
from edi_gateway.storage.sealing import Contents, Field, seal, unseal
from edi_gateway.storage.vault import Vault

_insert_sealed, _insert_keys = Insertion(sealed_payloads), Insertion(data_keys)


class Sealable(NamedTuple):
    """What is to be stored of a document, and the key of its own."""

    id: str
    contents: Contents
    data_key: DataKey


def store(connection: Connection, vault: Vault, documents: Sequence[Sealable]) -> None:
    """Encrypt and insert, under the lock of the head, beside the documents' own rows. Raises Fault."""
    in_force = read_in_force(connection)
    keys = [(one.id, vault.under(in_force, one.data_key)) for one in documents]
    sealed = [(one.id, seal(one.contents, one.id, one.data_key.key)) for one in documents]
    _insert_sealed(connection, [{"id": id, **contents._asdict()} for id, contents in sealed])
    _insert_keys(connection, [{"id": id, "payload_key": key.payload_key, "wrapped": key.wrapped} for id, key in keys])


def read(connection: Connection, vault: Vault, id: str, *fields: Field) -> tuple[bytes, ...] | None:
    """These fields of a document in plain; None where nothing of it is sealed.

    Raises PayloadKeyUnavailable, and Unproven for what was changed.
    """
    columns = (sealed_payloads.c[field] for field in fields)
    row = connection.execute(select(*columns).where(sealed_payloads.c.id == id)).one_or_none()
    if row is None:
        return None
    key = data_key(connection, vault, id)
    return tuple(unseal(sealed, field, id, key) for sealed, field in zip(row, fields, strict=True))


def data_key(connection: Connection, vault: Vault, id: str) -> bytes:
    """The key of a document of its own. Raises PayloadKeyUnavailable, and Unproven where it is missing or damaged."""
    query = select(data_keys.c.payload_key, data_keys.c.wrapped).where(data_keys.c.id == id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise Unproven(f"the data key of {id} is missing")
    try:
        return vault.unwrap(row.payload_key, row.wrapped)
    except Unproven as error:
        raise Unproven(f"the data key of {id} can't be had: {error}") from error


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(sealed_payloads)) or 0


def erase(connection: Connection, id: str) -> int:
    """Destroy a document's data key and what it encrypts; how many there were."""
    connection.execute(delete(data_keys).where(data_keys.c.id == id))
    return connection.execute(delete(sealed_payloads).where(sealed_payloads.c.id == id)).rowcount
