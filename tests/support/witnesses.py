"""Witnesses for tests: a log to submit, and the requests that carry it."""

from pathlib import Path

import pytest

from edi_gateway.ledger import checkpoint, cosignature, note, stored, witnessing
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.witnessing import Refused, Request
from edi_gateway.witness import cosigning
from edi_gateway.witness.state import folder_of
from tests.support.ledger import MemoryLog

NAME = "witness.example.com/w1"
AT = 1_795_000_000


def log_of(size: int, **given) -> MemoryLog:
    log = MemoryLog(**given)
    log.append([b"entry %d" % number for number in range(size)])
    return log


def head_of(log: MemoryLog) -> Checkpoint:
    return Checkpoint(log.origin, log.head.size, log.head.root)


def request(log: MemoryLog, old: int = 0, size: int | None = None) -> bytes:
    """What a log submits whose witness is at `old`: its present checkpoint, or the one that it had at `size`."""
    size = log.head.size if size is None else size
    signed = checkpoint.sign(Checkpoint(log.origin, size, stored.root_at(log, size)), log.key)
    proof = stored.consistency_proof(log, old, size) if 0 < old <= size else ()
    return witnessing.marshal(Request(old, proof, signed))


def witness_in(folder: Path, *logs: MemoryLog, mldsa: bool = False) -> cosigning.Witness:
    witness = cosigning.create(folder, NAME, mldsa)
    for log in logs:
        witness.state.add_log(log.verifier, only=False)
    return witness


def verified(witness: cosigning.Witness, log: MemoryLog, lines: bytes) -> list[int | None]:
    """The times of the cosignatures of the log's present checkpoint, one by each key of the witness."""
    found = cosignature.verify(head_of(log), lines, witness.keys.verifiers)
    assert [one.verifier for one in found] == list(witness.keys.verifiers)
    assert note.open(log.checkpoint() + lines, witness.keys.verifiers)
    return [one.time for one in found]


def refused(status, witness, body, now=AT):
    with pytest.raises(Refused) as caught:
        witness.add_checkpoint(body, now)
    assert caught.value.status == status, caught.value
    return caught.value


def latest(witness, log):
    return witness.latest(folder_of(log.origin))


def file_of(folder, log, room="checkpoints"):
    return folder / room / folder_of(log.origin)
