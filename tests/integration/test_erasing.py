"""A document is erased: nothing is left of it but its place, and everything else still holds."""

import json
from base64 import b64encode

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from edi_gateway.errors import Fault, Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.query import DocumentQuery, Erasure
from edi_gateway.model.record import LEDGER, Examined, Recorded
from edi_gateway.storage.tables import documents, entries, payloads, statements
from edi_gateway.workflows import audit, dispose
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.dispose import Gone, NotOnHold, OnHold, Unknown
from edi_gateway.workflows.verify import verify_ledger
from tests.support.custody import AUTHORITY, REASON, erase, hold, kept, release
from tests.support.failing import Moment, failing
from tests.support.gateway import ORIGIN
from tests.support.recording import examined, one


def record(gateway: Gateway, *numbers: str) -> list[Recorded]:
    recorded = gateway.recorder.record([examined(number, idempotency_key=f"key {number}") for number in numbers])
    return [each for each in recorded if isinstance(each, Recorded)]


def statement(recorded: Recorded) -> dict:
    return json.loads(recorded.receipt)["statement"]


def rows_of(gateway: Gateway, id: str) -> dict[str, int]:
    with gateway.engine.connect() as connection:
        return {
            table.name: len(connection.execute(table.select().where(table.c.id == id)).all())
            for table in (documents, payloads, statements)
        }


def test_payload_record_statement_and_salt_are_destroyed_and_the_entry_stays(gateway: Gateway):
    (order,) = record(gateway, "PO-1")
    place = kept(gateway, order.id)
    with gateway.engine.connect() as connection:
        before = connection.execute(entries.select()).all()
    erase(gateway, order.id)
    assert rows_of(gateway, order.id) == {"documents": 0, "payloads": 0, "statements": 0}
    with gateway.engine.connect() as connection:
        assert connection.execute(entries.select().order_by(entries.c.leaf_index)).all()[: len(before)] == before
    with pytest.raises(LookupError):
        gateway.ledger.entry(place.record.index)
    assert gateway.archive.payload(order.id) is None
    assert gateway.archive.document(order.id) is None
    assert gateway.archive.find(DocumentQuery()) == []


def test_the_erasure_is_recorded_in_the_senders_chain_without_a_word_of_the_document(gateway: Gateway):
    (order,) = record(gateway, "PO-SECRET")
    place = kept(gateway, order.id)
    recorded = erase(gateway, order.id)
    said = statement(recorded)
    assert said.pop("recordedAt")
    assert said == {
        "type": "document.erased",
        "id": recorded.id,
        "origin": ORIGIN,
        "by": "Olga",
        "reason": REASON,
        "authority": AUTHORITY,
        "entry": {"id": order.id, "index": 4, "leafHash": b64encode(place.leaf_hash).decode()},
        "chain": {"party": "acme", "sequence": 4, "previous": b64encode(place.leaf_hash).decode()},
    }
    check_receipt(recorded.receipt, gateway.notary.vkey)
    assert gateway.archive.erasure(order.id) == Erasure(order.id, 4, 5)


@pytest.mark.parametrize("code", ["document-invalid", None])
def test_whatever_the_verdict_was_a_document_can_be_erased(gateway: Gateway, code: str | None):
    recorded = one(gateway.recorder, examined("PO-1", code=code))
    erase(gateway, recorded.id)
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).documents == 0


def test_every_other_receipt_is_made_again_byte_for_byte_and_holds(gateway: Gateway):
    recorded = record(gateway, *(f"PO-{n}" for n in range(20)))
    for order in recorded[::3]:
        erase(gateway, order.id)
    for order in recorded:
        check_receipt(order.receipt, gateway.notary.vkey)
    for order in [other for other in recorded if other not in recorded[::3]]:
        assert audit.receipt(gateway.archive, gateway.recorder, order.id) == order.receipt
    found = verify_ledger(gateway.ledger, ORIGIN, full=True)
    assert (found.head.size, found.documents) == (31, 13)


def test_the_chain_of_the_sender_goes_on_through_the_leaf_hash(gateway: Gateway):
    first, second = record(gateway, "PO-1", "PO-2")
    place = kept(gateway, second.id)
    erase(gateway, first.id)
    erasing = erase(gateway, second.id)
    assert statement(erasing)["chain"]["sequence"] == 6
    assert statement(erasing)["entry"]["leafHash"] == b64encode(place.leaf_hash).decode()
    (third,) = record(gateway, "PO-3")
    assert statement(third)["chain"]["previous"] == b64encode(kept_leaf(gateway, 7)).decode()
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).parties == 2


def kept_leaf(gateway: Gateway, index: int) -> bytes:
    return gateway.ledger.leaves(index, index + 1)[0]


def test_a_document_that_was_erased_cannot_be_erased_or_held_again(gateway: Gateway):
    (order,) = record(gateway, "PO-1")
    recorded = erase(gateway, order.id)
    index = json.loads(recorded.receipt)["index"]
    for act in (erase, hold, release):
        with pytest.raises(Gone, match=f"entry {index} "):
            act(gateway, order.id)


@pytest.mark.parametrize("id", ["nothing", "01990000-0000-7000-8000-000000000000", ""])
def test_what_was_never_there_is_not_erased(gateway: Gateway, id: str):
    with pytest.raises(Unknown):
        erase(gateway, id)


def test_an_erasure_is_not_erased(gateway: Gateway):
    (order,) = record(gateway, "PO-1")
    recorded = erase(gateway, order.id)
    with pytest.raises(Unknown):
        erase(gateway, recorded.id)


@pytest.mark.parametrize("words", ["", " ", "two\nlines", "\x1b[2J", "x" * 201])
def test_a_reason_that_says_nothing_or_too_much_is_refused(gateway: Gateway, words: str):
    (order,) = record(gateway, "PO-1")
    for reason, authority in ((words, AUTHORITY), (REASON, words)):
        with pytest.raises(Misuse):
            dispose.erase(kept(gateway, order.id), reason, authority, gateway.office())
    with pytest.raises(Misuse):
        dispose.hold(kept(gateway, order.id), words, gateway.office())


def test_a_document_sent_again_after_its_erasure_is_recorded_anew(gateway: Gateway):
    (first,) = record(gateway, "PO-1")
    erase(gateway, first.id)
    (second,) = record(gateway, "PO-1")
    assert not second.repeated
    assert second.id != first.id
    (third,) = record(gateway, "PO-1")
    assert (third.repeated, third.receipt) == (True, second.receipt)
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).documents == 1


def test_a_hold_forbids_erasing_until_it_is_released(gateway: Gateway):
    (order,) = record(gateway, "PO-1")
    held = hold(gateway, order.id)
    assert kept(gateway, order.id).held
    assert statement(held)["type"] == "document.held"
    with pytest.raises(OnHold):
        erase(gateway, order.id)
    with pytest.raises(OnHold):
        hold(gateway, order.id)
    assert statement(release(gateway, order.id))["type"] == "document.released"
    with pytest.raises(NotOnHold):
        release(gateway, order.id)
    hold(gateway, order.id)
    release(gateway, order.id)
    erase(gateway, order.id)
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).head.size == 10


def test_holds_stand_in_the_ledgers_own_chain(gateway: Gateway):
    (order,) = record(gateway, "PO-1")
    held, released = hold(gateway, order.id), release(gateway, order.id)
    assert [statement(each)["chain"]["party"] for each in (held, released)] == [LEDGER, LEDGER]
    assert statement(held)["reason"] == "case 12 O 345/26"
    assert "reason" not in statement(released)


def test_an_erasure_that_a_hold_overtook_changes_nothing(gateway: Gateway):
    (order,) = record(gateway, "PO-1")
    act = dispose.erase(kept(gateway, order.id), REASON, AUTHORITY, gateway.office())
    hold(gateway, order.id)
    head = gateway.ledger.head()
    with pytest.raises(Fault, match="on hold"):
        gateway.record(act)
    assert gateway.ledger.head() == head
    assert rows_of(gateway, order.id) == {"documents": 1, "payloads": 1, "statements": 1}


def test_of_two_who_erase_at_once_one_is_told_that_it_came_too_late(gateway: Gateway):
    (order,) = record(gateway, "PO-1")
    acts = [dispose.erase(kept(gateway, order.id), REASON, AUTHORITY, gateway.office()) for _ in range(2)]
    gateway.record(acts[0])
    with pytest.raises(Fault, match="somebody else"):
        gateway.record(acts[1])
    holding = [dispose.Kept(place.record, place.leaf_hash, False) for place in [kept_order(gateway)] * 2]
    gateway.record(dispose.hold(holding[0], "a", gateway.office()))
    with pytest.raises(Fault, match="somebody else"):
        gateway.record(dispose.hold(holding[1], "b", gateway.office()))
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def kept_order(gateway: Gateway) -> dispose.Kept:
    (order,) = record(gateway, "PO-2")
    return kept(gateway, order.id)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whichever_statement_fails_the_erasure_is_whole_or_did_not_happen(gateway: Gateway, moment: Moment):
    recorded = record(gateway, *(f"PO-{n}" for n in range(40)))
    with failing(gateway.engine, None) as seen:
        erase(gateway, recorded[0].id)
    for at, order in zip(range(len(seen.seen)), recorded[1:], strict=False):
        size = gateway.ledger.head().size
        with failing(gateway.engine, at, moment), pytest.raises(Exception, match=r"on fire|confirm|can't be"):
            erase(gateway, order.id)
        gone = gateway.ledger.head().size > size
        assert rows_of(gateway, order.id) == dict.fromkeys(("documents", "payloads", "statements"), int(not gone))
        assert (gateway.archive.erasure(order.id) is not None) == gone
        verify_ledger(gateway.ledger, ORIGIN, full=True)
    assert len(seen.seen) < len(recorded)


# What lets a document go is an erasure that the ledger records: each of these lacks something of it.
UNLAWFUL = {
    "a record of another kind": ("leaf_index, id, {newest}", "leaf_index = {erased}"),
    "a record in another chain": ("leaf_index, id, {foreign}", "leaf_index = {erased}"),
    "a record that serves another erasure": ("leaf_index, id, {act}", "leaf_index = {erased}"),
    "no record": ("leaf_index, id, 4711", "leaf_index = {erased}"),
    "another's place": ("{other}, id, {act}", "leaf_index = {erased}"),
    "another's name": ("leaf_index, 'x', {act}", "leaf_index = {erased}"),
}


@pytest.mark.parametrize("lack", UNLAWFUL)
def test_nothing_but_a_recorded_erasure_lets_a_document_go(gateway: Gateway, lack: str):
    first, second = record(gateway, "PO-1", "PO-2")
    done = erase(gateway, first.id)
    foreign = one(gateway.recorder, examined("GO-1", sender="globex"))
    erasing = erase(gateway, foreign.id)
    record(gateway, "PO-3")
    places = {
        "erased": kept(gateway, second.id).record.index,
        "other": 4,
        "act": json.loads(done.receipt)["index"],
        "foreign": json.loads(erasing.receipt)["index"],
        "newest": gateway.ledger.head().size - 1,
    }
    columns, where = (part.format(**places) for part in UNLAWFUL[lack])
    insert = f"INSERT INTO erasures (leaf_index, id, erased_by) SELECT {columns} FROM documents WHERE {where}"
    with gateway.engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text(insert))
        connection.rollback()
    assert rows_of(gateway, second.id) == {"documents": 1, "payloads": 1, "statements": 1}


def test_the_database_itself_refuses_to_erase_what_is_on_hold(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    (order,) = record(gateway, "PO-1")
    act = dispose.erase(kept(gateway, order.id), REASON, AUTHORITY, gateway.office())
    hold(gateway, order.id)
    monkeypatch.setattr("edi_gateway.storage.disposal.is_held", lambda *_: False)
    with pytest.raises(Fault, match="a hold forbids it"):
        gateway.record(act)
    assert rows_of(gateway, order.id) == {"documents": 1, "payloads": 1, "statements": 1}


def test_an_erasure_shares_a_commit_with_documents(gateway: Gateway):
    (order,) = record(gateway, "PO-1")
    act = dispose.erase(kept(gateway, order.id), REASON, AUTHORITY, gateway.office())
    again: Examined = examined("PO-1")
    erased, repeated, fresh = gateway.recorder.record([act, again, examined("PO-2")])
    assert isinstance(erased, Recorded)
    # Whoever asks in that very moment is told to ask again, and gets a receipt of its own then.
    assert isinstance(repeated, Fault)
    assert isinstance(fresh, Recorded)
    assert not one(gateway.recorder, again).repeated
    verify_ledger(gateway.ledger, ORIGIN, full=True)
