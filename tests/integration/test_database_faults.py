"""The database fails, is full, locked, gone or ended: nothing is lost, half-written or recorded twice."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event, text

from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.sequencer import CommitUnknown, Unavailable
from edi_gateway.storage import engine as engines
from edi_gateway.storage import schema
from edi_gateway.storage.ledger import SqlLedger
from edi_gateway.workflows.verify import verify_ledger
from tests.support.gateway import ORIGIN, contract, make_gateway, transmission
from tests.support.posting import Queue, checked
from tests.support.recording import examined


def test_a_full_disk_is_a_fault_and_a_retry_later_is_recorded(sqlite_gateway: Gateway):
    gateway, queue = sqlite_gateway, Queue(sqlite_gateway)
    before = gateway.ledger.head()

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # never below what there is

    event.listen(gateway.engine, "checkout", limit)
    batch = [examined(f"PO-{n}", b"%d" % n * 20_000) for n in range(5)]
    answers = queue.post(*batch)
    assert all(isinstance(one, Fault) and "full" in str(one) for one in answers)
    assert gateway.ledger.head() == before
    event.remove(gateway.engine, "checkout", limit)
    event.listen(gateway.engine, "checkout", lambda c, *_: c.execute("PRAGMA max_page_count=1000000"))
    assert [checked(gateway, one).repeated for one in queue.post(*batch)] == [False] * 5
    verify_ledger(gateway.ledger, ORIGIN, full=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT", 0.05)


@pytest.fixture
def impatient_gateway(impatient: None, gateway: Gateway) -> Gateway:
    return gateway


def test_a_database_that_somebody_else_has_locked_is_a_fault_and_a_retry_later_is_recorded(impatient_gateway: Gateway):
    gateway, queue = impatient_gateway, Queue(impatient_gateway)
    other = engines.connect(gateway.settings.database)
    with other.connect() as connection:
        if other.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT * FROM head FOR UPDATE"))
        answers = queue.post(*(examined(f"PO-{n}") for n in range(4)))
        assert all(isinstance(one, Unavailable) for one in answers)
        assert gateway.ledger.head().size == 4
        connection.rollback()
    other.dispose()
    assert [checked(gateway, one).repeated for one in queue.post(examined("PO-1"))] == [False]


@pytest.mark.parametrize("gone", ["file", "folder", "replaced"])
def test_a_database_file_that_is_gone_is_a_fault_and_nothing_is_answered(tmp_path: Path, gone: str):
    gateway = make_gateway(tmp_path / "data")
    file = tmp_path / "data" / "gateway.db"
    match gone:
        case "file":
            file.unlink()
        case "folder":
            shutil.rmtree(tmp_path / "data")
        case "replaced":
            shutil.copy(file, file.with_name("copy.db"))
            file.with_name("copy.db").rename(file)
    for _ in range(2):
        (answer,) = Queue(gateway).post(examined("PO-1"))
        assert isinstance(answer, Unavailable)
        with pytest.raises(Fault):
            gateway.ledger.head()
        with pytest.raises(Fault):
            gateway.examine(transmission(contract(), "acme", "jws"))
    gateway.close()


def test_a_server_that_cannot_be_reached_is_a_fault(tmp_path: Path):
    engine = engines.connect(f"postgresql://postgres@/nobody?host={tmp_path}")
    with pytest.raises(Fault):
        schema.version(engine)
    with pytest.raises(Unavailable), SqlLedger(engine).appending():
        pass
    engine.dispose()


def terminate(gateway: Gateway) -> None:
    """End all sessions of the gateway's database but this one's own."""
    other = engines.connect(gateway.settings.database)
    with other.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.dispose()


@pytest.mark.parametrize("word", ["INSERT INTO entries", "INSERT INTO documents", "UPDATE head"])
def test_a_session_that_the_server_ends_within_a_transaction_loses_nothing(postgresql_gateway: Gateway, word: str):
    gateway, ended = postgresql_gateway, []

    def end(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if word in statement and not ended:
            ended.append(statement)
            terminate(gateway)

    event.listen(gateway.engine, "before_cursor_execute", end)
    with pytest.raises(Fault):
        gateway.recorder.record([examined("PO-1"), examined("PO-2")])
    assert ended
    receipts = [checked(gateway, one) for one in gateway.recorder.record([examined("PO-1"), examined("PO-2")])]
    assert [one.repeated for one in receipts] == [False, False]
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_a_session_that_the_server_ends_before_the_commit_is_an_ambiguous_commit(postgresql_gateway: Gateway):
    gateway, queue = postgresql_gateway, Queue(postgresql_gateway)
    commit = gateway.engine.dialect.do_commit

    def end(connection: object) -> None:
        gateway.engine.dialect.do_commit = commit
        terminate(gateway)
        commit(connection)

    gateway.engine.dialect.do_commit = end
    (unknown,) = queue.post(examined("PO-1"))
    assert isinstance(unknown, CommitUnknown)
    assert not checked(gateway, queue.post(examined("PO-1"))[0]).repeated
    assert queue.reloads == 1
