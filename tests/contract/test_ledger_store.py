"""What every store of the ledger does, whatever it is made of: the promises of `workflows.ports.Ledger`."""

from collections.abc import Iterator

import pytest

from edi_gateway.errors import Fault
from edi_gateway.ledger.tiles import TILE_WIDTH
from edi_gateway.ledger.tree import EMPTY_HEAD, grow, mth
from edi_gateway.model.record import Earlier, Link
from edi_gateway.storage import schema
from edi_gateway.storage.engine import connect
from edi_gateway.storage.ledger import SqlLedger
from edi_gateway.workflows.ports import Ledger
from tests.support.memory_ledger import MemoryLedger
from tests.support.recording import NOTHING, NOW, append_bulk, entries_after, examined, write


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """An empty ledger of each kind."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    engine = connect(request.getfixturevalue(f"{request.param}_url"))
    schema.upgrade(engine)
    yield SqlLedger(engine)
    engine.dispose()


def record(ledger: Ledger, *documents):
    """Write submissions as entries of their senders, one commit for all."""
    with ledger.appending() as transaction:
        entries = entries_after(transaction.head, len(documents))
        growth = grow(transaction.head, [entry.leaf_hash for entry in entries])
        transaction.write(growth, list(zip(entries, documents, strict=True)), NOW)
    return entries


def earlier(ledger: Ledger, *documents):
    with ledger.appending() as transaction:
        return sorted(transaction.earlier(documents), key=lambda found: found.index)


def test_a_new_ledger_is_the_empty_tree(ledger: Ledger):
    assert ledger.head() == EMPTY_HEAD


def test_what_was_written_is_there_once_the_block_has_ended(ledger: Ledger):
    with ledger.appending() as transaction:
        entries = entries_after(transaction.head, 3)
        growth = write(transaction, entries)
        assert ledger.head() == EMPTY_HEAD
    assert ledger.head() == growth.head
    assert [ledger.entry(index) for index in range(3)] == entries
    assert ledger.leaves(0, 3) == [entry.leaf_hash for entry in entries]


def test_nothing_is_there_when_the_block_ended_with_an_error(ledger: Ledger):
    with pytest.raises(ZeroDivisionError), ledger.appending() as transaction:  # noqa: PT012 - it is the block's end
        write(transaction, entries_after(transaction.head, 3))
        raise ZeroDivisionError
    assert (ledger.head(), ledger.leaves(0, 3)) == (EMPTY_HEAD, [])
    append_bulk(ledger, 1)
    assert ledger.head().size == 1


def test_a_block_that_writes_nothing_leaves_the_ledger_as_it_is(ledger: Ledger):
    append_bulk(ledger, 2)
    before = ledger.head()
    with ledger.appending() as transaction:
        assert transaction.head == before
    assert ledger.head() == before


def test_an_entry_that_is_not_there_is_looked_up_in_vain(ledger: Ledger):
    append_bulk(ledger, 2)
    for index in (2, -1, 2**40):
        with pytest.raises(LookupError):
            ledger.entry(index)


def test_hashes_are_given_as_asked_for_and_in_order(ledger: Ledger):
    append_bulk(ledger, 5)
    everything = ledger.leaves(0, 5)
    assert ledger.leaves(1, 4) == everything[1:4]
    assert ledger.leaves(3, 9) == everything[3:]
    assert ledger.leaves(2, 2) == []


@pytest.mark.parametrize("before", [1, TILE_WIDTH - 1, TILE_WIDTH])
def test_a_growth_that_does_not_begin_at_the_head_is_refused(ledger: Ledger, before: int):
    append_bulk(ledger, TILE_WIDTH - 1)
    head = ledger.head()
    elsewhere = grow(EMPTY_HEAD, [bytes(32)] * (before - 1 if before < TILE_WIDTH else TILE_WIDTH)).head
    entries = entries_after(elsewhere, 1, party="another")
    growth = grow(elsewhere, [entry.leaf_hash for entry in entries])
    with pytest.raises(Fault), ledger.appending() as transaction:
        transaction.write(growth, [(entry, NOTHING) for entry in entries], NOW)
    assert ledger.head() == head


def test_a_party_has_its_newest_entry_as_link_and_a_stranger_has_none(ledger: Ledger):
    append_bulk(ledger, 3, "acme")
    append_bulk(ledger, 2, "globex")
    append_bulk(ledger, 1, "acme")
    with ledger.appending() as transaction:
        assert transaction.links(["acme", "globex", "nobody"]) == {
            "acme": Link(4, ledger.leaves(5, 6)[0]),
            "globex": Link(2, ledger.leaves(4, 5)[0]),
        }
        assert transaction.links([]) == {}


@pytest.mark.parametrize("sizes", [[255], [255, 1], [255, 2], [256, 1], [100, 412], [600]], ids=str)
def test_each_full_tile_has_its_root_and_no_other_tile_has(ledger: Ledger, sizes: list[int]):
    for size in sizes:
        append_bulk(ledger, size)
    leaves = ledger.leaves(0, sum(sizes))
    full = sum(sizes) // TILE_WIDTH
    expected = [mth(leaves[n * TILE_WIDTH : (n + 1) * TILE_WIDTH]) for n in range(full)]
    assert ledger.tile_roots(0, 0, full + 1) == expected
    assert ledger.tile_roots(1, 0, 1) == []


def test_only_accepted_documents_of_the_same_sender_count_as_earlier_ones(ledger: Ledger):
    accepted = examined("PO-1", b"a")
    record(ledger, accepted, examined("PO-2", b"b", code="document-invalid"), examined("PO-3", b"c", sender="globex"))
    assert earlier(ledger, examined("PO-1", b"a"), examined("PO-2", b"b"), examined("PO-3", b"c")) == [
        Earlier(accepted.id, 0, "acme", "order", "PO-1", accepted.digest, None)
    ]


@pytest.mark.parametrize(
    "later",
    [examined("PO-9", b"a"), examined("PO-1", b"z"), examined("PO-9", b"z", idempotency_key="once")],
    ids=["digest", "number", "idempotency key"],
)
def test_an_earlier_document_is_found_by_any_of_what_it_shares(ledger: Ledger, later):
    record(ledger, examined("PO-1", b"a", idempotency_key="once"), examined("PO-2", b"b"))
    assert [found.number for found in earlier(ledger, later)] == ["PO-1"]


def test_documents_without_an_idempotency_key_do_not_share_one(ledger: Ledger):
    record(ledger, examined("PO-1", b"a"))
    assert earlier(ledger, examined("PO-2", b"b")) == []


@pytest.mark.parametrize("count", [1, 3, 256])
def test_earlier_documents_are_found_for_a_whole_batch(ledger: Ledger, count: int):
    record(ledger, *(examined(f"PO-{n}") for n in range(count)))
    found = earlier(ledger, *(examined(f"PO-{n}", b"other") for n in range(count)))
    assert [one.number for one in found] == [f"PO-{n}" for n in range(count)]


def test_numbers_that_differ_only_in_case_or_white_space_are_different(ledger: Ledger):
    record(ledger, examined("PO-1", b"a"), examined("Ö", b"b"))
    assert earlier(ledger, *(examined(number, b"z") for number in ("po-1", "PO-1 ", "O\N{COMBINING DIAERESIS}"))) == []


def test_text_in_numbers_is_looked_for_as_it_is(ledger: Ledger):
    odd = ["%", "_", "' OR 1=1 --", ":number", "\\", "\u2028", "\U0001f4dc" * 50]
    record(ledger, *(examined(number) for number in odd))
    found = earlier(ledger, *(examined(number, b"other") for number in odd))
    assert [one.number for one in found] == odd
