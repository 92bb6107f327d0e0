"""Our own faults: whatever fails, and whenever, nothing is lost, half-written or recorded twice."""

import random
import signal
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger.sequencer import CommitUnknown, Unavailable
from edi_gateway.model.record import Examined, Recorded
from edi_gateway.settings import load
from edi_gateway.storage.ledger import SqlLedger
from edi_gateway.workflows import record as recording
from edi_gateway.workflows.verify import verify_ledger
from tests.support.failing import Moment, failing
from tests.support.gateway import ORIGIN, Ticking, make_gateway
from tests.support.posting import Queue, checked
from tests.support.programs import ROOT, python, running
from tests.support.recording import examined


@pytest.fixture
def queue(gateway: Gateway) -> Queue:
    return Queue(gateway)


def fill_up(gateway: Gateway) -> None:
    """Refusals until the next entry but one completes a tile."""
    missing = (254 - gateway.ledger.head().size) % 256
    gateway.recorder.record([examined(code="document-invalid") for _ in range(missing)])


def statements_of_a_commit(gateway: Gateway) -> list[str]:
    fill_up(gateway)
    with failing(gateway.engine, None) as statements:
        gateway.recorder.record([examined("DRY-1"), examined("DRY-2"), examined("DRY-3")])
    return statements.seen


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_failure_of_any_statement_loses_nothing_and_doubles_nothing(gateway: Gateway, moment: Moment):
    names = statements_of_a_commit(gateway)
    assert any("INSERT INTO tiles" in name for name in names)
    for number, name in enumerate(names):
        fill_up(gateway)
        before, queue = gateway.ledger.head(), Queue(gateway)
        batch = [examined(f"PO-{number}-{n}", idempotency_key=f"key-{number}-{n}") for n in range(3)]
        with failing(gateway.engine, number, moment):
            first = gateway_answers(gateway, batch)
        effective = name == "COMMIT" and moment == "after"
        assert all(isinstance(one, CommitUnknown if name == "COMMIT" else Fault) for one in first), name
        assert gateway.ledger.head().size == before.size + (3 if effective else 0), name
        # The same documents again, examined anew as those of another request are.
        again = [examined(f"PO-{number}-{n}", idempotency_key=f"key-{number}-{n}") for n in range(3)]
        receipts = [checked(gateway, one) for one in queue.post(*again)]
        assert [one.repeated for one in receipts] == [effective] * 3, name
        third = [checked(gateway, one).receipt for one in queue.post(*batch)]
        assert third == [one.receipt for one in receipts]
    audit = verify_ledger(gateway.ledger, ORIGIN, full=True)
    assert audit.head == gateway.ledger.head()


def gateway_answers(gateway: Gateway, batch: list[Examined]) -> list[Recorded | BaseException]:
    """One attempt at the whole batch, without the sequencer's second ones."""
    try:
        return list(gateway.recorder.record(batch))
    except Fault as fault:
        return [fault] * len(batch)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_sequencer_records_all_the_same_when_one_statement_failed_once(
    gateway: Gateway, queue: Queue, moment: Moment
):
    names = statements_of_a_commit(gateway)
    insert = next(number for number, name in enumerate(names) if "INSERT INTO statements" in name)
    with failing(gateway.engine, insert, moment):
        answers = [checked(gateway, one) for one in queue.post(examined("PO-1"), examined("PO-2"))]
    assert [one.repeated for one in answers] == [False, False]
    verify_ledger(gateway.ledger, ORIGIN, full=True)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_after_an_ambiguous_commit_nothing_is_recorded_until_the_ledger_was_read_back(
    gateway: Gateway, queue: Queue, moment: Moment, monkeypatch: pytest.MonkeyPatch
):
    with failing(gateway.engine, commit_of_two(gateway), moment):
        answers = queue.post(examined("PO-1"), examined("PO-2"))
    assert [type(one) for one in answers] == [CommitUnknown] * 2
    with monkeypatch.context() as patch:
        patch.setattr(SqlLedger, "head", lambda self: (_ for _ in ()).throw(Fault("the database cannot be read")))
        (refused,) = queue.post(examined("PO-3"))
        assert isinstance(refused, Fault)
    assert queue.reloads == 1
    answers = [checked(gateway, one) for one in queue.post(examined("PO-1"), examined("PO-2"))]
    assert [one.repeated for one in answers] == [moment == "after"] * 2
    assert queue.reloads == 2
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def commit_of_two(gateway: Gateway) -> int:
    """The number of the COMMIT among the statements that record two documents."""
    with failing(gateway.engine, None) as statements:
        gateway.recorder.record([examined("DRY-1"), examined("DRY-2")])
    return statements.seen.index("COMMIT")


def test_a_head_that_does_not_agree_with_its_entries_keeps_the_sequencer_from_recording(gateway: Gateway):
    fill_up(gateway)
    with gateway.engine.begin() as connection:
        connection.execute(text("UPDATE head SET root = frontier"))
    (refused,) = Queue(gateway).post(examined("PO-1"))
    assert isinstance(refused, Unavailable)
    with pytest.raises(Fault):
        gateway.recorder.reload()


@pytest.mark.parametrize("name", ["sign_head", "receipt"])
@pytest.mark.parametrize("mishap", [Fault("no"), ValueError("no"), MemoryError()], ids=repr)
def test_what_was_committed_but_could_not_be_signed_is_answered_at_the_second_try(
    gateway: Gateway, queue: Queue, monkeypatch: pytest.MonkeyPatch, name: str, mishap: Exception
):
    def fail(*_: object) -> None:
        raise mishap

    with monkeypatch.context() as patch:
        patch.setattr(recording, name, fail)
        answers = queue.post(examined("PO-1"), examined("PO-2", code="document-invalid"))
    assert [type(one) for one in answers] == [CommitUnknown] * 2
    assert gateway.ledger.head().size == 6
    assert checked(gateway, queue.post(examined("PO-1"))[0]).repeated
    assert gateway.ledger.head().size == 6


def test_a_directory_that_could_not_be_read_is_not_taken_for_one_that_was(gateway: Gateway):
    gateway.directory.refreshed()
    with failing(gateway.engine, 0), pytest.raises(Fault):
        gateway.directory.refreshed()
    with failing(gateway.engine, 0):
        assert gateway.directory.current().partners.keys() == {"acme", "globex"}


WRITER = """
import sys
from itertools import count
from pathlib import Path
from edi_gateway.gateway import build
from edi_gateway.settings import load
from tests.support.gateway import Ticking
from tests.support.recording import examined
gateway = build(load(data_dir=Path(sys.argv[1])), Ticking())
for number in count():
    batch = [examined(f"{sys.argv[2]}-{number}-{n}") for n in range(1 + number % 7)]
    for submission, recorded in zip(batch, gateway.recorder.record(batch)):
        number_of = submission.reading.document.number.encode()
        sys.stdout.buffer.write(number_of + b" " + recorded.receipt + b"\\n")
    sys.stdout.buffer.flush()
"""


def test_a_writer_that_is_killed_between_any_two_instructions_loses_no_receipt(tmp_path: Path, soak: bool):
    make_gateway(tmp_path / "data").close()
    chance = random.Random(6962)
    everything: dict[str, bytes] = {}
    for turn in range(50 if soak else 3):
        handed_out: dict[str, bytes] = {}
        command = python(WRITER, tmp_path / "data", str(turn))
        with running(command, ROOT) as writer:
            handed_out.update(split(writer.line()) for _ in range(chance.randrange(1, 60)))
            writer.send(signal.SIGKILL)
            handed_out.update(split(line) for line in writer.lines() if line.endswith("\n"))
        gateway = build(load(data_dir=tmp_path / "data"), Ticking())
        audit = verify_ledger(gateway.ledger, ORIGIN, full=True)
        everything |= handed_out
        assert audit.head.size >= len(everything)
        again = gateway.recorder.record([examined(number) for number in handed_out])
        assert [checked(gateway, one).receipt for one in again] == list(handed_out.values())
        assert gateway.ledger.head() == audit.head
        gateway.close()


def split(line: str) -> tuple[str, bytes]:
    number, _, receipt = line.rstrip("\n").partition(" ")
    return number, receipt.encode()
