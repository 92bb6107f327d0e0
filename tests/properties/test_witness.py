"""What holds for every sequence of submissions, and every bit of what a witness is told, tells and keeps."""

import contextlib
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.ledger import cosignature, policy, witnessing
from edi_gateway.ledger.proof import verify_consistency
from edi_gateway.ledger.witnessing import Refused
from edi_gateway.witness import cosigning
from edi_gateway.witness.state import folder_of
from tests.support.ledger import MemoryLog, flipped
from tests.support.witnesses import AT, NAME, head_of, log_of, request, witness_in

LOG = log_of(40)
FORK = MemoryLog(key=LOG.key)
FORK.append([b"entry %d" % number for number in range(20)])
FORK.append([b"another past"] * 20)
KEYS = [Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()]

submissions = st.lists(st.tuples(st.sampled_from([LOG, FORK]), st.integers(0, 40), st.integers(0, 40)), max_size=12)


@given(submissions)
@settings(max_examples=40)
def test_whatever_is_submitted_all_that_is_cosigned_is_one_history(asked):
    with TemporaryDirectory() as folder:
        witness = witness_in(Path(folder) / "witness", LOG)
        cosigned = [(LOG, 0)]
        for log, old, size in asked:
            with contextlib.suppress(Refused):
                lines = witness.add_checkpoint(request(log, old, size), AT)
                cosigned.append((log, size))
                assert cosignature.verify(_at(log, size), lines, witness.keys.verifiers)
        for (one, smaller), (other, larger) in pairwise(cosigned):
            assert smaller <= larger
            if smaller:
                proof = witnessing.parse(request(other, smaller, larger)).proof
                verify_consistency(smaller, larger, _at(one, smaller).root, _at(other, larger).root, proof)


def _at(log, size):
    return witnessing.admit(request(log, 0, size), lambda _: [log.verifier]).checkpoint


def test_every_flipped_bit_in_a_request_is_refused():
    body = request(LOG, 30)
    latest = _at(LOG, 30)
    witnessing.judge(latest, witnessing.admit(body, lambda _: [LOG.verifier]))
    known = {LOG.origin: [LOG.verifier]}
    for altered in flipped(body):
        with pytest.raises(Refused):
            witnessing.judge(latest, witnessing.admit(altered, lambda origin: known.get(origin, ())))


@pytest.mark.parametrize("key", KEYS, ids=["Ed25519", "ML-DSA-44"])
def test_every_flipped_bit_in_a_cosignature_is_noticed(key):
    line = cosignature.cosign(NAME, key, head_of(LOG), AT).line.encode()
    verifier = cosignature.cosigner(NAME, key.public_key())
    assert cosignature.verify(head_of(LOG), line, [verifier])
    # Of ML-DSA's 3,300 bytes the first, which say who and when, and every eleventh.
    places = [at for at in range(len(line)) if at < 120 or at % 11 == 0 or at >= len(line) - 4]
    for at in places:
        for bit in range(8):
            altered = bytearray(line)
            altered[at] ^= 1 << bit
            with pytest.raises(Unproven):
                cosignature.verify(head_of(LOG), bytes(altered), [verifier])


def test_every_flipped_bit_in_a_witnesss_latest_checkpoint_stops_it(tmp_path):
    witness = witness_in(tmp_path / "witness", LOG)
    witness.add_checkpoint(request(LOG), AT)
    file = tmp_path / "witness" / "checkpoints" / folder_of(LOG.origin)
    for altered in flipped(file.read_bytes()):
        file.write_bytes(altered)
        with pytest.raises(Fault, match="is not what was written"):
            witness.latest(folder_of(LOG.origin))
    with pytest.raises(Fault, match="is not what was written"):
        cosigning.load(tmp_path / "witness")


def test_every_flipped_bit_in_a_logs_keys_stops_its_witness(tmp_path):
    witness_in(tmp_path / "witness", LOG)
    file = tmp_path / "witness" / "logs" / folder_of(LOG.origin)
    for altered in (b"", *flipped(file.read_bytes())):
        file.write_bytes(altered)
        with pytest.raises(Fault, match="does not hold"):
            cosigning.load(tmp_path / "witness")


garbled = st.binary(max_size=200) | st.text(max_size=80).map(str.encode)


@given(garbled | garbled.map(lambda octets: b"old 0\n\n" + octets) | garbled.map(lambda octets: octets + request(LOG)))
def test_any_bytes_are_a_request_in_one_spelling_or_refused(octets):
    with contextlib.suppress(Unproven):
        assert witnessing.marshal(witnessing.parse(octets)) == octets
    with contextlib.suppress(Refused):
        witnessing.admit(octets, lambda _: [LOG.verifier])


@given(
    garbled
    | st.lists(st.sampled_from(["log", "witness", "group", "quorum", "none", "any", "1", "a", " ", "\n"]))
    .map(" ".join)
    .map(lambda text: (text + "\n").encode())
)
def test_any_bytes_are_a_policy_or_misuse(octets):
    with contextlib.suppress(Misuse):
        policy.parse(octets)
