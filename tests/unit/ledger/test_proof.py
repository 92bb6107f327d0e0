import pytest

from edi_gateway.errors import Unproven
from edi_gateway.ledger import proof, stored
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.ledger.proof import InclusionProof, verify_consistency, verify_inclusion
from edi_gateway.ledger.tree import mth
from tests.support.ledger import MemoryLog

A, B = bytes(range(32)), bytes(range(32, 64))
NOTE = "origin\n…\n\n— signature\n".encode()
HEADER = "c2sp.org/tlog-proof@v1\n"


@pytest.fixture(scope="module")
def log():
    log = MemoryLog()
    log.append([b"%d" % number for number in range(21)])
    return log


def test_a_proof_is_laid_out_as_the_specification_says():
    text = f"{HEADER}index 5\n{encode_base64(A)}\n{encode_base64(B)}\n\n".encode() + NOTE
    assert proof.marshal(InclusionProof(5, (A, B), NOTE)) == text
    assert proof.parse(text) == InclusionProof(5, (A, B), NOTE)


def test_extra_data_goes_before_the_index():
    text = f"{HEADER}extra ZXh0cmE=\nindex 10\n{encode_base64(A)}\n\n".encode() + NOTE
    assert proof.marshal(InclusionProof(10, (A,), NOTE, b"extra")) == text
    assert proof.parse(text) == InclusionProof(10, (A,), NOTE, b"extra")


def test_the_only_leaf_needs_no_path():
    text = f"{HEADER}index 0\n\n".encode() + NOTE
    assert proof.marshal(InclusionProof(0, (), NOTE)) == text
    assert proof.parse(text) == InclusionProof(0, (), NOTE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("wrong-header\nindex 0\n\nnote\n", id="another header"),
        pytest.param(f"{HEADER}extra !!!!\nindex 0\n\nnote\n", id="extra data not base64"),
        pytest.param(f"{HEADER}extra \nindex 0\n\nnote\n", id="empty extra data"),
        pytest.param(f"{HEADER}extra AAAA\nextra AAAA\nindex 0\n\nnote\n", id="extra data twice"),
        pytest.param(f"{HEADER}\n\nnote\n", id="no index"),
        pytest.param(f"{HEADER}index\n\nnote\n", id="index without a number"),
        pytest.param(f"{HEADER}index five\n\nnote\n", id="index in words"),
        pytest.param(f"{HEADER}index -5\n\nnote\n", id="negative index"),
        pytest.param(f"{HEADER}index 05\n\nnote\n", id="leading zero"),
        pytest.param(f"{HEADER}index {2**63}\n\nnote\n", id="index beyond 63 bits"),
        pytest.param(f"{HEADER}index 0\n!!!!\n\nnote\n", id="hash not base64"),
        pytest.param(f"{HEADER}index 0\n{encode_base64(A + B)}\n\nnote\n", id="hash too long"),
        pytest.param(f"{HEADER}index 0\n{encode_base64(A)[:-1]}\n\nnote\n", id="hash without padding"),
        pytest.param(f"{HEADER}index 0\r\n\r\nnote\r\n", id="carriage returns"),
        pytest.param(f"{HEADER}index 0\n{encode_base64(A)}\n" * 1, id="no checkpoint"),
        pytest.param(f"{HEADER}index 0\n\n", id="empty checkpoint"),
        pytest.param(f"{HEADER}index 0\n" + f"{encode_base64(A)}\n" * 64 + "\nnote\n", id="longer than any path"),
        pytest.param(f"{HEADER}index é\n\nnote\n", id="not ASCII"),
        pytest.param(f"{HEADER}index 0\n" + "a" * 1_000_000, id="too long"),
    ],
)
def test_a_file_in_another_form_is_no_proof(text):
    with pytest.raises(Unproven):
        proof.parse(text.encode())


def test_a_leaf_at_another_place_is_not_proved(log):
    path = stored.inclusion_proof(log, 7, 21)
    verify_inclusion(log.hashes[7], 7, 21, path, log.head.root)
    for index in (-1, 6, 8, 20, 21):
        with pytest.raises(Unproven):
            verify_inclusion(log.hashes[7], index, 21, path, log.head.root)


def test_a_path_that_is_too_long_or_too_short_proves_nothing(log):
    path = stored.inclusion_proof(log, 7, 21)
    with pytest.raises(Unproven, match="too long"):
        verify_inclusion(log.hashes[7], 7, 21, (*path, A), log.head.root)
    with pytest.raises(Unproven, match="too short"):
        verify_inclusion(log.hashes[7], 7, 21, path[:-1], log.head.root)


def test_a_hash_of_another_length_is_none(log):
    path = stored.inclusion_proof(log, 7, 21)
    with pytest.raises(Unproven, match="32 bytes"):
        verify_inclusion(log.hashes[7], 7, 21, (path[0] + path[1], *path[2:]), log.head.root)


def test_a_tree_that_was_rewritten_does_not_grow_from_the_one_before(log):
    path = stored.consistency_proof(log, 13, 21)
    old = mth(log.hashes[:13])
    verify_consistency(13, 21, old, log.head.root, path)
    for first, second, before, after, proof_ in [
        (13, 21, A, log.head.root, path),
        (13, 21, old, A, path),
        (12, 21, old, log.head.root, path),
        (13, 20, old, log.head.root, path[1:]),
        (13, 21, old, log.head.root, path[:-1]),
        (13, 21, old, log.head.root, (*path, A)),
        (13, 21, old, log.head.root, ()),
        (13, 13, old, log.head.root, ()),
        (0, 21, old, log.head.root, path),
        (21, 13, log.head.root, old, path),
    ]:
        with pytest.raises(Unproven):
            verify_consistency(first, second, before, after, proof_)
