"""The lines of an anchor: a signed checkpoint, on one line and back."""

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint
from edi_gateway.ledger.anchor import MAX_LINE, to_line, to_note
from tests.support.ledger import MemoryLog, flipped


@pytest.fixture
def log() -> MemoryLog:
    log = MemoryLog()
    log.append([b"one", b"two", b"three"])
    return log


def test_a_line_becomes_the_very_note_that_it_was_made_of(log: MemoryLog):
    line = to_line(log.checkpoint())
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert len(line) < MAX_LINE
    assert to_note(line) == log.checkpoint()


def test_signatures_under_other_names_are_left_out(log: MemoryLog):
    other = MemoryLog("witness.example")
    stranger = other.checkpoint().decode().rpartition("\n\n")[2].encode()
    assert to_line(log.checkpoint() + stranger) == to_line(log.checkpoint())


def test_a_note_that_the_ledger_did_not_sign_is_no_line(log: MemoryLog):
    text, _, _ = log.checkpoint().rpartition(b"\n\n")
    stranger = MemoryLog("witness.example").checkpoint().rpartition(b"\n\n")[2]
    with pytest.raises(ValueError, match="own signature"):
        to_line(text + b"\n\n" + stranger)


def test_any_flipped_bit_of_a_line_is_found(log: MemoryLog):
    for altered in flipped(to_line(log.checkpoint())[:-1]):
        with pytest.raises(Unproven):
            checkpoint.open(to_note(altered + b"\n"), log.origin, [log.verifier])


@pytest.mark.parametrize(
    "line", [b"\n", b"x\n", b"x y\n", b"\xff 1 2\n", b"a 1 2\n", b"a 1 2 \n", bytes(300)], ids=repr
)
def test_what_is_no_line_is_not_believed(log: MemoryLog, line: bytes):
    with pytest.raises(Unproven):
        checkpoint.open(to_note(line), log.origin, [log.verifier])
