"""A ledger that somebody edited by hand, past the triggers: the audit finds it, and says where."""

import json
from datetime import timedelta

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.receipts.statement import commit
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.record import Recorder
from edi_gateway.workflows.verify import verify_ledger
from tests.support.auditing import ORIGIN, assert_found, edit, fill
from tests.support.gateway import NOW
from tests.support.recording import examined


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
        ["DELETE FROM statements WHERE leaf_index = 5", "DELETE FROM entries WHERE leaf_index = 5"],
    ),
    "a statement deleted": ("entry 5: the statement is missing", ["DELETE FROM statements WHERE leaf_index = 5"]),
    "the last entry deleted": (
        "head is at 268",
        ["DELETE FROM statements WHERE leaf_index = 267", "DELETE FROM entries WHERE leaf_index = 267"],
    ),
    "a salt replaced": (
        "entry 9 does not commit",
        ["UPDATE statements SET salt = (SELECT salt FROM statements WHERE leaf_index = 8) WHERE leaf_index = 9"],
    ),
    "a salt cut off": ("entry 9", ["UPDATE statements SET salt = SUBSTR(salt, 1, 31) WHERE leaf_index = 9"]),
    "an entry replaced": (
        "entry 9 does not have the leaf hash",
        ["UPDATE entries SET entry = (SELECT entry FROM entries WHERE leaf_index = 8) WHERE leaf_index = 9"],
    ),
    "a leaf hash replaced": (
        "entry 9 .*leaf hash",
        ["UPDATE entries SET leaf_hash = (SELECT leaf_hash FROM entries WHERE leaf_index = 8) WHERE leaf_index = 9"],
    ),
    "an entry given to another party": (
        "entry 9 is not the next",
        ["UPDATE entries SET party = 'mallory' WHERE leaf_index = 9"],
    ),
    "a sequence number changed": (
        "entry 267 is not the next",
        ["UPDATE entries SET party_sequence = 4711 WHERE leaf_index = 267"],
    ),
    "a type changed": ("entry 9: .*type", ["UPDATE statements SET type = 'document.rejected' WHERE leaf_index = 9"]),
    "an id changed": ("entry 9: .*id", ["UPDATE statements SET id = 'x' WHERE leaf_index = 9"]),
    "a commit made longer": (
        "entry 8 can't have been recorded in a commit",
        ["UPDATE entries SET tree_size = 9 WHERE leaf_index = 7"],
    ),
    "a commit that ends before its entry": (
        "entry 7 can't have been",
        ["UPDATE entries SET tree_size = 7 WHERE leaf_index = 7"],
    ),
    "a commit that ends in another": (
        "entry 9 can't have been",
        ["UPDATE entries SET tree_size = 268 WHERE leaf_index = 9"],
    ),
    "the last commit made longer": ("last entry", ["UPDATE entries SET tree_size = 269 WHERE tree_size = 268"]),
    "a tile's hashes changed": ("tile/0/000", ["UPDATE tiles SET hashes = SUBSTR(hashes, 33)"]),
    "a tile's root changed": ("tile/0/000", ["UPDATE tiles SET root = SUBSTR(hashes, 1, 32)"]),
    "a tile deleted": ("tile/0/000", ["DELETE FROM tiles"]),
    "a tile too many": ("tiles for which", ["INSERT INTO tiles SELECT 1, 0, hashes, root FROM tiles"]),
    "the head moved back": ("head is at 267", ["UPDATE head SET size = 267"]),
    "the head's root changed": ("head at 268", ["UPDATE head SET root = (SELECT root FROM tiles)"]),
    "the head's frontier changed": ("head at 268", ["UPDATE head SET frontier = SUBSTR(frontier, 33)"]),
    "the head's moment changed": (
        "moment of the newest entry",
        ["UPDATE head SET recorded_at = '2020-01-01T00:00:00.000Z'"],
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


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_the_ledger_is_found(ledger: Gateway, lie: str):
    message, statements = LIES[lie]
    edit(ledger, *statements)
    assert_found(ledger, message)


def test_a_lie_is_found_on_either_database(gateway: Gateway):
    fill(gateway)
    edit(gateway, "UPDATE payloads SET body = headers WHERE id = (SELECT id FROM documents WHERE leaf_index = 9)")
    assert_found(gateway, "entry 9: the body", full=True)
    edit(gateway, "UPDATE entries SET party = 'mallory' WHERE leaf_index = 8")
    assert_found(gateway, "entry 8 is not the next")


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
    early = Recorder(gateway.ledger, gateway.notary, lambda: NOW - timedelta(seconds=1), gateway.watch.memory)
    edit(gateway, "UPDATE head SET recorded_at = NULL")
    early.record([examined("EARLY")])
    assert_found(gateway, "entry 268 was recorded at 2026-11-23T11:59:59.000Z, before the entry before it")
