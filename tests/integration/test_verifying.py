"""Somebody edits the database by hand, past the triggers: the audit finds it, and says where."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger import cosignature
from edi_gateway.ledger.anchor import to_line
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.stored import head_at, root_at
from edi_gateway.ledger.tree import Head, leaf_hash
from edi_gateway.model.publication import Cosignature, Publication
from edi_gateway.receipts.statement import commit
from edi_gateway.settings import load
from edi_gateway.storage.tables import APPEND_ONLY
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.record import Recorder
from edi_gateway.workflows.verify import verify_ledger
from edi_gateway.workflows.verify_published import Published
from tests.support.gateway import NOW, contract, enrol_both, make_gateway, suspend, transmission
from tests.support.recording import examined

ORIGIN = "localhost/ledger"


def fill(gateway: Gateway) -> None:
    """To the partners' four entries a contract (4), a refusal (5), a conflict (6), a suspension (7) and 260 orders."""
    gateway.record(gateway.examine(transmission(contract(), "acme", "jws")))
    refused = examined("PO-\0", code="document-invalid")
    conflict = gateway.examine(transmission(contract().replace(b"EUR", b"USD"), "acme", "jws"))
    gateway.recorder.record([refused, conflict])
    suspend(gateway, "globex")
    gateway.recorder.record([examined(f"PO-{n}") for n in range(100)])
    gateway.recorder.record([examined(f"GO-{n}", sender="globex") for n in range(160)])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a gateway on SQLite, for each test to copy."""
    path = tmp_path_factory.mktemp("filled") / "data"
    gateway = make_gateway(path)
    enrol_both(gateway)
    fill(gateway)
    gateway.close()
    return path


@pytest.fixture
def ledger(filled: Path, tmp_path: Path) -> Iterator[Gateway]:
    shutil.copytree(filled, tmp_path / "data")
    gateway = build(load(data_dir=tmp_path / "data"), as_found=True)
    yield gateway
    gateway.close()


def edit(gateway: Gateway, *statements: str, **values: object) -> None:
    """Do to the database what only its owner can, and only on purpose."""
    with gateway.engine.begin() as connection:
        for table in APPEND_ONLY:
            if connection.dialect.name == "sqlite":
                for verb in ("update", "delete", "replace"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(text(statement), values)
    gateway.engine.dispose()


def assert_found(gateway: Gateway, message: str, *, full: bool = False) -> None:
    with pytest.raises(Unproven, match=message):
        verify_ledger(gateway.ledger, ORIGIN, full=full)


@pytest.mark.parametrize("full", [False, True])
def test_an_honest_ledger_holds(gateway: Gateway, full: bool):
    fill(gateway)
    audit = verify_ledger(gateway.ledger, ORIGIN, full=full)
    assert audit.head == gateway.ledger.head()
    assert (audit.head.size, audit.parties, audit.documents) == (268, 2, 263 if full else None)


def test_a_new_ledger_holds(gateway: Gateway):
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).head.size == 4


def test_a_ledger_of_another_origin_is_told_apart(ledger: Gateway):
    with pytest.raises(Unproven, match=r"entry 0.*origin"):
        verify_ledger(ledger.ledger, "other.example/ledger")


LIES = {
    "an entry deleted": (
        "entry 5 .*missing",
        [
            "DELETE FROM statements WHERE leaf_index = 5",
            "DELETE FROM entries WHERE leaf_index = 5",
        ],
    ),
    "a statement deleted": (
        "entry 5: the statement is missing",
        [
            "DELETE FROM statements WHERE leaf_index = 5",
        ],
    ),
    "the last entry deleted": (
        "head is at 268",
        [
            "DELETE FROM statements WHERE leaf_index = 267",
            "DELETE FROM entries WHERE leaf_index = 267",
        ],
    ),
    "a salt replaced": (
        "entry 9 does not commit",
        [
            "UPDATE statements SET salt = (SELECT salt FROM statements WHERE leaf_index = 8) WHERE leaf_index = 9",
        ],
    ),
    "a salt cut off": (
        "entry 9",
        [
            "UPDATE statements SET salt = SUBSTR(salt, 1, 31) WHERE leaf_index = 9",
        ],
    ),
    "an entry replaced": (
        "entry 9 does not have the leaf hash",
        [
            "UPDATE entries SET entry = (SELECT entry FROM entries WHERE leaf_index = 8) WHERE leaf_index = 9",
        ],
    ),
    "a leaf hash replaced": (
        "entry 9 .*leaf hash",
        [
            "UPDATE entries SET leaf_hash = (SELECT leaf_hash FROM entries WHERE leaf_index = 8) WHERE leaf_index = 9",
        ],
    ),
    "an entry given to another party": (
        "entry 9 is not the next",
        [
            "UPDATE entries SET party = 'mallory' WHERE leaf_index = 9",
        ],
    ),
    "a sequence number changed": (
        "entry 267 is not the next",
        [
            "UPDATE entries SET party_sequence = 4711 WHERE leaf_index = 267",
        ],
    ),
    "a type changed": (
        "entry 9: .*type",
        [
            "UPDATE statements SET type = 'document.rejected' WHERE leaf_index = 9",
        ],
    ),
    "an id changed": (
        "entry 9: .*id",
        [
            "UPDATE statements SET id = 'x' WHERE leaf_index = 9",
        ],
    ),
    "a commit made longer": (
        "entry 8 can't have been recorded in a commit",
        [
            "UPDATE entries SET tree_size = 9 WHERE leaf_index = 7",
        ],
    ),
    "a commit that ends before its entry": (
        "entry 7 can't have been",
        [
            "UPDATE entries SET tree_size = 7 WHERE leaf_index = 7",
        ],
    ),
    "a commit that ends in another": (
        "entry 9 can't have been",
        [
            "UPDATE entries SET tree_size = 268 WHERE leaf_index = 9",
        ],
    ),
    "the last commit made longer": (
        "last entry",
        [
            "UPDATE entries SET tree_size = 269 WHERE tree_size = 268",
        ],
    ),
    "a tile's hashes changed": (
        "tile/0/000",
        [
            "UPDATE tiles SET hashes = SUBSTR(hashes, 33)",
        ],
    ),
    "a tile's root changed": (
        "tile/0/000",
        [
            "UPDATE tiles SET root = SUBSTR(hashes, 1, 32)",
        ],
    ),
    "a tile deleted": (
        "tile/0/000",
        [
            "DELETE FROM tiles",
        ],
    ),
    "a tile too many": (
        "tiles for which",
        [
            "INSERT INTO tiles SELECT 1, 0, hashes, root FROM tiles",
        ],
    ),
    "the head moved back": (
        "head is at 267",
        [
            "UPDATE head SET size = 267",
        ],
    ),
    "the head's root changed": (
        "head at 268",
        [
            "UPDATE head SET root = (SELECT root FROM tiles)",
        ],
    ),
    "the head's frontier changed": (
        "head at 268",
        [
            "UPDATE head SET frontier = SUBSTR(frontier, 33)",
        ],
    ),
}
LIES |= {
    "the head's moment changed": (
        "moment of the newest entry",
        [
            "UPDATE head SET recorded_at = '2020-01-01T00:00:00.000Z'",
        ],
    ),
    "two entries exchanged": (
        "entry 9 does not commit",
        [
            "UPDATE entries SET leaf_index = -1 WHERE leaf_index = 9",
            "UPDATE entries SET leaf_index = 9 WHERE leaf_index = 10",
            "UPDATE entries SET leaf_index = 10 WHERE leaf_index = -1",
        ],
    ),
}
RECORD_LIES = {
    "a transmission without a document": (
        "263 documents are in the archive, but the transmissions of 264",
        [
            "INSERT INTO payloads SELECT 'x', body, headers FROM payloads LIMIT 1",
        ],
    ),
    "a body changed": (
        "entry 4: the body",
        [
            "UPDATE payloads SET body = headers WHERE id = (SELECT id FROM documents WHERE leaf_index = 4)",
        ],
    ),
    "headers changed": (
        "entry 4: the headers",
        [
            "UPDATE payloads SET headers = body WHERE id = (SELECT id FROM documents WHERE leaf_index = 4)",
        ],
    ),
    "a body deleted": (
        "entry 4: the transmission",
        [
            "DELETE FROM payloads WHERE id = (SELECT id FROM documents WHERE leaf_index = 4)",
        ],
    ),
    "a verdict changed": (
        "entry 5: .*verdict",
        [
            "UPDATE documents SET verdict = 'accepted' WHERE leaf_index = 5",
        ],
    ),
    "a reason changed": (
        "entry 5: .*code",
        [
            "UPDATE documents SET code = 'document-unknown' WHERE leaf_index = 5",
        ],
    ),
    "a number changed": (
        "entry 4: .*number",
        [
            "UPDATE documents SET number = 'PO-0' WHERE leaf_index = 4",
        ],
    ),
    "a sender changed": (
        "entry 9: .*sender",
        [
            "UPDATE documents SET sender = 'globex' WHERE leaf_index = 9",
        ],
    ),
    "a receiver changed": (
        "entry 9: .*receiver",
        [
            "UPDATE documents SET receiver = NULL WHERE leaf_index = 9",
        ],
    ),
    "a date changed": (
        "entry 4: .*issue date",
        [
            "UPDATE documents SET issue_date = '2020-01-01' WHERE leaf_index = 4",
        ],
    ),
    "a time changed": (
        "entry 4: .*received at",
        [
            "UPDATE documents SET received_at = '2020-01-01T00:00:00.000Z' WHERE leaf_index = 4",
        ],
    ),
    "a digest changed": (
        "entry 4: .*digest",
        [
            "UPDATE documents SET document_digest = 'sha256:00' WHERE leaf_index = 4",
        ],
    ),
    "a report changed": (
        "entry 5: the report",
        [
            "UPDATE documents SET report = (SELECT report FROM documents WHERE leaf_index = 9) WHERE leaf_index = 5",
        ],
    ),
    "a report that is no report": (
        "entry 5: the report",
        [
            "UPDATE documents SET report = SUBSTR(report, 2) WHERE leaf_index = 5",
        ],
    ),
    "a document deleted": (
        "263 documents are in the ledger in entries 0 to 267, 262 in the archive",
        [
            "DELETE FROM payloads WHERE id = (SELECT id FROM documents WHERE leaf_index = 9)",
            "DELETE FROM documents WHERE leaf_index = 9",
        ],
    ),
    "a partner resumed": (
        "partner globex",
        [
            "UPDATE partners SET suspended = FALSE",
        ],
    ),
    "a partner renamed": (
        "partner acme",
        [
            "UPDATE partners SET name = 'Mallory' WHERE id = 'acme'",
        ],
    ),
    "an identifier taken": (
        "partner acme",
        [
            "UPDATE identifiers SET partner = 'globex'",
        ],
    ),
    "a partner slipped in": (
        "partner mallory",
        [
            "INSERT INTO partners VALUES ('mallory', 'Mallory', FALSE, '2020-01-01T00:00:00.000Z')",
        ],
    ),
    "a key given to another": (
        "key ",
        [
            "UPDATE partner_keys SET partner = 'globex'",
        ],
    ),
    "a key prolonged": (
        "key ",
        [
            "UPDATE partner_keys SET valid_until = NULL",
        ],
    ),
    "a key deleted": (
        "key ",
        [
            "DELETE FROM partner_keys WHERE partner = 'acme'",
        ],
    ),
    "a key for another purpose": (
        "key ",
        [
            "UPDATE partner_keys SET purpose = 'encryption'",
        ],
    ),
    "a step of a key's life deleted": (
        "key ",
        [
            "DELETE FROM key_events WHERE leaf_index = 1",
        ],
    ),
    "a step of a key's life by another": (
        "key ",
        [
            "UPDATE key_events SET actor = 'mallory'",
        ],
    ),
    "a key replaced under its name": (
        "key ",
        [
            "UPDATE partner_keys SET spki = (SELECT spki FROM partner_keys WHERE partner = 'globex')",
        ],
    ),
}


def test_a_lie_is_found_on_either_database(gateway: Gateway):
    fill(gateway)
    edit(gateway, "UPDATE payloads SET body = headers WHERE id = (SELECT id FROM documents WHERE leaf_index = 9)")
    assert_found(gateway, "entry 9: the body", full=True)
    edit(gateway, "UPDATE entries SET party = 'mallory' WHERE leaf_index = 8")
    assert_found(gateway, "entry 8 is not the next")


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_the_ledger_is_found(ledger: Gateway, lie: str):
    message, statements = LIES[lie]
    edit(ledger, *statements)
    assert_found(ledger, message)


@pytest.mark.parametrize("lie", RECORD_LIES)
def test_a_lie_beside_the_ledger_is_found_by_the_full_audit(ledger: Gateway, lie: str):
    message, statements = RECORD_LIES[lie]
    edit(ledger, *statements)
    verify_ledger(ledger.ledger, ORIGIN)
    assert_found(ledger, message, full=True)


@pytest.mark.parametrize(
    ("index", "message"), [(3, "entry 7 is not the next"), (107, "tile/0/000"), (267, "head at 268")]
)
def test_a_statement_rewritten_with_a_commitment_that_fits_is_found(ledger: Gateway, index: int, message: str):
    entry = ledger.ledger.entry(index)
    statement = canonical(json.loads(entry.statement) | {"by": "mallory"})
    forged = commit(statement, entry.salt)
    edit(
        ledger,
        "UPDATE statements SET statement = :statement WHERE leaf_index = :index",
        "UPDATE entries SET entry = :entry, leaf_hash = :leaf WHERE leaf_index = :index",
        statement=statement,
        entry=forged,
        leaf=leaf_hash(forged),
        index=index,
    )
    assert_found(ledger, message)


@pytest.mark.parametrize("statement", [b"", b"[]", b'{"type":1.5}', b'{"type":"document.accepted"}'])
def test_a_statement_that_says_nothing_is_found_even_with_a_commitment_that_fits(ledger: Gateway, statement: bytes):
    forged = commit(statement, ledger.ledger.entry(9).salt)
    edit(
        ledger,
        "UPDATE statements SET statement = :statement WHERE leaf_index = 9",
        "UPDATE entries SET entry = :entry, leaf_hash = :leaf WHERE leaf_index = 9",
        statement=statement,
        entry=forged,
        leaf=leaf_hash(forged),
    )
    assert_found(ledger, "entry 9")


def test_an_entry_that_was_recorded_before_the_one_before_it_is_found(gateway: Gateway):
    fill(gateway)
    early = Recorder(gateway.ledger, gateway.notary, lambda: NOW - timedelta(seconds=1))
    edit(gateway, "UPDATE head SET recorded_at = NULL")
    early.record([examined("EARLY")])
    assert_found(gateway, "entry 268 was recorded at 2026-11-23T11:59:59.000Z, before the entry before it")


GIVEN_LIES = {
    "a published root changed": (
        "does not hold: its note is",
        ["UPDATE publications SET root = (SELECT root FROM tiles)"],
    ),
    "a published size changed": ("does not hold: its note is", ["UPDATE publications SET size = 267 WHERE size = 268"]),
    "a published note changed": (
        "does not hold: the signature of localhost/ledger",
        ["UPDATE publications SET note = SUBSTR(note, 2)"],
    ),
    "a cosignature of another checkpoint": (
        "does not hold: the signature of witness.example",
        ["UPDATE cosignatures SET size = 268"],
    ),
}


@pytest.mark.parametrize("lie", ["", *GIVEN_LIES])
def test_a_lie_about_what_was_published_is_found(ledger: Gateway, lie: str):
    key = Ed25519PrivateKey.generate()
    witness = cosignature.cosigner("witness.example", key.public_key())
    vouched = replace(ledger_published(ledger), witnesses=(witness,))
    ledger.publications.publish(published(ledger, 100))
    ledger.publications.publish(published(ledger, 268))
    signed = cosignature.cosign(witness.name, key, Checkpoint(ORIGIN, 100, root_at(ledger.ledger, 100)), 1)
    name = f"{witness.name}+{witness.key_id.hex()}"
    ledger.publications.cosign(Cosignature(100, name, signed.line.removesuffix("\n"), NOW))
    sources = {"what was published": vouched.checkpoints}
    verify_ledger(ledger.ledger, ORIGIN, sources=sources)
    if lie:
        message, statements = GIVEN_LIES[lie]
        edit(ledger, *statements)
        with pytest.raises(Unproven, match=message):
            verify_ledger(ledger.ledger, ORIGIN, sources=sources)


def ledger_published(gateway: Gateway) -> Published:
    return Published(gateway.publications, gateway.timestamps, gateway.notary, (), {})


def published(gateway: Gateway, size: int, root: bytes | None = None) -> Publication:
    head = head_at(gateway.ledger, size)
    head = replace(head, root=root or head.root)
    return Publication(size, head.root, sign_head(gateway.notary, head), NOW)


def test_a_checkpoint_of_another_tree_is_found_though_it_is_signed(ledger: Gateway):
    ledger.publications.publish(published(ledger, 100, leaf_hash(b"another history")))
    with pytest.raises(Unproven, match="what was published at size 100 is not of the tree"):
        verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out)


def test_a_checkpoint_of_more_entries_than_there_are_is_found(ledger: Gateway):
    larger = replace(ledger.ledger.head(), size=269)
    ledger.publications.publish(Publication(269, larger.root, sign_head(ledger.notary, larger), NOW))
    with pytest.raises(Unproven, match="at size 269 is of more than the 268 entries"):
        verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([0, 10, 268], None),
        ([0, 10, 10], None),
        ([10, 0], "the anchor at size 0 comes after that at size 10"),
        ([0, 300], "the anchor at size 300 is of more than"),
    ],
    ids=str,
)
def test_every_line_of_the_anchor_is_held_against_the_tree(ledger: Gateway, lines: list[int], message: str | None):
    root = ledger.ledger.head().root
    heads = [head_at(ledger.ledger, size) if size <= 268 else Head(size, root, ()) for size in lines]
    anchor = ledger.settings.anchor
    anchor.write_bytes(b"".join(to_line(sign_head(ledger.notary, head)) for head in heads))
    if message is None:
        assert verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out).head.size == 268
    else:
        with pytest.raises(Unproven, match=message):
            verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out)


def test_a_line_of_the_anchor_that_the_ledger_did_not_sign_is_found(ledger: Gateway, tmp_path: Path):
    other = make_gateway(tmp_path / "other")
    ledger.settings.anchor.write_bytes(to_line(sign_head(other.notary, ledger.ledger.head())))
    other.close()
    with pytest.raises(Unproven, match="is damaged, or another ledger's"):
        verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out)
