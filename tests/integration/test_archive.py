"""The record's questions, on each database."""

from edi_gateway.gateway import Gateway
from edi_gateway.model.query import DocumentQuery
from edi_gateway.workflows import audit
from tests.support.gateway import enrol_key, invoice, order, pem, transmission


def take(gateway: Gateway, document: bytes, owner: str) -> tuple[str, bytes]:
    recorded = gateway.record(gateway.examine(transmission(document, owner, at=gateway.clock())))
    return recorded.id, recorded.receipt


def numbers(gateway: Gateway, query: DocumentQuery) -> list[str | None]:
    return [record.number for record in audit.find(gateway.archive, query).documents]


def test_documents_are_found_newest_first_by_whoever_may_see_them(gateway: Gateway) -> None:
    take(gateway, order("PO-1"), "globex")
    take(gateway, invoice("INV-1"), "acme")
    take(gateway, invoice("INV-2"), "globex")
    assert numbers(gateway, DocumentQuery()) == ["INV-2", "INV-1", "PO-1"]
    assert numbers(gateway, DocumentQuery(party="acme")) == ["INV-1", "PO-1"]
    assert numbers(gateway, DocumentQuery(party="globex")) == ["INV-2", "INV-1", "PO-1"]
    assert numbers(gateway, DocumentQuery(party="globex", verdict="accepted", text="V-")) == ["INV-1"]


def test_a_page_says_where_the_next_one_begins(gateway: Gateway) -> None:
    ids = [take(gateway, order(f"PO-{number}"), "globex")[0] for number in range(3)]
    page = audit.find(gateway.archive, DocumentQuery(limit=2))
    assert [record.id for record in page.documents] == ids[:0:-1]
    assert page.next == ids[1]
    last = audit.find(gateway.archive, DocumentQuery(limit=2, before=page.next))
    assert [record.id for record in last.documents] == ids[:1]
    assert last.next is None


def test_a_receipt_is_made_again_for_whoever_may_see_the_document(gateway: Gateway) -> None:
    id, receipt = take(gateway, invoice(), "acme")
    take(gateway, order(), "globex")
    assert audit.receipt(gateway.archive, gateway.recorder, id) == receipt
    assert audit.receipt(gateway.archive, gateway.recorder, id, "globex") == receipt
    assert audit.receipt(gateway.archive, gateway.recorder, id, "initech") is None


def test_content_is_what_arrived(gateway: Gateway) -> None:
    sent = transmission(invoice(), "acme", "smime", at=gateway.clock())
    id = gateway.record(gateway.examine(sent)).id
    assert audit.content(gateway.archive, id) == audit.Content(sent.body, sent.content_type)
    assert audit.content(gateway.archive, id, "initech") is None


def test_a_key_has_its_history(gateway: Gateway) -> None:
    enrol_key(gateway, "acme", pem("next"))
    take(gateway, invoice(), "acme")
    directory = gateway.directory.refreshed()
    first, second = audit.key_histories(gateway.archive, directory, "acme", gateway.clock())
    assert [event.index for event in first.events] == [1]
    assert [(event.index, event.type, event.by) for event in second.events] == [(4, "key.added", None)]
    assert (first.state, second.state) == ("active", "active")
    assert audit.key_histories(gateway.archive, directory, "nobody", gateway.clock()) == []
