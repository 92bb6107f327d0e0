"""The trail of access: numbered, chained, and from time to time in the ledger, so that nobody rewrites it unseen."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.access import note
from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.model.trail import Actor, TrailQuery
from edi_gateway.worker import duties
from edi_gateway.workflows.trail import STATED_AFTER, check, stated
from edi_gateway.workflows.verify import verify_ledger
from tests.support.copies import nothing, open_copy
from tests.support.gateway import Ticking

ANNA = Actor("anna", "officer", "c0ffee", "192.0.2.7")


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def gateway(tmp_path: Path, database_url: str, clock: Ticking) -> Iterator[Gateway]:
    gateway = open_copy(tmp_path, nothing, database_url, clock)
    yield gateway
    gateway.close()


def read(gateway: Gateway, *documents: str) -> None:
    for document in documents:
        note(gateway, ANNA, "evidence.read", document)


def rewritten(gateway: Gateway, statement: str) -> None:
    """What somebody does who owns the database, triggers and all."""
    sqlite = gateway.engine.dialect.name == "sqlite"
    with gateway.engine.begin() as connection:
        for name in ("no_update", "no_delete") if sqlite else ("no_rewriting",):
            connection.execute(text(f"DROP TRIGGER trail_{name}" + ("" if sqlite else " ON trail")))
        connection.execute(text(statement))


def test_steps_are_numbered_and_hold(gateway: Gateway) -> None:
    assert check(gateway.trail) == (0, 0)
    read(gateway, "one", "two", "three")
    assert check(gateway.trail) == (3, 0)
    assert [one.number for one in gateway.trail.from_number(2)] == [2, 3]
    newest = gateway.trail.newest()
    assert newest is not None
    assert (newest.number, newest.step.actor, newest.step.subject) == (3, ANNA, "three")


def test_steps_of_many_at_once_have_no_gap_and_one_order(gateway: Gateway) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: read(gateway, str(number)), range(40)))
    assert check(gateway.trail) == (40, 0)


def test_the_ledger_says_where_the_trail_has_come_to_once_it_is_time(gateway: Gateway, clock: Ticking) -> None:
    gateway.state_trail()
    read(gateway, "one", "two")
    gateway.state_trail()
    assert (gateway.ledger.head().size, stated(gateway.trail)) == (0, [])
    clock.now += STATED_AFTER
    read(gateway, "three")
    gateway.state_trail()
    gateway.state_trail()
    (said,) = stated(gateway.trail)
    assert (said.index, said.size) == (0, 3)
    assert check(gateway.trail) == (3, 3)
    assert gateway.ledger.head().size == 1
    assert verify_ledger(gateway.ledger, gateway.settings.origin, full=True).head.size == 1


def test_what_came_since_the_last_time_is_said_the_next_time(gateway: Gateway, clock: Ticking) -> None:
    for number in range(3):
        read(gateway, str(number))
        clock.now += STATED_AFTER + timedelta(seconds=1)
        gateway.state_trail()
    assert [one.size for one in stated(gateway.trail)] == [3, 2, 1]
    assert check(gateway.trail) == (3, 3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail SET actor = 'bert' WHERE number = 2",
        "UPDATE trail SET address = NULL WHERE number = 2",
        "DELETE FROM trail WHERE number = 2",
        "DELETE FROM trail WHERE number = 1",
        "UPDATE trail SET number = 4 WHERE number = 3",
    ],
)
def test_a_changed_step_contradicts_the_next(gateway: Gateway, statement: str) -> None:
    read(gateway, "one", "two", "three")
    rewritten(gateway, statement)
    with pytest.raises(Unproven, match="not as it was written"):
        check(gateway.trail)


def test_a_trail_that_was_made_anew_contradicts_the_ledger(gateway: Gateway, clock: Ticking) -> None:
    read(gateway, "one", "two")
    clock.now += STATED_AFTER
    gateway.state_trail()
    rewritten(gateway, "DELETE FROM trail")
    read(gateway, "one", "another")
    with pytest.raises(Unproven, match="entry 0 of the ledger has another step 2"):
        check(gateway.trail)


def test_a_trail_whose_end_was_cut_off_contradicts_the_ledger(gateway: Gateway, clock: Ticking) -> None:
    read(gateway, "one", "two")
    clock.now += STATED_AFTER
    gateway.state_trail()
    rewritten(gateway, "DELETE FROM trail WHERE number = 2")
    with pytest.raises(Unproven, match="1 of the 2 steps that entry 0 speaks of"):
        check(gateway.trail)


def test_steps_are_found_by_what_is_asked(gateway: Gateway, clock: Ticking) -> None:
    read(gateway, "one", "two")
    later = clock.now + timedelta(hours=2)
    clock.now = later
    note(gateway, Actor("root", "host"), "receipt.read", "one", "cose")

    def subjects(query: TrailQuery) -> list[int]:
        return [one.number for one in gateway.trail.find(query)]

    assert subjects(TrailQuery()) == [3, 2, 1]
    assert subjects(TrailQuery(event="evidence.read")) == [2, 1]
    assert subjects(TrailQuery(actor="root")) == [3]
    assert subjects(TrailQuery(subject="one")) == [3, 1]
    assert subjects(TrailQuery(since=later)) == [3]
    assert subjects(TrailQuery(until=later)) == [2, 1]
    assert subjects(TrailQuery(before=3)) == [2, 1]


def test_stating_it_is_one_of_the_duties(gateway: Gateway) -> None:
    assert "stating the trail of access" in [duty.name for duty in duties(gateway)]
