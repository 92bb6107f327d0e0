"""After an erasure no byte of the document is left in SQLite's files: not in rows, indexes, free pages, or the log."""

import os
import random
from pathlib import Path

from sqlalchemy import event, select

from edi_gateway.gateway import Gateway
from edi_gateway.model.contract import ContractRecord
from edi_gateway.model.query import DocumentQuery
from edi_gateway.model.record import Examined
from edi_gateway.storage.tables import documents, payloads, statements
from tests.support.contracts import sign
from tests.support.custody import erase
from tests.support.recording import examined

MARK = "NEEDLE"


def test_no_byte_of_an_erased_document_is_left_in_any_file(sqlite_gateway: Gateway, tmp_path: Path):
    orders = fill(sqlite_gateway)
    for order in orders[::7]:
        secrets = traces(sqlite_gateway, order)
        assert set(secrets) == found(tmp_path, secrets)
        erase(sqlite_gateway, order.id)
        assert sqlite_gateway.ledger.wipe()
        assert found(tmp_path, secrets) == set()


def test_the_log_keeps_an_erased_document_as_long_as_somebody_reads_an_older_state(
    sqlite_gateway: Gateway, tmp_path: Path
):
    order = fill(sqlite_gateway)[0]
    secrets = traces(sqlite_gateway, order)
    with sqlite_gateway.ledger.inspecting() as inspection:
        assert inspection.payload_count() == 300
        erase(sqlite_gateway, order.id)
        assert not sqlite_gateway.ledger.wipe()
        assert inspection.payload_count() == 300
    assert sqlite_gateway.ledger.wipe()
    assert found(tmp_path, secrets) == set()


def test_no_byte_of_a_document_goes_to_a_temporary_file(sqlite_gateway: Gateway):
    files: set[str] = set()

    @event.listens_for(sqlite_gateway.engine, "before_cursor_execute")
    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement == "COMMIT":
            files.update(os.path.realpath(each) for each in Path("/proc/self/fd").iterdir())

    fill(sqlite_gateway)
    assert any(name.endswith("gateway.db-wal") for name in files)
    assert not [name for name in files if "etilqs" in name]


def test_no_byte_of_an_erased_contract_record_is_left_in_any_file(sqlite_gateway: Gateway, tmp_path: Path):
    fill(sqlite_gateway)
    title = f"{MARK} of a contract"
    recorded, _ = sign(sqlite_gateway, "acme", "globex", contract_id=f"{MARK}-C", title=title)
    sign(sqlite_gateway, "acme", contract_id="FC-2")
    assert isinstance(recorded.submission, Examined)
    contract = recorded.submission.contract
    assert isinstance(contract, ContractRecord)
    terms = contract.terms.digest.encode()
    secrets = {"title": title.encode(), "id": f"{MARK}-C".encode(), "terms": terms, "content": contract.content[:60]}
    assert set(secrets) == found(tmp_path, secrets)
    for id in [each.id for each in sqlite_gateway.archive.find(DocumentQuery(number=f"{MARK}-C#1"))]:
        erase(sqlite_gateway, id)
    assert sqlite_gateway.ledger.wipe()
    assert found(tmp_path, secrets) == set()


def fill(gateway: Gateway) -> list[Examined]:
    """Documents of sizes from within a page to many pages, whose numbers enter the indexes out of order."""
    dice = random.Random(4711)
    orders = []
    for batch in range(30):
        numbers = [f"{MARK}-{dice.randrange(10**12):012}" for _ in range(10)]
        batched = [
            examined(number, (number * dice.choice([1, 30, 900])).encode(), idempotency_key=f"key of {number}")
            for number in numbers
        ]
        gateway.recorder.record(batched)
        orders += batched
        if batch % 5 == 0:
            gateway.ledger.wipe()
    return orders


def traces(gateway: Gateway, order: Examined) -> dict[str, bytes]:
    """What there is to find of a document, by name. Its id is no secret: the erasure names it."""
    with gateway.engine.connect() as connection:
        document = connection.execute(documents.select().where(documents.c.id == order.id)).one()
        payload = connection.execute(payloads.select().where(payloads.c.id == order.id)).one()
        statement = connection.execute(
            select(statements.c.statement, statements.c.salt).where(statements.c.id == order.id)
        ).one()
    return {
        "salt": statement.salt,
        "statement": statement.statement[40:80],
        "body": payload.body[:27],
        "number": document.number.encode(),
        "key": document.idempotency_key.encode(),
        "digest": document.document_digest.encode(),
        "report": document.report[:60],
    }


def found(folder: Path, secrets: dict[str, bytes]) -> set[str]:
    files = [file.read_bytes() for file in folder.glob("gateway.db*")]
    return {name for name, secret in secrets.items() if any(secret in file for file in files)}
