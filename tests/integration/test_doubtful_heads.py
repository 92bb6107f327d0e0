"""Whoever can write to the database has no key: no head is signed, and nothing recorded on it, that is not proved."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import GatewayError, Misuse, Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger.proven import NEAR, Doubtful
from edi_gateway.ledger.tree import Head, frontier_root, grow, leaf_hash
from edi_gateway.settings import load
from tests.support.gateway import Ticking, make_gateway
from tests.support.recording import examined

FORGED = leaf_hash(b"a statement that nobody made")


def record(gateway: Gateway, *numbers: str) -> None:
    gateway.recorder.record([examined(number) for number in numbers])


def put(gateway: Gateway, head: Head) -> None:
    """What somebody who can write to the database, and nothing else, makes of the head."""
    with gateway.engine.begin() as connection:
        connection.execute(
            text("UPDATE head SET size = :size, root = :root, frontier = :frontier"),
            {"size": head.size, "root": head.root, "frontier": b"".join(head.frontier)},
        )


def other(gateway: Gateway, **settings: object) -> Gateway:
    """Another worker's, or another machine's, of the same ledger."""
    given = gateway.settings
    return build(load(data_dir=given.data_dir, database_url=given.database_url, **settings), Ticking())


def forked(head: Head) -> Head:
    """A head whose last subtree is another, and whose root goes with it."""
    frontier = (*head.frontier[:-1], FORGED)
    return Head(head.size, frontier_root(frontier), frontier)


FORGERIES: dict[str, Callable[[Head], Head]] = {
    "a root of zeroes": lambda head: Head(head.size, bytes(32), head.frontier),
    "another last subtree": forked,
    "one entry, invented": lambda head: Head(1, FORGED, (FORGED,)),
    "one entry more, invented": lambda head: grow(head, [FORGED]).head,
    "many entries more, invented": lambda head: grow(head, [FORGED] * (NEAR + 1)).head,
    "no entries": lambda head: Head(0, frontier_root(()), ()),
    "no subtrees": lambda head: Head(head.size, head.root, ()),
}


@pytest.fixture(params=FORGERIES)
def forge(request: pytest.FixtureRequest) -> Callable[[Head], Head]:
    return FORGERIES[request.param]


SIGNED: dict[str, Callable[[Gateway], object]] = {
    "the checkpoint": lambda gateway: gateway.checkpoint(),
    "a publication": lambda gateway: gateway.publisher.publish(),
    "a line of the anchor": lambda gateway: gateway.watch.keep(),
    "a COSE receipt": lambda gateway: gateway.recorder.cose_receipt(0),
    "a document": lambda gateway: record(gateway, "later"),
    "the head, read back": lambda gateway: gateway.recorder.reload(),
}


@pytest.mark.parametrize("sign", SIGNED.values(), ids=SIGNED)
def test_a_running_gateway_signs_and_records_nothing_on_a_head_that_is_not_the_ledgers(
    gateway: Gateway, forge: Callable[[Head], Head], sign: Callable[[Gateway], object]
) -> None:
    record(gateway, "a", "b", "c")
    right = gateway.ledger.head()
    put(gateway, forge(right))
    with pytest.raises(GatewayError):
        sign(gateway)
    put(gateway, right)
    record(gateway, "d")
    assert gateway.ledger.head().size == 8
    gateway.recorder.reload()


@pytest.mark.parametrize("name", ["the checkpoint", "a publication", "a line of the anchor", "a COSE receipt"])
def test_a_gateway_that_was_opened_to_look_signs_no_head_that_its_anchor_contradicts(
    gateway: Gateway, forge: Callable[[Head], Head], name: str
) -> None:
    record(gateway, "a", "b", "c")
    gateway.watch.keep()
    put(gateway, forge(gateway.ledger.head()))
    given = gateway.settings
    looking = build(load(data_dir=given.data_dir, database_url=given.database_url), Ticking(), as_found=True)
    with pytest.raises(GatewayError):
        SIGNED[name](looking)
    looking.close()
    with pytest.raises(Unproven):
        other(gateway)


def test_without_an_anchor_nothing_is_signed_even_by_who_only_looks(gateway: Gateway) -> None:
    gateway.settings.anchor.unlink()
    given = gateway.settings
    looking = build(load(data_dir=given.data_dir, database_url=given.database_url), Ticking(), as_found=True)
    with pytest.raises(Misuse, match="there is no anchor"):
        looking.checkpoint()
    looking.close()


def test_a_false_head_that_another_worker_moved_is_not_built_on(gateway: Gateway) -> None:
    """The entries are there, and the head is a tree's, but not of these entries."""
    beside = other(gateway)
    record(beside, "a")
    put(gateway, forked(beside.ledger.head()))
    with pytest.raises(Doubtful, match="does not agree with its entries"):
        record(gateway, "b")
    beside.close()


@pytest.mark.parametrize("count", [1, 3, NEAR, NEAR + 1, 700])
def test_heads_that_other_workers_moved_are_followed(gateway: Gateway, count: int) -> None:
    beside = other(gateway)
    numbers = [f"n-{number}" for number in range(count)]
    for at in range(0, count, 100):
        record(beside, *numbers[at : at + 100])
    assert gateway.checkpoint() == beside.checkpoint()
    record(beside, "one more")
    record(gateway, "after it")
    assert gateway.ledger.head().size == 4 + count + 2
    assert beside.checkpoint() == gateway.checkpoint()
    beside.close()


def test_an_earlier_receipt_is_not_made_again_from_entries_that_were_changed(sqlite_gateway: Gateway) -> None:
    """Else whoever rewrites an entry only has to ask for its receipt."""
    record(sqlite_gateway, "a")
    record(sqlite_gateway, "b")
    with sqlite_gateway.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER entries_no_update"))
        connection.execute(text("UPDATE entries SET leaf_hash = :leaf WHERE leaf_index = 4"), {"leaf": FORGED})
    with pytest.raises(Doubtful, match="does not agree"):
        sqlite_gateway.recorder.receipt_again(4)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Gateway]:
    """300 entries: one full tile, and an anchor in it."""
    gateway = make_gateway(tmp_path / "data")
    record(gateway, *map(str, range(100)))
    gateway.watch.keep()
    record(gateway, *map(str, range(100, 300)))
    yield gateway
    gateway.close()


def test_a_tile_that_does_not_go_with_the_anchor_is_refused_at_the_start(full: Gateway) -> None:
    """The first entries are those of the anchor, but the tile, and so the head, is of others."""
    with full.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER tiles_no_update"))
        connection.execute(text("UPDATE tiles SET root = :root"), {"root": FORGED})
    head = full.ledger.head()
    frontier = (FORGED, *head.frontier[1:])
    put(full, Head(head.size, frontier_root(frontier), frontier))
    with pytest.raises(Unproven, match=r"The head of the ledger does not agree with its entries: .*docs/operations.md"):
        other(full)
    with pytest.raises(Doubtful):
        full.checkpoint()
