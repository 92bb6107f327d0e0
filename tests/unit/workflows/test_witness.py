import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.errors import Fault, Unproven
from edi_gateway.ledger import checkpoint, cosignature, note, stored
from edi_gateway.ledger.witnessing import Conflict, Refused, admit, judge, marshal
from edi_gateway.workflows.witness import MAX_TRIES, Overtaken, submit
from tests.support.ledger import MemoryLog

KEY = Ed25519PrivateKey.generate()
NAME = "witness.example"
VERIFIER = cosignature.cosigner(NAME, KEY.public_key())
AT = 1_795_000_000


class Memory:
    """An honest witness without a disk, or one that lies: `before` is called ahead of each answer."""

    def __init__(self, log, before=lambda witness: None):
        self.log, self.before = log, before
        self.latest = None
        self.asked = []

    def cosign(self, seen):
        self.latest = seen
        return cosignature.cosign(NAME, KEY, seen, AT).line.encode()

    def add_checkpoint(self, request):
        self.asked.append(request.old)
        self.before(self)
        admitted = admit(marshal(request), lambda _: [self.log.verifier])
        try:
            judge(self.latest, admitted)
        except Refused as refused:
            return Conflict(refused.size)
        return self.cosign(admitted.checkpoint)


def _log(size):
    log = MemoryLog()
    log.append([b"entry %d" % number for number in range(size)])
    return log


def _grow(log, count):
    log.append([b"more"] * count)


def _submit(witness, log, known=0, verifiers=(VERIFIER,)):
    def prove(first, second):
        return stored.consistency_proof(log, first, second)

    return submit(witness, verifiers, log.checkpoint(), prove, known)


def _head(log):
    return checkpoint.parse(note.text_of(log.checkpoint()))


def test_a_first_checkpoint_is_cosigned_at_once():
    log = _log(300)
    witness = Memory(log)
    (one,) = _submit(witness, log)
    assert (one.verifier, one.time, witness.asked) == (VERIFIER, AT, [0])
    assert note.open(log.checkpoint() + one.line.encode(), [VERIFIER])


def test_growth_is_proved_from_the_size_that_the_witness_is_known_to_have():
    log = _log(300)
    witness = Memory(log)
    _submit(witness, log)
    _grow(log, 77)
    _submit(witness, log, known=300)
    assert witness.asked == [0, 300]
    assert witness.latest.size == 377


def test_growth_is_proved_from_the_size_that_the_witness_names():
    log = _log(300)
    witness = Memory(log)
    _submit(witness, log)
    _grow(log, 77)
    for known in (0, 299):
        witness.asked.clear()
        witness.latest = checkpoint.Checkpoint(log.origin, 300, stored.root_at(log, 300))
        _submit(witness, log, known=known)
        assert witness.asked == [known, 300]


def test_a_witness_that_names_ever_other_sizes_is_given_up():
    log = _log(300)

    def move(witness):
        size = len(witness.asked) + 1
        witness.latest = checkpoint.Checkpoint(log.origin, size, stored.root_at(log, size))

    witness = Memory(log, before=move)
    with pytest.raises(Fault, match="3 times another size"):
        _submit(witness, log)
    assert witness.asked == [0, 2, 3]
    assert len(witness.asked) == MAX_TRIES


def test_a_witness_that_is_ahead_of_us_is_named_with_its_size():
    log = _log(300)
    witness = Memory(log)
    witness.latest = checkpoint.Checkpoint(log.origin, 301, bytes(32))
    with pytest.raises(Overtaken, match="size 301, which is more than 300") as caught:
        _submit(witness, log)
    assert caught.value.size == 301
    with pytest.raises(Overtaken):
        _submit(witness, log, known=302)


def test_a_cosignature_of_something_else_is_not_believed():
    log, other = _log(300), _log(299)
    witness = Memory(log)
    witness.cosign = lambda seen: cosignature.cosign(NAME, KEY, _head(other), AT).line.encode()
    with pytest.raises(Unproven, match="does not verify"):
        _submit(witness, log)


@pytest.mark.parametrize("answer", [b"", b"OK\n", b"\n", b"\xff\n"])
def test_an_answer_that_is_no_cosignature_is_not_believed(answer):
    log = _log(3)
    witness = Memory(log)
    witness.cosign = lambda seen: answer
    with pytest.raises(Unproven):
        _submit(witness, log)


def test_a_cosignature_by_another_key_than_the_witnesss_is_not_believed():
    log = _log(3)
    stranger = cosignature.cosigner(NAME, Ed25519PrivateKey.generate().public_key())
    with pytest.raises(Unproven, match="no signature of a known key"):
        _submit(Memory(log), log, verifiers=[stranger])
