"""Recording as it is: on both databases, one entry for each document, and the same receipt for each repetition."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from edi_gateway.gateway import Gateway
from edi_gateway.ledger.sequencer import Unavailable
from edi_gateway.ledger.stored import head_at
from edi_gateway.ledger.tiles import Tile, tile_bytes
from edi_gateway.ledger.tree import mth
from edi_gateway.storage import tables
from edi_gateway.workflows.verify import verify_ledger
from tests.support.gateway import ORIGIN, contract, enrol_both, make_gateway, transmission
from tests.support.recording import append_bulk, check, examined, record


def statement(receipt: bytes) -> dict:
    return json.loads(receipt)["statement"]


def count(gateway: Gateway, table) -> int:
    with gateway.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_a_signed_document_is_accepted_and_its_receipt_holds(gateway: Gateway):
    recorded = gateway.record(gateway.examine(transmission(contract(), "acme", "jws")))
    assert not recorded.repeated
    assert check(gateway, recorded.receipt).size == gateway.ledger.head().size == 5
    said = statement(recorded.receipt)
    assert (said["type"], said["sender"], said["receiver"]) == ("document.accepted", "acme", "globex")
    assert said["id"] == recorded.id


def test_the_same_document_again_gets_the_first_receipt_byte_for_byte(gateway: Gateway):
    first, again = (gateway.record(gateway.examine(transmission(contract(), "acme", "jws"))) for _ in range(2))
    assert (again.receipt, again.id, again.repeated) == (first.receipt, first.id, True)
    assert gateway.ledger.head().size == 5


def test_a_document_signed_again_over_the_same_content_is_the_same_document(gateway: Gateway):
    one, other = (transmission(contract(), "acme", format) for format in ("jws", "cms"))
    assert one.body != other.body
    first, again = gateway.record(gateway.examine(one)), gateway.record(gateway.examine(other))
    assert again.receipt == first.receipt


def test_the_same_number_with_other_content_is_a_conflict_and_recorded_each_time(gateway: Gateway):
    record(gateway, examined("PO-1", b"a"))
    for size in (6, 7):
        (conflict,) = record(gateway, examined("PO-1", b"b"))
        assert conflict.submission.code == "document-conflict"
        assert statement(conflict.receipt)["type"] == "document.conflict"
        assert check(gateway, conflict.receipt).size == size


def test_the_same_number_of_another_sender_is_another_document(gateway: Gateway):
    recorded = record(gateway, examined("PO-1"), examined("PO-1", sender="globex"))
    assert [one.submission.verdict for one in recorded] == ["accepted", "accepted"]


def test_an_idempotency_key_used_for_another_document_is_a_conflict(gateway: Gateway):
    record(gateway, examined("PO-1", idempotency_key="once"))
    (conflict,) = record(gateway, examined("PO-2", idempotency_key="once"))
    assert conflict.submission.code == "idempotency-key-reused"
    (again,) = record(gateway, examined("PO-1", idempotency_key="once"))
    assert again.repeated


def test_two_documents_with_an_empty_idempotency_key_are_both_accepted(gateway: Gateway):
    for number in ("PO-1", "PO-2"):
        submission = examined(number)
        submission.transmission.headers["idempotency-key"] = ""
        (recorded,) = record(gateway, submission)
        assert recorded.submission.verdict == "accepted"


def test_what_was_refused_may_be_sent_again_and_is_recorded_again(gateway: Gateway):
    refused = [record(gateway, examined("PO-1", code="document-invalid"))[0] for _ in range(2)]
    assert [check(gateway, one.receipt).size for one in refused] == [5, 6]
    (corrected,) = record(gateway, examined("PO-1"))
    assert (corrected.submission.verdict, corrected.repeated) == ("accepted", False)


def test_two_equal_documents_in_one_batch_make_one_entry_and_one_receipt(gateway: Gateway):
    first, other, again = record(gateway, examined("PO-1"), examined("PO-2"), examined("PO-1"))
    assert (again.receipt, again.id, again.repeated) == (first.receipt, first.id, True)
    assert not other.repeated
    assert gateway.ledger.head().size == 6


def test_two_contradicting_documents_in_one_batch_are_one_accepted_and_one_conflict(gateway: Gateway):
    recorded = record(gateway, examined("PO-1", b"a"), examined("PO-1", b"b"), examined("PO-1", b"a"))
    assert [one.submission.verdict for one in recorded] == ["accepted", "conflict", "accepted"]
    assert [one.repeated for one in recorded] == [False, False, True]


def test_two_documents_with_one_idempotency_key_in_one_batch_are_one_accepted_and_one_conflict(gateway: Gateway):
    first, second = record(gateway, *(examined(number, idempotency_key="once") for number in ("PO-1", "PO-2")))
    assert (first.submission.code, second.submission.code) == (None, "idempotency-key-reused")


def test_a_batch_of_repetitions_leaves_the_ledger_as_it_is(gateway: Gateway):
    first = record(gateway, examined("PO-1"), examined("PO-2"))
    head = gateway.ledger.head()
    again = record(gateway, examined("PO-2"), examined("PO-1"))
    assert [one.receipt for one in again] == [first[1].receipt, first[0].receipt]
    assert gateway.ledger.head() == head


def test_an_empty_batch_leaves_the_ledger_as_it_is(gateway: Gateway):
    head = gateway.ledger.head()
    assert record(gateway) == []
    assert gateway.ledger.head() == head


def test_all_of_a_batch_hold_under_one_checkpoint(gateway: Gateway):
    recorded = record(gateway, *(examined(f"PO-{n}") for n in range(20)))
    assert {check(gateway, one.receipt) for one in recorded} == {check(gateway, recorded[0].receipt)}


def test_a_partys_entries_are_a_chain_without_a_gap(gateway: Gateway):
    receipts = [one.receipt for n in range(3) for one in record(gateway, examined(f"A-{n}"), examined(f"B-{n}"))]
    chains = [statement(receipt)["chain"] for receipt in receipts]
    # Before them came the enrolment of the partner and of the key.
    assert [chain["sequence"] for chain in chains] == [3, 4, 5, 6, 7, 8]
    verify_ledger(gateway.ledger, ORIGIN, full=True)


@pytest.mark.parametrize("sizes", [[250], [252], [253], [251, 300], [508, 1]], ids=str)
def test_a_receipt_is_repeated_byte_for_byte_when_the_ledger_has_grown_over_the_borders_of_tiles(
    gateway: Gateway, sizes: list[int]
):
    first = record(gateway, examined("FIRST"), examined("SECOND"))
    for size in sizes:
        append_bulk(gateway.ledger, size)
        late = record(gateway, examined(f"LATE-{size}"))
    assert [one.receipt for one in record(gateway, examined("FIRST"), examined("SECOND"))] == [
        one.receipt for one in first
    ]
    assert record(gateway, examined(f"LATE-{sizes[-1]}"))[0].receipt == late[0].receipt
    assert check(gateway, late[0].receipt).size == gateway.ledger.head().size


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513])
def test_tiles_are_stored_when_they_are_full_and_not_before(gateway: Gateway, size: int):
    append_bulk(gateway.ledger, size - 4)
    assert count(gateway, tables.tiles) == size // 256
    leaves = gateway.ledger.leaves(0, size)
    for number in range(size // 256):
        assert tile_bytes(gateway.ledger, Tile(0, number)) == b"".join(leaves[number * 256 : number * 256 + 256])
    assert gateway.ledger.head() == head_at(gateway.ledger, size)
    assert gateway.ledger.head().root == mth(leaves)


def test_a_tile_of_the_second_level_is_stored_when_it_is_full(tmp_path: Path):
    gateway = make_gateway(tmp_path)
    enrol_both(gateway)
    first = record(gateway, examined("FIRST"))
    append_bulk(gateway.ledger, 65_536 - 5 - 1)
    assert gateway.ledger.tile_roots(1, 0, 1) == []
    (last,) = record(gateway, examined("LAST"))
    leaves = gateway.ledger.leaves(0, 65_536)
    assert gateway.ledger.tile_roots(1, 0, 2) == [mth(leaves)]
    assert check(gateway, last.receipt).root == mth(leaves)
    (beyond,) = record(gateway, examined("BEYOND"))
    assert check(gateway, beyond.receipt).size == 65_537
    again = record(gateway, examined("FIRST"), examined("LAST"), examined("BEYOND"))
    assert [one.receipt for one in again] == [first[0].receipt, last.receipt, beyond.receipt]
    gateway.close()


def test_ids_sort_by_the_time_of_receipt(gateway: Gateway):
    ids = [gateway.new_id(gateway.clock()) for _ in range(100)]
    assert ids == sorted(ids)


def test_text_that_postgresql_has_not_does_not_stop_a_refusal_from_being_recorded(gateway: Gateway):
    (refused,) = record(gateway, examined("PO-\0", code="document-invalid", currency="\0"))
    assert statement(refused.receipt)["document"]["number"] == "PO-\0"
    check(gateway, refused.receipt)
    assert gateway.archive.document(refused.id).number == "PO-\N{REPLACEMENT CHARACTER}"
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_a_contract_with_text_that_postgresql_has_not_is_refused_and_recorded(gateway: Gateway):
    document = json.dumps(json.loads(contract()) | {"contractId": "FC\0", "title": "\0"}).encode()
    recorded = gateway.record(gateway.examine(transmission(document, "acme", "jws")))
    assert recorded.submission.code == "document-invalid"
    check(gateway, recorded.receipt)


def test_a_contract_with_a_very_long_number_is_refused_and_recorded(gateway: Gateway):
    document = json.dumps(json.loads(contract()) | {"contractId": "x" * 100_000}).encode()
    recorded = gateway.record(gateway.examine(transmission(document, "acme", "jws")))
    assert recorded.submission.code == "document-invalid"
    check(gateway, recorded.receipt)


def test_a_damaged_old_entry_costs_nobody_but_who_asks_for_it_the_answer(gateway: Gateway, monkeypatch):
    (old,) = record(gateway, examined("OLD"))
    found = type(gateway.ledger).entry

    def damaged(ledger, index):
        if index == 4:
            raise LookupError(index)
        return found(ledger, index)

    monkeypatch.setattr(type(gateway.ledger), "entry", damaged)
    again, fresh = gateway.recorder.record([examined("OLD"), examined("NEW")])
    assert old.id in str(again)
    assert check(gateway, fresh.receipt).size == 6


class Overtaken:
    """A ledger that others record in while its head is read: `head` is what was read, `meanwhile` happens after."""

    def __init__(self, ledger, head, meanwhile):
        self._ledger, self._head, self._meanwhile = ledger, head, meanwhile

    def head(self):
        self._meanwhile()
        return self._head

    def __getattr__(self, name):
        return getattr(self._ledger, name)


def test_no_cose_receipt_is_given_of_a_ledger_that_went_back(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    older = gateway.ledger.head()
    record(gateway, examined("PO-1"))
    monkeypatch.setattr(gateway.recorder.memory, "_store", Overtaken(gateway.ledger, older, lambda: None))
    with pytest.raises(Unavailable, match="went back from 5 entries to 4"):
        gateway.recorder.cose_receipt(0)


def test_a_cose_receipt_is_given_while_others_record(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    older = gateway.ledger.head()
    meanwhile = Overtaken(gateway.ledger, older, lambda: record(gateway, examined("PO-1")))
    monkeypatch.setattr(gateway.recorder.memory, "_store", meanwhile)
    assert gateway.recorder.cose_receipt(0)
    assert gateway.ledger.head().size == older.size + 1
