"""What a witness signs, and what it refuses."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger import cosignature, note, witnessing
from edi_gateway.ledger.witnessing import Refused
from edi_gateway.witness import cosigning
from edi_gateway.witness.state import folder_of
from tests.support import witness_requests
from tests.support.ledger import MemoryLog
from tests.support.witnesses import AT, NAME, file_of, head_of, latest, log_of, refused, request, verified, witness_in


def test_the_reference_witness_and_ours_answer_eleven_requests_alike(folder):
    witness = cosigning.create(folder, NAME, mldsa=False)
    witness.state.add_log(witness_requests.VERIFIER, only=False)
    for case in witness_requests.CASES:
        if case.status == 200:
            assert witness.add_checkpoint(case.body, AT).startswith("— ".encode()), case.name
        else:
            answer = refused(case.status, witness, case.body)
            assert case.status != 409 or f"{answer.size}\n" == case.answer, case.name


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
    assert latest(witness, log) is None
    lines = witness.add_checkpoint(request(log), AT)
    assert latest(witness, log).note == log.checkpoint() + lines == file_of(folder, log).read_bytes()
    assert latest(cosigning.load(folder), log).time == AT


def test_a_witness_that_begins_again_goes_on_where_it_was(folder):
    log = log_of(300)
    witness_in(folder, log).add_checkpoint(request(log), AT)
    log.append([b"more"] * 5)
    again = cosigning.load(folder)
    assert refused(409, again, request(log)).size == 300
    assert verified(again, log, again.add_checkpoint(request(log, 300), AT + 1))


def test_two_trees_of_one_size_are_never_both_cosigned(folder):
    log = log_of(9)
    other = MemoryLog(key=log.key)
    other.append([b"another past"] * 9)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log), AT)
    refused(422, witness, request(other, 9))
    other.append([b"more"])
    refused(422, witness, request(other, 9))
    assert latest(witness, log).checkpoint == head_of(log)


def test_an_inconsistent_checkpoint_is_kept_in_the_log(folder, caplog):
    log = log_of(9)
    other = MemoryLog(key=log.key)
    other.append([b"another past"] * 9)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log), AT)
    refused(422, witness, request(other, 9))
    assert other.checkpoint().decode() in caplog.text
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ALARM" in caplog.text


@pytest.mark.parametrize("grown", [0, 1])
def test_a_wrong_proof_that_anybody_can_send_raises_no_alarm(folder, caplog, grown):
    caplog.set_level(logging.INFO)
    log = log_of(9)
    witness = witness_in(folder, log)
    witness.add_checkpoint(request(log), AT)
    log.append([b"more"] * grown)
    garbage = witnessing.marshal(witnessing.Request(9, (bytes(32),), log.checkpoint()))
    answer = refused(422, witness, garbage)
    assert "root hashes" not in str(answer)
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert log.checkpoint().decode() in caplog.text
    assert "ALARM" not in caplog.text


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
    assert forged not in latest(witness, log).note


def test_a_log_that_signs_a_hundred_times_is_kept_with_one_signature(folder):
    log = log_of(3)
    witness = witness_in(folder, log)
    line = log.checkpoint().partition(b"\n\n")[2]
    assert verified(witness, log, witness.add_checkpoint(request(log) + line * 99, AT))
    assert latest(witness, log).note.count(line) == 1


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
    assert latest(witness, log).checkpoint.size == won[0]


def test_a_log_may_have_two_keys_and_lose_one(folder):
    log = log_of(3)
    key = MLDSA44PrivateKey.generate()
    new = cosignature.cosigner(log.origin, key.public_key())
    witness = witness_in(folder, log)
    witness.state.add_log(new, only=False)
    both = cosignature.cosign(log.origin, key, head_of(log), 0).line.encode()
    assert verified(witness, log, witness.add_checkpoint(request(log) + both, AT))
    assert len(latest(witness, log).signatures) == 3
    witness.state.add_log(new, only=True)
    assert [one.verifier for one in latest(witness, log).signatures] == [new, *witness.keys.verifiers]
    refused(403, witness, request(log, 3))
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
