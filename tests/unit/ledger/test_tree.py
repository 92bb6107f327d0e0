import pytest

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger.proof import verify_inclusion
from edi_gateway.ledger.tree import EMPTY_HEAD, EMPTY_ROOT, Head, check_head, grow, leaf_hash, mth, node_hash

LEAVES = [leaf_hash(bytes([number])) for number in range(20)]


def test_the_hashes_are_those_of_rfc_6962():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_an_empty_tree_has_the_hash_of_nothing():
    assert mth([]) == EMPTY_ROOT
    check_head(EMPTY_HEAD)


def test_a_tree_splits_at_the_largest_power_of_two():
    a, b, c, d, e = LEAVES[:5]
    assert mth([a]) == a
    assert mth([a, b, c]) == node_hash(node_hash(a, b), c)
    assert mth([a, b, c, d, e]) == node_hash(node_hash(node_hash(a, b), node_hash(c, d)), e)


def test_a_head_keeps_the_complete_subtrees_largest_first():
    head = grow(EMPTY_HEAD, LEAVES[:7]).head
    assert head.frontier == (mth(LEAVES[:4]), mth(LEAVES[4:6]), LEAVES[6])


def test_growing_by_nothing_changes_nothing():
    head = grow(EMPTY_HEAD, LEAVES).head
    assert grow(head, []).head == head


@pytest.mark.parametrize("before", range(20))
def test_each_leaf_that_was_added_is_proved_in_the_tree_that_it_made(before):
    growth = grow(grow(EMPTY_HEAD, LEAVES[:before]).head, LEAVES[before:])
    assert growth.leaves == tuple(LEAVES[before:])
    for index in range(before, 20):
        verify_inclusion(LEAVES[index], index, 20, growth.proof(index), mth(LEAVES))


@pytest.mark.parametrize("index", [-1, 0, 4, 20])
def test_a_leaf_that_was_not_just_added_is_not_proved(index):
    growth = grow(grow(EMPTY_HEAD, LEAVES[:5]).head, LEAVES[5:])
    with pytest.raises(Misuse):
        growth.proof(index)


def test_an_entry_in_place_of_its_hash_is_not_a_leaf():
    with pytest.raises(ValueError, match="32 bytes"):
        grow(EMPTY_HEAD, [b"an entry"])


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(Head(2, LEAVES[0], (LEAVES[0],)), id="another root"),
        pytest.param(Head(3, LEAVES[0], (LEAVES[0],)), id="a subtree missing"),
        pytest.param(Head(-1, LEAVES[0], (LEAVES[0],)), id="a negative size"),
        pytest.param(Head(0, LEAVES[0], ()), id="a root without leaves"),
    ],
)
def test_a_head_whose_parts_do_not_fit_is_found_out(head):
    with pytest.raises(Unproven):
        check_head(Head(head.size, b"\x00" * 32, head.frontier))
