"""A witness and its directory: what it signs, what it refuses, and what it remembers."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger import checkpoint, cosignature, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.witnessing import Refused
from edi_gateway.witness import cosigning
from edi_gateway.witness.state import folder_of
from tests.support import witness_requests
from tests.support.ledger import MemoryLog
from tests.support.witnesses import AT, NAME, head_of, log_of, request, verified, witness_in


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "witness"


def _refused(status, witness, body, now=AT):
    with pytest.raises(Refused) as caught:
        witness.add_checkpoint(body, now)
    assert caught.value.status == status, caught.value
    return caught.value


def _latest(witness, log):
    return witness.latest(folder_of(log.origin))


def _file(folder, log, room="checkpoints"):
    return folder / room / folder_of(log.origin)


def test_the_reference_witness_and_ours_answer_eleven_requests_alike(folder):
    witness = cosigning.create(folder, NAME, mldsa=False)
    witness.state.add_log(witness_requests.VERIFIER, only=False)
    for case in witness_requests.CASES:
        if case.status == 200:
            assert witness.add_checkpoint(case.body, AT).startswith("— ".encode()), case.name
        else:
            refused = _refused(case.status, witness, case.body)
            assert case.status != 409 or f"{refused.size}\n" == case.answer, case.name


@pytest.mark.parametrize("mldsa", [False, True])
def test_a_growing_log_is_cosigned_with_every_key(folder, mldsa):
    log = log_of(0)
    witness = witness_in(folder, log, mldsa=mldsa)
    for later, count in enumerate((0, 1, 255, 1, 43)):
        old = log.head.size
        log.append([b"entry"] * count)
        times = verified(witness, log, witness.add_checkpoint(request(log, old), AT + later))
        assert times == [AT + later] * (2 if mldsa else 1)


def test_the_answer_has_the_witnesss_own_lines_only(folder):
    log = log_of(3)
    lines = witness_in(folder, log).add_checkpoint(request(log), AT).decode()
    assert lines.count("\n") == 1
    assert lines.startswith(f"— {NAME} ")


def test_what_is_persisted_is_the_note_that_log_and_witness_signed(folder):
    log = log_of(3)
    witness = witness_in(folder, log)
    assert _latest(witness, log) is None
    lines = witness.add_checkpoint(request(log), AT)
    assert _latest(witness, log).note == log.checkpoint() + lines == _file(folder, log).read_bytes()
    assert _latest(cosigning.load(folder), log).time == AT


def test_a_witness_that_begins_again_goes_on_where_it_was(folder):
    log = log_of(300)
    witness_in(folder, log).add_checkpoint(request(log), AT)
    log.append([b"more"] * 5)
    again = cosigning.load(folder)
    assert _refused(409, again, request(log)).size == 300
    assert verified(again, log, again.add_checkpoint(request(log, 300), AT + 1))


def test_two_trees_of_one_size_are_never_both_cosigned(folder):
    log = log_of(9)
    other = MemoryLog(key=log.key)
    other.append([b"another past"] * 9)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log), AT)
    _refused(422, witness, request(other, 9))
    other.append([b"more"])
    _refused(422, witness, request(other, 9))
    assert _latest(witness, log).checkpoint == head_of(log)


def test_an_inconsistent_checkpoint_is_kept_in_the_log(folder, caplog):
    log = log_of(9)
    other = MemoryLog(key=log.key)
    other.append([b"another past"] * 9)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log), AT)
    _refused(422, witness, request(other, 9))
    assert other.checkpoint().decode() in caplog.text


def test_logs_do_not_get_in_each_others_way(folder):
    logs = [log_of(size, origin=f"gw{size}.example.com/ledger") for size in (3, 300)]
    witness = witness_in(folder, *logs)
    for log in logs:
        assert verified(witness, log, witness.add_checkpoint(request(log), AT))
    assert [origin for origin, _ in witness.state.logs()] == sorted((log.origin for log in logs), key=folder_of)


def test_a_line_that_claims_to_be_the_witnesss_own_does_no_harm(folder):
    log = log_of(3)
    witness = witness_in(folder, log)
    forged = note.Signature(witness.keys.verifiers[0], bytes(72)).line.encode()
    assert verified(witness, log, witness.add_checkpoint(request(log) + forged, AT))
    log.append([b"more"] * 2)
    assert verified(witness, log, witness.add_checkpoint(request(log, 3), AT))
    assert forged not in _latest(witness, log).note


def test_a_log_that_signs_a_hundred_times_is_kept_with_one_signature(folder):
    log = log_of(3)
    witness = witness_in(folder, log)
    line = log.checkpoint().partition(b"\n\n")[2]
    assert verified(witness, log, witness.add_checkpoint(request(log) + line * 99, AT))
    assert _latest(witness, log).note.count(line) == 1


def test_a_clock_that_went_back_stops_the_witness_and_not_for_good(folder):
    log = log_of(3)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log), AT)
    with pytest.raises(Fault, match=f"clock stands at {AT - 1}"):
        witness.add_checkpoint(request(log, 3), AT - 1)
    assert verified(witness, log, witness.add_checkpoint(request(log, 3), AT)) == [AT]


def test_two_submissions_from_one_size_cannot_both_win(folder):
    log = log_of(300)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log, size=100), AT)

    def ask(number):
        # Half of them through another opening of the same directory, as another process would.
        asked = witness if number % 2 else cosigning.load(folder)
        try:
            return asked.add_checkpoint(request(log, 100, 101 + number), AT)
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))
    won = [101 + number for number, answer in enumerate(answers) if isinstance(answer, bytes)]
    assert len(won) == 1
    assert {answer.status for answer in answers if isinstance(answer, Refused)} == {409}
    assert _latest(witness, log).checkpoint.size == won[0]


def test_a_log_may_have_two_keys_and_lose_one(folder):
    log = log_of(3)
    key = MLDSA44PrivateKey.generate()
    new = cosignature.cosigner(log.origin, key.public_key())
    witness = witness_in(folder, log)
    witness.state.add_log(new, only=False)
    both = cosignature.cosign(log.origin, key, head_of(log), 0).line.encode()
    assert verified(witness, log, witness.add_checkpoint(request(log) + both, AT))
    assert len(_latest(witness, log).signatures) == 3
    witness.state.add_log(new, only=True)
    assert [one.verifier for one in _latest(witness, log).signatures] == [new, *witness.keys.verifiers]
    _refused(403, witness, request(log, 3))
    assert verified(witness, log, witness.add_checkpoint(request(log, 3) + both, AT))
    assert cosigning.load(folder)


def test_a_key_that_is_there_or_signs_no_log_is_not_added(folder):
    log = log_of(3)
    witness = witness_in(folder, log)
    for only in (False, True):
        with pytest.raises(Misuse, match="trusted already"):
            witness.state.add_log(log.verifier, only)
    with pytest.raises(Misuse, match="key of a witness"):
        witness.state.add_log(cosignature.cosigner("w.example", Ed25519PrivateKey.generate().public_key()), only=False)


# What happens to the disk, before and after it took effect.


def _failing(monkeypatch, name, number, at):
    """Let the call numbered `at` of a function of `os` fail."""
    calls = iter(range(1000))
    real = getattr(os, name)

    def call(*arguments, **named):
        if next(calls) == at:
            raise OSError(number, os.strerror(number))
        return real(*arguments, **named)

    monkeypatch.setattr(os, name, call)


@pytest.mark.parametrize(("name", "at"), [("fsync", 0), ("replace", 0)])
def test_what_cannot_be_persisted_is_not_cosigned_and_may_be_asked_for_again(folder, monkeypatch, name, at):
    log = log_of(300)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log, size=100), AT)
    with monkeypatch.context() as patched:
        _failing(patched, name, errno.ENOSPC, at)
        with pytest.raises(Fault, match="could not be persisted"):
            witness.add_checkpoint(request(log, 100), AT)
    assert _latest(witness, log).checkpoint.size == 100
    assert sorted(file.name for file in (folder / "checkpoints").iterdir()) == [folder_of(log.origin)]
    assert verified(witness, log, witness.add_checkpoint(request(log, 100), AT))


def test_a_witness_in_doubt_about_its_disk_signs_nothing_until_it_begins_again(folder, monkeypatch):
    log = log_of(300)
    witness = witness_in(folder, log)
    with monkeypatch.context() as patched:
        _failing(patched, "fsync", errno.EIO, at=1)
        with pytest.raises(Fault, match="can't be made durable"):
            witness.add_checkpoint(request(log), AT)
    with pytest.raises(Fault, match="started anew"):
        witness.add_checkpoint(request(log), AT)
    again = cosigning.load(folder)
    assert _refused(409, again, request(log)).size == 300
    assert verified(again, log, again.add_checkpoint(request(log, 300), AT))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file: file.unlink(), id="lost"),
        pytest.param(lambda file: file.write_bytes(b""), id="emptied"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:-1]), id="cut off"),
        pytest.param(lambda file: file.write_bytes(b"nothing cosigned yet"), id="nearly new"),
    ],
)
def test_a_damaged_state_is_not_taken_for_a_new_one(folder, spoil):
    log = log_of(3)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log), AT)
    spoil(_file(folder, log))
    with pytest.raises(Fault, match="is not what was written"):
        cosigning.load(folder)
    with pytest.raises(Fault, match="is not what was written"):
        witness.add_checkpoint(request(log, 3), AT)


def test_the_checkpoint_of_another_log_or_witness_in_its_place_is_noticed(folder, tmp_path):
    log, other = log_of(3), log_of(3, origin="other.example/ledger")
    witness = witness_in(folder, log, other)
    for each in (log, other):
        witness.add_checkpoint(request(each), AT)
    _file(folder, log).write_bytes(_file(folder, other).read_bytes())
    with pytest.raises(Fault, match="is not what was written"):
        cosigning.load(folder)
    stranger = witness_in(tmp_path / "stranger", log)
    lines = stranger.add_checkpoint(request(log), AT)
    _file(folder, log).write_bytes(log.checkpoint() + lines)
    with pytest.raises(Fault, match="is not what was written"):
        cosigning.load(folder)


def test_what_a_killed_witness_left_behind_does_no_harm(folder):
    log = log_of(3)
    witness = witness_in(folder, log)
    for room in ("logs", "checkpoints"):
        (folder / room / f".{folder_of(log.origin)}.new").write_bytes(b"half of it")
    assert verified(witness, log, cosigning.load(folder).add_checkpoint(request(log), AT))
    assert not (folder / "checkpoints" / f".{folder_of(log.origin)}.new").exists()


# Keys.


def test_the_private_keys_are_for_the_owner_only(folder):
    witness_in(folder, mldsa=True)
    assert {file.stat().st_mode & 0o777 for file in folder.glob("*.pem")} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / "ml-dsa-44.pem").chmod(0o640)
    with pytest.raises(Misuse, match="run `chmod 600"):
        cosigning.load(folder)


def test_a_witness_is_not_made_twice(folder):
    first = witness_in(folder)
    with pytest.raises(Misuse, match="There is a witness already"):
        cosigning.create(folder, NAME, mldsa=False)
    assert cosigning.load(folder).keys.verifiers == first.keys.verifiers


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_no_note_can_carry_is_refused(folder, name):
    with pytest.raises(Misuse, match="no name for a witness"):
        cosigning.create(folder, name, mldsa=False)
    assert list(folder.iterdir()) == []


def test_keys_that_do_not_belong_together_are_refused(folder, tmp_path):
    witness_in(folder, mldsa=True)
    other = witness_in(tmp_path / "other", mldsa=True)
    vkeys = (folder / "vkeys").read_text()
    for altered, reason in (
        ("", "is not of one witness"),
        (vkeys + "x\n", "does not hold verifier keys"),
        (other.keys.verifiers[0].vkey + "\n", "is not the private key"),
        (vkeys + cosignature.cosigner("b.example", Ed25519PrivateKey.generate().public_key()).vkey, "not of one"),
        (log_of(0).vkey, "type 1, with which no witness signs"),
    ):
        (folder / "vkeys").write_text(altered)
        with pytest.raises(Misuse, match=reason):
            cosigning.load(folder)
    (folder / "vkeys").write_text(vkeys)
    (folder / "ed25519.pem").write_bytes(b"no key")
    with pytest.raises(Misuse, match="not an unencrypted private key"):
        cosigning.load(folder)


def test_there_must_be_a_witness(folder):
    with pytest.raises(Misuse, match="There is no witness"):
        cosigning.load(folder)
    folder.mkdir()
    with pytest.raises(Misuse, match="There is no witness"):
        cosigning.load(folder)


def test_extension_lines_are_not_cosigned(folder):
    log = log_of(3)
    witness = witness_in(folder, log)
    text = checkpoint.marshal(Checkpoint(log.origin, 3, log.head.root)) + "extension\n"
    _refused(400, witness, b"old 0\n\n" + note.sign(log.origin, log.key, text))
    assert _latest(witness, log) is None
