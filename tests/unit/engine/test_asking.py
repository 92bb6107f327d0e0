"""An engine answers, or it is told how it ended, and the next question finds another one."""

import signal
from collections.abc import Iterator

import pytest

from edi_gateway.engine.asking import Answer, Engine, Silent
from edi_gateway.errors import Fault

MODULE = "tests.support.engines"


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine("The engine", MODULE, patience=30.0) as engine:
        yield engine


def test_a_question_is_answered(engine: Engine) -> None:
    assert engine.ask(b"say 42") == Answer(True, b"42")
    assert engine.ask(b"refuse why") == Answer(False, b"why")


def test_what_a_library_prints_is_no_answer(engine: Engine) -> None:
    assert engine.ask(b"print") == Answer(True, b"")
    assert engine.ask(b"say more") == Answer(True, b"more")


@pytest.mark.parametrize(
    ("question", "ended"),
    [(b"crash", signal.SIGSEGV), (b"toil", signal.SIGXCPU), (b"leave", 0)],
    ids=["crashes", "takes its processor time", "leaves"],
)
def test_how_an_engine_ended_is_told(engine: Engine, question: bytes, ended: int) -> None:
    with pytest.raises(Silent, match="The engine did not answer") as silent:
        engine.ask(question)
    assert silent.value.signal == ended
    assert engine.ask(b"say again") == Answer(True, b"again")


def test_an_engine_that_takes_too_long_is_ended_by_us() -> None:
    with Engine("The engine", MODULE, patience=30.0) as engine:
        engine.ask(b"say ready")
        engine.patience = 0.2
        with pytest.raises(Silent) as silent:
            engine.ask(b"sleep")
        assert (silent.value.signal, engine.process_id) == (None, None)


def test_an_engine_that_does_not_start_is_our_fault() -> None:
    with Engine("The engine", MODULE, ("broken",)) as engine, pytest.raises(Fault, match="could not be started"):
        engine.ask(b"say nothing")


def test_an_engine_is_renewed_after_so_many_questions() -> None:
    with Engine("The engine", MODULE, renewed_after=2) as engine:
        met = []
        for _ in range(3):
            engine.ask(b"say ready")
            met.append(engine.process_id)
    assert met[0] == met[1] != met[2]
