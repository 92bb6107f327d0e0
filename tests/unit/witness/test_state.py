"""A witness's directory: what it remembers, what it makes of damage, and its keys."""

import errno
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger import checkpoint, cosignature, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.witness import cosigning
from edi_gateway.witness.state import folder_of
from tests.support.witnesses import AT, NAME, file_of, latest, log_of, refused, request, verified, witness_in

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
    assert latest(witness, log).checkpoint.size == 100
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
    assert refused(409, again, request(log)).size == 300
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
    spoil(file_of(folder, log))
    with pytest.raises(Fault, match="is not what was written"):
        cosigning.load(folder)
    with pytest.raises(Fault, match="is not what was written"):
        witness.add_checkpoint(request(log, 3), AT)


def test_the_checkpoint_of_another_log_or_witness_in_its_place_is_noticed(folder, tmp_path):
    log, other = log_of(3), log_of(3, origin="other.example/ledger")
    witness = witness_in(folder, log, other)
    for each in (log, other):
        witness.add_checkpoint(request(each), AT)
    file_of(folder, log).write_bytes(file_of(folder, other).read_bytes())
    with pytest.raises(Fault, match="is not what was written"):
        cosigning.load(folder)
    stranger = witness_in(tmp_path / "stranger", log)
    lines = stranger.add_checkpoint(request(log), AT)
    file_of(folder, log).write_bytes(log.checkpoint() + lines)
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
    refused(400, witness, b"old 0\n\n" + note.sign(log.origin, log.key, text))
    assert latest(witness, log) is None
