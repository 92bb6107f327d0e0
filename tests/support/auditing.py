"""Somebody edits the database by hand, past the triggers, and the audit has to find it."""

import pytest
from sqlalchemy import text

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.storage.tables import APPEND_ONLY
from edi_gateway.workflows.verify import verify_ledger
from tests.support.gateway import ORIGIN, contract, suspend, transmission
from tests.support.recording import examined


def fill(gateway: Gateway) -> None:
    """To the partners' four entries a contract (4), a refusal (5), a conflict (6), a suspension (7) and 260 orders."""
    gateway.record(gateway.examine(transmission(contract(), "acme", "jws")))
    refused = examined("PO-\0", code="document-invalid")
    conflict = gateway.examine(transmission(contract().replace(b"EUR", b"USD"), "acme", "jws"))
    gateway.recorder.record([refused, conflict])
    suspend(gateway, "globex")
    gateway.recorder.record([examined(f"PO-{n}") for n in range(100)])
    gateway.recorder.record([examined(f"GO-{n}", sender="globex") for n in range(160)])


def edit(gateway: Gateway, *statements: str, **values: object) -> None:
    """Do to the database what only its owner can, and only on purpose."""
    with gateway.engine.begin() as connection:
        for table in APPEND_ONLY:
            if connection.dialect.name == "sqlite":
                for verb in ("update", "delete", "replace"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(text(statement), values)
    gateway.engine.dispose()


def assert_found(gateway: Gateway, message: str, *, full: bool = False) -> None:
    with pytest.raises(Unproven, match=message):
        verify_ledger(gateway.ledger, ORIGIN, full=full)
