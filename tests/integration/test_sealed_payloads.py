"""What is stored encrypted is read as if it weren't, by whoever has the key, and by nobody else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.storage.encrypting import encrypt_some
from edi_gateway.workflows import audit, evidence
from edi_gateway.workflows.payload_ports import PayloadKeyUnavailable
from edi_gateway.workflows.verify import verify_ledger
from tests.support import sealing
from tests.support.custody import erase
from tests.support.gateway import ORIGIN, invoice, order, transmission
from tests.support.recording import examined


@pytest.fixture
def sealed(gateway: Gateway) -> Iterator[Gateway]:
    """A gateway that encrypts, on each database in turn."""
    opened = sealing.encrypting(gateway)
    yield opened
    opened.close()


def post(gateway: Gateway, document: bytes, owner: str, **headers: str):
    return gateway.record(gateway.examine(transmission(document, owner, headers=headers)))


def audited(gateway: Gateway) -> int:
    return verify_ledger(gateway.ledger, ORIGIN, full=True).documents


def test_a_document_is_read_as_it_came_and_argued_as_any_other(sealed: Gateway):
    sent = transmission(invoice(), "acme", headers={"x-note": "as it came"})
    recorded = sealed.record(sealed.examine(sent))
    content = audit.content(sealed.archive, recorded.id)
    assert content.body == sent.body
    assert json.loads(sealed.archive.payload(recorded.id).headers)["x-note"] == "as it came"
    assert audit.report(sealed.archive, recorded.id)["documentId"] == recorded.id
    assert evidence.gather(sealed.evidence, recorded.id)
    assert audited(sealed) == 1


def test_it_is_stored_encrypted_and_not_beside_that_in_plain(sealed: Gateway):
    post(sealed, order("PO-1"), "globex")
    assert (len(sealing.rows(sealed, "sealed_payloads")), sealing.rows(sealed, "payloads")) == (1, [])
    with sealed.engine.connect() as connection:
        assert connection.scalar(text("SELECT report FROM documents")) == b""


def test_the_same_bytes_get_the_same_receipt_and_a_contradiction_its_own_report(sealed: Gateway):
    first = post(sealed, order("PO-1"), "globex")
    again = post(sealed, order("PO-1"), "globex")
    other = post(sealed, order("PO-1", contract="C-OTHER"), "globex")
    assert (again.receipt, again.repeated) == (first.receipt, True)
    assert sealed.archive.document(other.id).verdict == "conflict"
    assert [one["rule"] for one in audit.report(sealed.archive, other.id)["findings"]] != []
    assert audited(sealed) == 2


def test_a_list_takes_no_key(sealed: Gateway):
    post(sealed, order("PO-1"), "globex")
    lost(sealed)
    plain = sealing.encrypting(sealed)
    assert [one.number for one in audit.find(plain.archive, audit.DocumentQuery()).documents] == ["PO-1"]
    plain.close()


def lost(gateway: Gateway) -> Path:
    """Put the payload key where the gateway doesn't find it, and have the gateway forget it."""
    file = sealing.key_file(gateway, gateway.vault.keys.in_force())
    gateway.vault.close()
    return file.rename(file.with_suffix(".away"))


def test_without_its_key_nothing_is_recorded_or_read_and_with_it_all_is_there(sealed: Gateway):
    recorded = post(sealed, order("PO-1"), "globex")
    size, away = sealed.ledger.head().size, lost(sealed)
    for attempt in (
        lambda: post(sealed, order("PO-2"), "globex"),
        lambda: sealed.archive.payload(recorded.id),
        lambda: sealed.archive.report(recorded.id),
        lambda: evidence.gather(sealed.evidence, recorded.id),
        lambda: audited(sealed),
        sealed.vault.check,
    ):
        with pytest.raises(PayloadKeyUnavailable, match="payload key"):
            attempt()
    with pytest.raises(Misuse, match="payload key"):
        sealed.vault.ready()
    assert sealed.ledger.head().size == size
    assert sealed.recorder.receipt_again(sealed.archive.document(recorded.id).index) == recorded.receipt
    away.rename(away.with_suffix(".key"))
    opened = sealing.encrypting(sealed)
    opened.vault.ready()
    assert opened.archive.payload(recorded.id)
    assert audited(opened) == 1
    opened.close()


def test_a_document_is_erased_also_when_its_key_is_lost(sealed: Gateway):
    recorded = post(sealed, order("PO-1"), "globex")
    away = lost(sealed)
    plain = sealing.encrypting(sealed)
    plain.vault.on = False
    erase(plain, recorded.id)
    assert (sealing.rows(plain, "sealed_payloads"), sealing.rows(plain, "data_keys")) == ([], [])
    away.rename(away.with_suffix(".key"))
    assert audited(plain) == 0
    plain.close()


def test_another_key_in_the_place_of_the_right_one_is_told(sealed: Gateway):
    post(sealed, order("PO-1"), "globex")
    right = sealing.key_file(sealed, sealed.vault.keys.in_force())
    lost(sealed)
    right.touch(0o600)
    right.write_text("A" * 43 + "=")
    with pytest.raises(PayloadKeyUnavailable, match="is not the payload key"):
        post(sealed, order("PO-2"), "globex")


def test_a_gateway_that_is_to_encrypt_and_has_no_key_records_nothing(gateway: Gateway):
    sealing.put_in_force(gateway)
    opened = sealing.encrypting(gateway)
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE head SET payload_key = NULL"))
    for attempt, error in ((lambda: post(opened, order(), "globex"), Fault), (opened.vault.ready, Misuse)):
        with pytest.raises(error, match="payload-key create"):
            attempt()
    opened.close()


def test_a_document_that_would_be_stored_in_plain_is_not_stored(sealed: Gateway):
    size = sealed.ledger.head().size
    object.__setattr__(sealed.recorder, "protect", lambda batch: batch)
    with pytest.raises(Fault, match="in plain"):
        post(sealed, order(), "globex")
    assert sealed.ledger.head().size == size


def test_documents_from_before_stay_readable_and_are_encrypted_when_somebody_wants_it(gateway: Gateway):
    before = [post(gateway, order(f"PO-{n}"), "globex") for n in range(5)]
    stored = {one.id: (gateway.archive.payload(one.id), gateway.archive.report(one.id)) for one in before}
    opened = sealing.encrypting(gateway)
    after = post(opened, order("PO-NEW"), "globex")
    assert {one.id: (opened.archive.payload(one.id), opened.archive.report(one.id)) for one in before} == stored
    assert encrypt_some(opened.engine, opened.vault).documents == 5
    assert encrypt_some(opened.engine, opened.vault) is None
    assert sealing.rows(opened, "payloads") == []
    assert {one.id: (opened.archive.payload(one.id), opened.archive.report(one.id)) for one in before} == stored
    assert opened.archive.payload(after.id)
    assert (opened.vault.keys.counts().plain, audited(opened)) == (0, 6)
    opened.close()


def test_encrypting_that_is_interrupted_leaves_each_document_whole_and_goes_on(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    gateway.recorder.record([examined(f"PO-{n}") for n in range(7)])
    opened = sealing.encrypting(gateway)
    monkeypatch.setattr("edi_gateway.storage.encrypting.MOST_BYTES", 0)
    first = encrypt_some(opened.engine, opened.vault)
    assert first.documents == 1
    with monkeypatch.context() as broken:
        broken.setattr("edi_gateway.storage.encrypting._drop_plain", lambda *_: (_ for _ in ()).throw(Fault("torn")))
        with pytest.raises(Fault, match="torn"):
            encrypt_some(opened.engine, opened.vault, first.last)
    assert len(sealing.rows(opened, "payloads")) == 6
    count, after = 0, ""
    while done := encrypt_some(opened.engine, opened.vault, after):
        count, after = count + done.documents, done.last
    assert (count, audited(opened)) == (6, 7)
    opened.close()


def test_the_database_lets_no_plain_payload_go_that_is_not_sealed(gateway: Gateway):
    gateway.recorder.record([examined("PO-1"), examined("PO-2")])
    opened = sealing.encrypting(gateway)
    opened.recorder.record([examined("PO-3")])
    for statement in (
        "DELETE FROM payloads",
        "UPDATE documents SET report = ''",
        "UPDATE documents SET report = '', number = 'PO-9' WHERE number = 'PO-3'",
        "UPDATE documents SET number = 'PO-9' WHERE number = 'PO-3'",
        "DELETE FROM sealed_payloads",
        "DELETE FROM data_keys",
        "UPDATE data_keys SET id = 'x'",
    ):
        with opened.engine.connect() as connection, pytest.raises(Exception, match="append-only"):
            connection.execute(text(statement))
    assert audited(opened) == 3
    opened.close()


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("sealed_payloads", ("body",)),
        ("sealed_payloads", ("headers",)),
        ("sealed_payloads", ("report",)),
        ("sealed_payloads", ("body", "headers", "report")),
        ("data_keys", ("wrapped",)),
        ("data_keys", ("payload_key", "wrapped")),
    ],
    ids=str,
)
def test_rows_that_are_swapped_are_found_by_reading_evidence_and_audit(
    sealed: Gateway, table: str, columns: tuple[str, ...]
):
    one, other = (post(sealed, order(f"PO-{n}"), "globex") for n in range(2))
    swap(sealed, table, columns)
    reads = {"report": sealed.archive.report, "body": sealed.archive.payload, "headers": sealed.archive.payload}
    for id in (one.id, other.id):
        for column in columns:
            with pytest.raises(Unproven, match=id):
                reads.get(column, sealed.archive.payload)(id)
        with pytest.raises(Unproven):
            evidence.gather(sealed.evidence, id)
    index = sealed.archive.document(one.id).index
    with pytest.raises(Unproven, match=f"entry {index}"):
        audited(sealed)


def swap(gateway: Gateway, table: str, columns: tuple[str, ...]) -> None:
    """Exchange these columns of the two rows that there are, as whoever can write to the database may."""
    query = text(f"SELECT id, {', '.join(columns)} FROM {table} ORDER BY id")
    with gateway.engine.begin() as connection:
        sealing.unguarded(connection)
        rows = connection.execute(query).all()
        assignments = ", ".join(f"{column} = :{column}" for column in columns)
        for row, from_ in zip(rows, reversed(rows), strict=True):
            values = {column: getattr(from_, column) for column in columns}
            update = text(f"UPDATE {table} SET {assignments} WHERE id = :id")
            connection.execute(update, values | {"id": row.id})


def test_the_audit_that_never_ends_finds_where_it_is_and_goes_on_once_it_is_mended(sealed: Gateway):
    posted = [post(sealed, order(f"PO-{n}"), "globex") for n in range(2)]
    scrubber = sealed.auditing.scrubber(100)
    scrubber.run()
    swap(sealed, "sealed_payloads", ("body",))
    with pytest.raises(Unproven, match=posted[0].id):
        scrubber.run()
    assert sealed.auditing.scrubbed().index == sealed.archive.document(posted[0].id).index
    swap(sealed, "sealed_payloads", ("body",))
    scrubber.run()
    assert sealed.auditing.scrubbed().failure is None


def test_a_data_key_that_is_gone_is_told(sealed: Gateway):
    recorded = post(sealed, order("PO-1"), "globex")
    with sealed.engine.begin() as connection:
        sealing.unguarded(connection)
        connection.execute(text("DELETE FROM data_keys"))
    with pytest.raises(Unproven, match="missing"):
        sealed.archive.payload(recorded.id)
    with pytest.raises(Unproven, match=r"entry 4: the data key .* is missing"):
        audited(sealed)


def test_a_stolen_database_has_no_byte_of_a_document(sqlite_gateway: Gateway, tmp_path: Path):
    opened = sealing.encrypting(sqlite_gateway)
    plain, sealed = traces(sqlite_gateway, "PO-1"), traces(opened, "PO-2")
    # The first shows that there is something to find: file and log are looked through alike.
    assert (found(tmp_path, plain), found(tmp_path, sealed)) == ({"body", "header", "report"}, set())
    while encrypt_some(opened.engine, opened.vault):
        pass
    assert opened.ledger.wipe()
    assert found(tmp_path, plain) == set()
    opened.close()


def traces(gateway: Gateway, number: str) -> dict[str, bytes]:
    """What there is to find of a refused document, by name."""
    mark = f"NEEDLE-{number}"
    document = order(number).replace(b"<cbc:ID>", f"<cbc:Odd{mark}/><cbc:ID>".encode(), 1)
    sent = transmission(document, "globex", "cms", headers={"x-note": f"{mark} header"})
    recorded = gateway.record(gateway.examine(sent))
    report = gateway.archive.report(recorded.id)
    said = report[report.index(mark.encode()) - 20 :][:60]
    return {"body": f"Odd{mark}/><cbc:ID>".encode(), "header": f"{mark} header".encode(), "report": said}


def found(folder: Path, secrets: dict[str, bytes]) -> set[str]:
    files = b"".join(file.read_bytes() for file in folder.glob("gateway.db*"))
    return {name for name, secret in secrets.items() if secret in files}
