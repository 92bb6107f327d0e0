"""Encrypting what was stored in plain, some documents at a time.

The ledger's tables only grow; their triggers let a plain row go where the same document stands sealed, both in one
transaction. That it is the same is for the audit to find, by the digests in the document's statement.
"""

from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, select, update

from edi_gateway.errors import Fault
from edi_gateway.storage import sealed_payloads
from edi_gateway.storage.engine import writing
from edi_gateway.storage.payload_keys import LOCK_HEAD
from edi_gateway.storage.sealed_contracts import seal_beside
from edi_gateway.storage.sealed_payloads import Sealable
from edi_gateway.storage.sealing import Contents
from edi_gateway.storage.tables import documents, payloads
from edi_gateway.storage.vault import Vault

MOST = 100
"""Documents encrypted in one commit."""

MOST_BYTES = 4 * 2**20
"""Bytes of bodies after which a commit takes no more: partners wait for it."""

_IDS = select(payloads.c.id).order_by(payloads.c.id).limit(MOST)
_PLAIN = select(payloads.c.body, payloads.c.headers, documents.c.report).join_from(payloads, documents)


class Encrypted(NamedTuple):
    """How many documents were encrypted, and the id of the last of them."""

    documents: int
    last: str


def encrypt_some(engine: Engine, vault: Vault, after: str = "") -> Encrypted | None:
    """Encrypt the next documents after that id which are stored in plain; None where there is none.

    Raises Fault, and has changed nothing then.
    """
    # Wrapped before the lock is taken: a token takes its time.
    keys = [vault.fresh() for _ in range(MOST)]
    done, size = [], 0
    with writing(engine, LOCK_HEAD) as connection:
        # What is erased is erased under this lock, too.
        for id, data_key in zip(connection.scalars(_IDS.where(payloads.c.id > after)).all(), keys, strict=False):
            contents = Contents(*connection.execute(_PLAIN.where(payloads.c.id == id)).one())
            sealed_payloads.store(connection, vault, [Sealable(id, contents, data_key)])
            seal_beside(connection, id, data_key.key)
            _drop_plain(connection, id)
            done.append(id)
            size += len(contents.body)
            if size > MOST_BYTES:
                break
    return Encrypted(len(done), done[-1]) if done else None


def _drop_plain(connection: Connection, id: str) -> None:
    emptied = connection.execute(update(documents).where(documents.c.id == id).values(report=b""))
    dropped = connection.execute(delete(payloads).where(payloads.c.id == id))
    if (emptied.rowcount, dropped.rowcount) != (1, 1):
        raise Fault(f"{id} is not whole: it can't be encrypted.")
