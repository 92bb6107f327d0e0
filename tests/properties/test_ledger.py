"""What holds for every tree, every proof, and every sequence of bytes that somebody calls one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger import checkpoint, note, proof, stored, tiles
from edi_gateway.ledger.proof import verify_consistency, verify_inclusion
from edi_gateway.ledger.tiles import Tile
from edi_gateway.ledger.tree import EMPTY_HEAD, check_head, grow, leaf_hash, mth, node_hash
from tests.support.ledger import MemoryLog, flipped

LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(600)]
LOG = MemoryLog()
LOG.append([number.to_bytes(2, "big") for number in range(600)])
SIGNED = LOG.checkpoint()
PROOF = LOG.proof(300)

sizes = st.integers(0, 600)
batches = st.lists(st.integers(0, 90), max_size=8)
garbled = st.binary(max_size=200) | st.text(max_size=80).map(str.encode)


def _rfc_mth(hashes):
    """RFC 6962 §2.1 as it is written."""
    if len(hashes) < 2:
        return mth(hashes)
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(_rfc_mth(hashes[:split]), _rfc_mth(hashes[split:]))


def _rfc_path(index, hashes):
    """RFC 6962 §2.1.1 as it is written."""
    if len(hashes) == 1:
        return ()
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if index < split:
        return (*_rfc_path(index, hashes[:split]), _rfc_mth(hashes[split:]))
    return (*_rfc_path(index - split, hashes[split:]), _rfc_mth(hashes[:split]))


def _rfc_growth(first, hashes, whole=True):
    """RFC 6962 §2.1.2 as it is written."""
    if first == len(hashes):
        return () if whole else (_rfc_mth(hashes),)
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if first <= split:
        return (*_rfc_growth(first, hashes[:split], whole), _rfc_mth(hashes[split:]))
    return (*_rfc_growth(first - split, hashes[split:], False), _rfc_mth(hashes[:split]))


@given(batches)
def test_growing_in_any_batches_is_the_tree_of_the_rfc(batches):
    head = EMPTY_HEAD
    for batch in batches:
        growth = grow(head, LEAVES[head.size : head.size + batch])
        head = growth.head
        check_head(head)
        for index in range(growth.before, head.size):
            verify_inclusion(LEAVES[index], index, head.size, growth.proof(index), head.root)
    assert head.root == mth(LEAVES[: head.size]) == _rfc_mth(LEAVES[: head.size])


@given(st.data())
def test_what_is_proved_from_tiles_is_what_the_rfc_says(data):
    size = data.draw(st.integers(1, 600))
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root = _rfc_mth(LEAVES[:size])
    assert stored.root_at(LOG, size) == root
    path, growth = stored.inclusion_proof(LOG, index, size), stored.consistency_proof(LOG, first, size)
    assert path == _rfc_path(index, LEAVES[:size])
    assert growth == _rfc_growth(first, LEAVES[:size])
    verify_inclusion(LEAVES[index], index, size, path, root)
    verify_consistency(first, size, _rfc_mth(LEAVES[:first]), root, growth)


@given(st.data())
def test_no_other_index_or_altered_hash_is_proved(data):
    size = data.draw(st.integers(2, 600))
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index))
    path = stored.inclusion_proof(LOG, index, size)
    root = stored.root_at(LOG, size)
    at, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
    altered = (int.from_bytes(path[at], "big") ^ (1 << bit)).to_bytes(32, "big")
    with pytest.raises(Unproven):
        verify_inclusion(LEAVES[index], other, size, path, root)
    with pytest.raises(Unproven):
        verify_inclusion(LEAVES[index], index, size, (*path[:at], altered, *path[at + 1 :]), root)


@given(sizes, sizes)
def test_tiles_completed_step_by_step_are_those_completed_at_once(one, other):
    middle, end = sorted((one, other))
    steps = tiles.completed(0, middle) + tiles.completed(middle, end)
    assert sorted(steps, key=lambda tile: tile.path) == sorted(tiles.completed(0, end), key=lambda tile: tile.path)
    assert all(tiles.exists(tile, end) for tile in steps)


@given(st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_every_tile_is_read_back_from_its_path(level, number, width):
    tile = Tile(level, number, width)
    assert tiles.parse_path(tile.path) == tile


@given(st.text(max_size=30) | st.from_regex(r"tile/[0-9e]{1,3}/[x0-9/]{1,9}(\.p/[0-9]{1,3})?", fullmatch=True))
def test_any_text_is_the_one_path_of_a_tile_or_refused(text):
    with contextlib.suppress(Misuse):
        assert tiles.parse_path(text).path == text


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_every_bundle_is_read_back(entries):
    assert tiles.parse_bundle(tiles.bundle_bytes(entries)) == entries


@given(garbled)
def test_any_bytes_are_a_bundle_or_unproven(octets):
    with contextlib.suppress(Unproven):
        assert tiles.bundle_bytes(tiles.parse_bundle(octets)) == octets


@given(garbled | garbled.map(lambda octets: octets + b"\n\n" + SIGNED), st.sampled_from([note.open, checkpoint.open]))
def test_any_bytes_are_a_signed_note_or_unproven(octets, opened):
    arguments = (octets, [LOG.verifier]) if opened is note.open else (octets, LOG.origin, [LOG.verifier])
    with pytest.raises(Unproven):
        opened(*arguments)


def test_every_flipped_bit_in_a_signed_checkpoint_is_noticed():
    for altered in flipped(SIGNED):
        with pytest.raises(Unproven):
            checkpoint.open(altered, LOG.origin, [LOG.verifier])


@given(st.text(max_size=60))
def test_any_text_is_a_checkpoint_in_one_spelling_or_unproven(text):
    with contextlib.suppress(Unproven):
        assert text.startswith(checkpoint.marshal(checkpoint.parse(text)))


@given(st.text(max_size=80) | st.integers(0, len(LOG.vkey) - 1).map(lambda at: LOG.vkey[:at] + LOG.vkey[at + 1 :]))
def test_any_text_is_a_verifier_key_in_one_spelling_or_unproven(text):
    with contextlib.suppress(Unproven):
        assert note.parse_vkey(text).vkey == text


@given(garbled | garbled.map(lambda octets: b"c2sp.org/tlog-proof@v1\n" + octets))
def test_any_bytes_are_a_proof_in_one_spelling_or_unproven(octets):
    with contextlib.suppress(Unproven):
        assert proof.marshal(proof.parse(octets)) == octets


def test_every_flipped_bit_in_a_proof_file_is_noticed():
    _check_proof(PROOF)
    for altered in flipped(PROOF):
        with pytest.raises(Unproven):
            _check_proof(altered)


def _check_proof(octets):
    read = proof.parse(octets)
    opened = checkpoint.open(read.checkpoint, LOG.origin, [LOG.verifier])
    verify_inclusion(LEAVES[300], read.index, opened.size, read.path, opened.root)
