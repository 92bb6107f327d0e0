"""What may be signed: heads that go on from each other, and are made of the stored tree."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import edi_gateway
from edi_gateway.errors import Unproven
from edi_gateway.ledger.proven import NEAR, Doubtful, Memory, Proven, check_grown, made_of
from edi_gateway.ledger.tree import EMPTY_HEAD, EMPTY_ROOT, Head, frontier_root, leaf_hash
from tests.support.ledger import MemoryLog

SIZES = (1, 2, 255, 256, 257, 700)


def grown(size: int) -> MemoryLog:
    log = MemoryLog()
    log.append([b"entry %d" % number for number in range(size)])
    return log


def shown(log: MemoryLog, head: Head) -> SimpleNamespace:
    """A store with the log's tree, and another head."""
    return SimpleNamespace(leaves=log.leaves, tile_roots=log.tile_roots, head=lambda: head)


@pytest.mark.parametrize("before", [0, *SIZES])
@pytest.mark.parametrize("size", SIZES)
def test_a_head_that_grew_from_another_is_proved(before: int, size: int) -> None:
    log, old = grown(size), grown(min(before, size)).head
    memory = Memory(shown(log, log.head), lambda: old)
    assert memory.newest() == Proven(size, log.head.root) == made_of(log, log.head)
    assert memory.at(old.size) == Proven(old.size, old.root)
    check_grown(log, old.size, old.root, log.head)


@pytest.mark.parametrize("more", [1, NEAR, NEAR + 1])
def test_a_head_that_grew_from_another_tree_is_not(more: int) -> None:
    log = grown(300 + more)
    frontier = (*grown(300).head.frontier[:-1], leaf_hash(b"another"))
    old = Head(300, frontier_root(frontier), frontier)
    with pytest.raises(Doubtful, match="does not agree with its entries"):
        Memory(shown(log, log.head), lambda: old).newest()
    with pytest.raises(Unproven):
        check_grown(log, 300, old.root, log.head)


def test_a_head_without_its_entries_is_not_proved() -> None:
    log = grown(300)
    for head in (grown(301).head, grown(400).head, Head(300, EMPTY_ROOT, log.head.frontier)):
        with pytest.raises(Unproven):
            made_of(log, head)
        with pytest.raises(Unproven):
            check_grown(log, 256, grown(256).head.root, head)
        with pytest.raises(Doubtful):
            Memory(shown(log, head), lambda: log.head).newest()


def test_what_was_proved_once_is_not_gone_back_on() -> None:
    log = grown(7)
    memory = Memory(shown(log, EMPTY_HEAD), lambda: log.head)
    with pytest.raises(Doubtful, match="went back from 7 entries to 0"):
        memory.newest()
    with pytest.raises(Doubtful, match="went back from 7 entries to 5"):
        memory.follow(grown(5).head, log)


def test_a_head_of_its_own_making_needs_no_reading() -> None:
    before = grown(7).head
    memory = Memory(SimpleNamespace(), lambda: before)
    memory.follow(before, SimpleNamespace())
    growth = grown(7).append([b"more", b"and more"])
    assert memory.grown(before, growth) == Proven(9, growth.head.root)
    memory.follow(growth.head, SimpleNamespace())


def test_nothing_else_makes_what_may_be_signed() -> None:
    package = Path(edi_gateway.__file__).parent
    makers = [file.name for file in package.rglob("*.py") if re.search(r"\bProven\(", file.read_text("utf-8"))]
    assert makers == ["proven.py"]
