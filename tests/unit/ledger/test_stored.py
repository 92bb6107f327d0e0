import pytest

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger import stored
from edi_gateway.ledger.proof import verify_consistency, verify_inclusion
from edi_gateway.ledger.tree import EMPTY_HEAD, EMPTY_ROOT, mth
from tests.support.ledger import MemoryLog

SIZES = (1, 2, 3, 255, 256, 257, 511, 512, 700)


@pytest.fixture(scope="module")
def log():
    log = MemoryLog()
    for batch in (1, 254, 1, 1, 300, 143):
        log.append([b"%d %d" % (batch, number) for number in range(batch)])
    return log


def test_a_store_has_every_root_that_its_tree_ever_had(log):
    assert stored.root_at(log, 0) == EMPTY_ROOT
    for size in SIZES:
        assert stored.root_at(log, size) == mth(log.hashes[:size])


def test_a_store_gives_back_the_head_that_it_grew(log):
    assert stored.head_at(log, 0) == EMPTY_HEAD
    assert stored.head_at(log, 700) == log.head


@pytest.mark.parametrize("size", SIZES)
def test_a_store_proves_any_leaf_at_any_size(log, size):
    for index in {0, size // 3, size // 2, size - 1}:
        path = stored.inclusion_proof(log, index, size)
        verify_inclusion(log.hashes[index], index, size, path, mth(log.hashes[:size]))


def test_a_store_proves_what_growth_proved():
    log = MemoryLog()
    log.append([b"a"] * 250)
    growth = log.append([b"b"] * 30)
    for index in range(250, 280):
        assert stored.inclusion_proof(log, index, 280) == growth.proof(index)


@pytest.mark.parametrize("second", SIZES)
def test_a_store_proves_that_any_size_grew_from_any_smaller(log, second):
    for first in (size for size in SIZES if size <= second):
        path = stored.consistency_proof(log, first, second)
        verify_consistency(first, second, mth(log.hashes[:first]), mth(log.hashes[:second]), path)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_a_leaf_outside_the_tree_cannot_be_proved(log, index, size):
    with pytest.raises(Misuse):
        stored.inclusion_proof(log, index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 5), (6, 5), (-1, 5)])
def test_growth_from_nothing_or_backwards_cannot_be_proved(log, first, second):
    with pytest.raises(Misuse):
        stored.consistency_proof(log, first, second)


def test_a_size_beyond_the_store_is_a_fault(log):
    with pytest.raises(Fault):
        stored.root_at(log, 701)


def test_proofs_of_several_leaves_are_those_of_each():
    log = MemoryLog()
    log.append([b"%d" % number for number in range(600)])
    indexes = [0, 255, 256, 511, 599]
    for size in (600, 700):
        log.append([b"later"] * (size - log.head.size))
        expected = [stored.inclusion_proof(log, index, size) for index in indexes]
        assert list(stored.inclusion_proofs(log, indexes, size)) == expected
    with pytest.raises(Misuse):
        list(stored.inclusion_proofs(log, [0, 700], 700))
