from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note, stored, witnessing
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.tree import EMPTY_ROOT
from edi_gateway.ledger.witnessing import Refused, Request
from tests.support import witness_requests
from tests.support.ledger import ORIGIN, MemoryLog
from tests.support.witness_requests import CASES


def _log(size=0, **given):
    log = MemoryLog(**given)
    log.append([b"entry %d" % number for number in range(size)])
    return log


def _head(log):
    return Checkpoint(log.origin, log.head.size, log.head.root)


def _request(log, old=0, proof=None, signed=None):
    if proof is None:
        proof = stored.consistency_proof(log, old, log.head.size) if old else ()
    return witnessing.marshal(Request(old, tuple(proof), signed or log.checkpoint()))


def _decide(latest, body, *logs):
    """The checkpoint to be cosigned, after the latest one."""
    keys = {log.origin: (log.verifier,) for log in logs}
    admitted = witnessing.admit(body, lambda origin: keys.get(origin, ()))
    witnessing.judge(latest, admitted)
    return admitted.checkpoint


def _refused(status, latest, body, *logs):
    with pytest.raises(Refused) as caught:
        _decide(latest, body, *logs)
    assert caught.value.status == status, caught.value
    return caught.value


def test_the_reference_witness_and_ours_answer_eleven_requests_alike():
    assert len(CASES) == 11
    latest = None
    for case in CASES:
        outcome = _answer(latest, case.body)
        latest = outcome if isinstance(outcome, Checkpoint) else latest
        status = outcome.status if isinstance(outcome, Refused) else 200
        assert status == case.status, case.name
        assert status != 409 or f"{outcome.size}\n" == case.answer, case.name
    assert latest.size == 5


def _answer(latest, body):
    keys = {witness_requests.ORIGIN: (witness_requests.VERIFIER,)}
    try:
        admitted = witnessing.admit(body, lambda origin: keys.get(origin, ()))
        witnessing.judge(latest, admitted)
    except Refused as refused:
        return refused
    return admitted.checkpoint


def test_a_first_checkpoint_of_any_size_is_cosigned():
    for size in (0, 1, 256, 300):
        log = _log(size)
        assert _decide(None, _request(log), log) == _head(log)


def test_a_checkpoint_that_grew_is_cosigned_and_the_same_one_again():
    log = _log(300)
    before = _head(log)
    assert _decide(before, _request(log, 300), log) == before
    log.append([b"more"] * 77)
    assert _decide(before, _request(log, 300), log) == _head(log)


def test_a_log_that_began_empty_grows_without_a_proof():
    log = _log()
    empty = _decide(None, _request(log), log)
    log.append([b"entry"] * 5)
    assert _decide(empty, _request(log), log).size == 5
    refused = _refused(422, empty, _request(log, proof=[bytes(32)]), log)
    assert "nothing to prove" in str(refused)


def test_the_empty_tree_has_no_other_root():
    log = _log()
    signed = checkpoint.sign(Checkpoint(ORIGIN, 0, bytes(32)), log.key)
    _refused(422, None, _request(log, signed=signed), log)
    _refused(422, Checkpoint(ORIGIN, 0, EMPTY_ROOT), _request(log, signed=signed), log)


def test_signatures_alone_show_a_fork_where_two_trees_of_one_size_differ():
    nine, other, ten = (Checkpoint(ORIGIN, size, bytes([root] * 32)) for size, root in ((9, 1), (9, 2), (10, 3)))
    assert witnessing.forked(nine, other)
    assert witnessing.forked(None, Checkpoint(ORIGIN, 0, bytes(32)))
    for latest, new in ((None, nine), (nine, nine), (nine, ten), (None, Checkpoint(ORIGIN, 0, EMPTY_ROOT))):
        assert not witnessing.forked(latest, new)


def test_another_root_at_the_same_size_is_refused():
    log, key = _log(300), Ed25519PrivateKey.generate()
    mine, other = MemoryLog(key=key), MemoryLog(key=key)
    mine.append([b"mine"] * 9)
    other.append([b"other"] * 9)
    _refused(422, _head(mine), _request(other, 9, ()), other)
    _refused(422, _head(mine), _request(other, 9, (bytes(32),)), other)
    assert _decide(_head(log), _request(log, 300), log)


def test_a_smaller_tree_is_refused_whatever_it_claims():
    log = _log(9)
    latest = _head(log)
    smaller = _log(5, key=log.key)
    assert _refused(409, latest, _request(smaller, 5), log).size == 9
    assert "above that of the checkpoint" in str(_refused(400, latest, _request(smaller, 9, ()), log))


def test_a_checkpoint_with_extension_lines_is_not_cosigned():
    log = _log(3)
    text = checkpoint.marshal(_head(log)) + "extension\n"
    refused = _refused(400, None, _request(log, signed=note.sign(ORIGIN, log.key, text)), log)
    assert "extension lines" in str(refused)


def test_signatures_of_others_are_dropped_and_a_wrong_one_of_the_log_spoils_the_request():
    log = _log(3)
    stranger = note.signature("witness.example.com", Ed25519PrivateKey.generate(), "anything\n").line.encode()
    admitted = witnessing.admit(_request(log, signed=log.checkpoint() + stranger), lambda _: [log.verifier])
    assert [one.verifier for one in admitted.signatures] == [log.verifier]
    lie = note.signature(ORIGIN, log.key, "anything\n").line.encode()
    _refused(403, None, _request(log, signed=log.checkpoint() + lie), log)
    _refused(403, None, _request(log), MemoryLog())


def test_a_request_is_read_back_as_it_was_written():
    log = _log(300)
    body = _request(log, 100)
    assert body.startswith(b"old 100\n")
    read = witnessing.parse(body)
    assert (read.old, read.checkpoint) == (100, log.checkpoint())
    assert read.proof == stored.consistency_proof(log, 100, 300)
    assert witnessing.marshal(read) == body


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda body: b"", id="nothing"),
        pytest.param(lambda body: body.replace(b"old 2", b"new 2"), id="not old"),
        pytest.param(lambda body: body.replace(b"old 2", b"old 02"), id="leading zero"),
        pytest.param(lambda body: body.replace(b"old 2", b"old  2"), id="two spaces"),
        pytest.param(lambda body: body.replace(b"old 2", b"old -2"), id="negative"),
        pytest.param(lambda body: body.replace(b"old 2\n", b"old 2\r\n"), id="carriage return"),
        pytest.param(lambda body: body.replace(b"=\n", b"\n", 1), id="no padding"),
        pytest.param(lambda body: body.replace(b"old 2\n", b"old 2\nAAAA\n"), id="a short hash"),
        pytest.param(lambda body: body.replace(b"old 2\n", b"old 2\n\xe2\x80\x94\n"), id="not ASCII"),
        pytest.param(
            lambda body: body.replace(b"old 2\n", b"old 2\n" + (b64encode(bytes(32)) + b"\n") * 63), id="64 hashes"
        ),
        pytest.param(lambda body: body.replace(b"\n\n", b"\n"), id="no empty line"),
        pytest.param(lambda body: body + b"x" * 131_072, id="too long"),
    ],
)
def test_a_request_in_another_form_is_bad(spoil):
    log = _log(3)
    body = _request(log, 2)
    assert _decide(_head(_log(2)), body, log)
    _refused(400, None, spoil(body), log)


def test_checkpoints_of_two_logs_are_never_compared():
    log = _log(3)
    with pytest.raises(ValueError, match="two logs"):
        _decide(Checkpoint("other.example/log", 3, bytes(32)), _request(log, 3, ()), log)


def test_a_refusal_is_a_proof_that_does_not_hold():
    assert issubclass(Refused, Unproven)
