"""Somebody makes documents disappear, or come back, past the triggers: what was erased is told from what was lost."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.model.record import Act, Custody
from edi_gateway.receipts.statement import act_statement
from edi_gateway.settings import load
from edi_gateway.workflows.verify import verify_ledger
from tests.support.custody import erase, hold, release
from tests.support.gateway import NOW, ORIGIN, Ticking, make_gateway
from tests.support.recording import examined


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten orders (0–9); those at 2 and 5 are erased (by 10 and 11), the one at 7 is held (12), that at 8 no more."""
    path = tmp_path_factory.mktemp("filled") / "home"
    gateway = make_gateway(path / "data")
    orders = [examined(f"PO-{n}") for n in range(10)]
    gateway.recorder.record(orders)
    erase(gateway, orders[2].id)
    erase(gateway, orders[5].id)
    hold(gateway, orders[7].id)
    hold(gateway, orders[8].id)
    release(gateway, orders[8].id)
    with gateway.engine.begin() as connection:
        triggers = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        for trigger in triggers:
            connection.execute(text(f"DROP TRIGGER {trigger}"))
    gateway.close()
    return path


@pytest.fixture
def gateway(filled: Path, tmp_path: Path) -> Iterator[Gateway]:
    shutil.copytree(filled, tmp_path / "home")
    gateway = build(load(data_dir=tmp_path / "home" / "data"), Ticking(NOW + timedelta(days=1)))
    yield gateway
    gateway.close()


def edit(gateway: Gateway, *statements: str, **values: object) -> None:
    with gateway.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(text(statement), values)
    gateway.engine.dispose()


def test_an_honest_ledger_with_erasures_and_holds_holds(gateway: Gateway) -> None:
    assert verify_ledger(gateway.ledger, ORIGIN).head.size == 15
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).documents == 8


LOST = {
    "a statement deleted": (
        "entry 3: the statement is missing, and no entry says that it was erased",
        ["DELETE FROM statements WHERE leaf_index = 3"],
    ),
    "the erasure's own statement deleted": (
        "entry 2: the statement is missing",
        ["DELETE FROM statements WHERE leaf_index = 10"],
    ),
    "an erasure forgotten": ("entry 2: the statement is missing", ["DELETE FROM erasures WHERE leaf_index = 2"]),
    "an erasure that passes for another's": (
        "entry 3: the statement is missing",
        [
            "DELETE FROM statements WHERE leaf_index = 3",
            "UPDATE erasures SET leaf_index = 3 WHERE leaf_index = 5",
        ],
    ),
    "an erasure recorded by something else": (
        "entry 3: the statement is missing",
        [
            "DELETE FROM statements WHERE leaf_index = 3",
            "INSERT INTO erasures (leaf_index, id, erased_by) VALUES (3, 'x', 12)",
        ],
    ),
    "an erasure recorded before": (
        "entry 3: the statement is missing",
        [
            "DELETE FROM statements WHERE leaf_index = 3",
            "INSERT INTO erasures (leaf_index, id, erased_by) VALUES (3, 'x', 1)",
        ],
    ),
    "an erasure recorded nowhere": (
        "entry 3: the statement is missing",
        [
            "DELETE FROM statements WHERE leaf_index = 3",
            "INSERT INTO erasures (leaf_index, id, erased_by) VALUES (3, 'x', 4711)",
        ],
    ),
    "another id erased": ("entry 2: the statement is missing", ["UPDATE erasures SET id = 'x' WHERE leaf_index = 2"]),
    "another leaf erased": (
        "entry 2 does not have the leaf hash",
        ["UPDATE entries SET leaf_hash = (SELECT leaf_hash FROM entries WHERE leaf_index = 3) WHERE leaf_index = 2"],
    ),
    "another entry in its place": (
        "entry 2: the statement is missing",
        [
            "UPDATE entries SET (entry, leaf_hash) = "
            "(SELECT entry, leaf_hash FROM entries WHERE leaf_index = 3) WHERE leaf_index = 2"
        ],
    ),
    "a chain that skips what was erased": (
        "entry 2 is not the next",
        ["UPDATE entries SET party_sequence = 99 WHERE leaf_index = 2"],
    ),
    "an entry deleted altogether": ("entry 2 is missing", ["DELETE FROM entries WHERE leaf_index = 2"]),
    "a statement come back": (
        "entry 2 does not commit",
        ["INSERT INTO statements SELECT 2, 'x', type, statement, salt FROM statements WHERE leaf_index = 3"],
    ),
}
KEPT = {
    "a hold lifted in silence": ("holds are not as the ledger tells", ["DELETE FROM holds WHERE leaf_index = 12"]),
    "a hold turned": ("holds are not as the ledger tells", ["UPDATE holds SET held = 0 WHERE leaf_index = 12"]),
    "a hold moved": (
        "holds are not as the ledger tells",
        ["UPDATE holds SET document = (SELECT id FROM documents WHERE leaf_index = 6) WHERE leaf_index = 12"],
    ),
    "a hold that nobody recorded": (
        "holds are not as the ledger tells",
        ["INSERT INTO holds SELECT 6, id, 1 FROM documents WHERE leaf_index = 6"],
    ),
    "an erasure that nobody recorded": (
        "erasures are not as the ledger tells",
        ["INSERT INTO erasures SELECT leaf_index, id, 6 FROM documents WHERE leaf_index = 6"],
    ),
    "a transmission kept": (
        "8 documents are in the archive, but the transmissions of 9",
        ["INSERT INTO payloads (id, body, headers) VALUES ('x', 'y', 'z')"],
    ),
}


@pytest.mark.parametrize("lie", LOST)
def test_what_was_lost_is_not_taken_for_erased(gateway: Gateway, lie: str) -> None:
    message, statements = LOST[lie]
    edit(gateway, *statements)
    with pytest.raises(Unproven, match=message):
        verify_ledger(gateway.ledger, ORIGIN)


@pytest.mark.parametrize("lie", KEPT)
def test_what_is_kept_of_erasures_and_holds_is_what_the_ledger_tells(gateway: Gateway, lie: str) -> None:
    message, statements = KEPT[lie]
    edit(gateway, *statements)
    verify_ledger(gateway.ledger, ORIGIN)
    with pytest.raises(Unproven, match=message):
        verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_a_record_that_outlived_its_erasure_is_found(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        columns = [row[1] for row in connection.execute(text("PRAGMA table_info(documents)"))]
        values = ", ".join(
            {"leaf_index": "2", "id": "'x'", "document_digest": "'y'"}.get(name, name) for name in columns
        )
        row = text(f"INSERT INTO documents SELECT {values} FROM documents WHERE leaf_index = 3")
        connection.execute(text("UPDATE documents SET verdict = 'rejected' WHERE leaf_index = 3"))
        connection.execute(row)
        connection.execute(text("UPDATE documents SET verdict = 'accepted' WHERE leaf_index = 3"))
    verify_ledger(gateway.ledger, ORIGIN)
    with pytest.raises(Unproven, match="entry 2: there is a document, but no statement"):
        verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_a_document_that_came_back_is_found(gateway: Gateway) -> None:
    """Whoever has the receipt has statement and salt, which fit the entry: but the ledger says that they are gone."""
    with gateway.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM statements WHERE leaf_index = 6")).one()
    order = row.id
    erase(gateway, order)
    verify_ledger(gateway.ledger, ORIGIN, full=True)
    edit(
        gateway,
        "INSERT INTO statements VALUES (:leaf_index, :id, :type, :statement, :salt)",
        **row._mapping,
    )
    with pytest.raises(Unproven, match="entry 6 was erased by entry 15, but its statement is there"):
        verify_ledger(gateway.ledger, ORIGIN)


@pytest.mark.parametrize(
    "named", [{}, {"index": 3}, {"index": -1}, {"index": True}, {"index": 10**6}, {"index": "2"}, []]
)
def test_an_entry_that_tells_of_an_erasure_that_never_was_is_found(gateway: Gateway, named: object) -> None:
    uid = gateway.new_id(gateway.clock())
    draft = act_statement("document.erased", id=uid, origin=ORIGIN, entry=named)
    gateway.record(Act(uid, "acme", draft))
    with pytest.raises(Unproven, match=r"entry (15 tells of an erasure|3 was erased by entry 15)"):
        verify_ledger(gateway.ledger, ORIGIN)


def test_an_entry_that_does_more_than_it_says_is_found(gateway: Gateway) -> None:
    with gateway.engine.connect() as connection:
        ids = connection.scalars(text("SELECT id FROM documents WHERE leaf_index IN (3, 4) ORDER BY leaf_index")).all()
    uid = gateway.new_id(gateway.clock())
    leaf = json.loads(gateway.ledger.entry(4).statement)["chain"]["previous"]
    draft = act_statement("document.erased", id=uid, origin=ORIGIN, entry={"id": ids[0], "index": 3, "leafHash": leaf})
    gateway.record(Act(uid, "acme", draft, Custody("document.erased", ids[1])))
    with pytest.raises(Unproven, match="entry 4: the statement is missing"):
        verify_ledger(gateway.ledger, ORIGIN)
