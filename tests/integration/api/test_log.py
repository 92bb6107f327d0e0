"""What the log says of faults: one line with the code for states that are known, a stack trace for what is not."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import event

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.proven import Doubtful
from edi_gateway.ledger.sequencer import CommitUnknown
from edi_gateway.storage.ledger import SqlAppending
from tests.support.client import Client, assert_problem
from tests.support.gateway import order


def faults(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [one for one in caplog.records if one.getMessage().startswith("fault at /v1/documents: ")]


def ahead(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = gateway.clock
    monkeypatch.setattr("edi_gateway.storage.ledger._moment", lambda _: clock() + timedelta(days=1))


def doubtful(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(*_: object) -> None:
        raise Doubtful("the head is not ours") from Unproven("no proof")

    monkeypatch.setattr("edi_gateway.ledger.proven.Memory.follow", follow)


def full(gateway: Gateway, _: pytest.MonkeyPatch) -> None:
    # Never below what there is: what is added has to be larger than what is free in the last pages.
    event.listen(gateway.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA max_page_count=1"))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ahead, "unavailable: The newest entry is of "),
        (doubtful, "ledger-doubtful: the head is not ours"),
        (full, "unavailable: The database cannot be written: database or disk is full"),
    ],
)
def test_a_state_that_is_known_is_one_line_with_its_code(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, state, said: str
) -> None:
    state(client.gateway, monkeypatch)
    document = order().replace(b"?>", b"?>" + b"<!-- as long as it takes -->" * 1000, 1)
    assert client.post_signed(document, "globex").status_code == 503
    (told,) = faults(caplog)
    assert told.getMessage().startswith(f"fault at /v1/documents: {said}")
    assert not told.exc_info


def test_what_nobody_expects_has_its_stack_trace(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:

    def write(*_: object) -> None:
        raise ZeroDivisionError("line 42")

    with monkeypatch.context() as patched:
        patched.setattr(SqlAppending, "write", write)
        assert_problem(client.post_signed(order(), "globex"), 503, "unavailable")
    with monkeypatch.context() as patched:
        patched.setattr("edi_gateway.workflows.record.sign_head", write)
        assert_problem(client.post_signed(order(), "globex"), 503, "unavailable")
    for told, kind in zip(faults(caplog), ("recording failed", "What was committed"), strict=True):
        assert kind in told.getMessage()
        assert isinstance(told.exc_info[1].__cause__, ZeroDivisionError)
    assert isinstance(faults(caplog)[1].exc_info[1], CommitUnknown)
