"""The audit that never ends, and the one that was interrupted: both go on where they were, and believe nothing."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger import regrowth
from edi_gateway.workflows import verify
from edi_gateway.workflows.scrub import Scrubbed, Scrubber, scrubbed
from edi_gateway.workflows.verify import Verification, verify_ledger
from edi_gateway.workflows.verify_state import from_state, to_state
from tests.support import programs, rotation
from tests.support.auditing import ORIGIN, edit, fill
from tests.support.copies import open_copy
from tests.support.gateway import enrol_both
from tests.support.programs import ROOT


@pytest.fixture
def filled(database_url: str, tmp_path: Path) -> Iterator[Gateway]:
    """268 entries, four partners' events and 263 documents among them, all anchored."""
    gateway = open_copy(tmp_path, fill_both, database_url)
    yield gateway
    gateway.close()


def fill_both(gateway: Gateway) -> None:
    enrol_both(gateway)
    fill(gateway)
    gateway.watch.keep()


def scrubber(gateway: Gateway, limit: int) -> Scrubber:
    kept = gateway.auditing.state("progress"), gateway.auditing.state("status")
    auditing = gateway.auditing
    return Scrubber(gateway.ledger, ORIGIN, auditing.given_out, auditing.check_signed, kept, limit, gateway.clock)


def status(gateway: Gateway) -> Scrubbed:
    return scrubbed(gateway.auditing.state("status"))


def spoil(gateway: Gateway, index: int) -> None:
    edit(
        gateway,
        "UPDATE payloads SET body = headers WHERE id = (SELECT id FROM documents WHERE leaf_index = :index)",
        index=index,
    )


def test_a_round_comes_to_its_end_and_begins_again(filled: Gateway):
    one = scrubber(filled, 100)
    seen = []
    for _ in range(4):
        one.run()
        seen.append((status(filled).position, status(filled).verified))
    assert seen == [(100, 100), (200, 200), (0, 268), (100, 268)]
    assert status(filled).ended_at is not None


def test_a_round_goes_on_in_another_process(filled: Gateway):
    for position in (90, 180, 0):
        scrubber(filled, 90).run()
        assert status(filled).position == position
    assert status(filled).size == 268


def test_what_is_recorded_meanwhile_belongs_to_the_round(filled: Gateway):
    one = scrubber(filled, 200)
    one.run()
    fill_more(filled, 300)
    one.run()
    one.run()
    assert (status(filled).size, status(filled).position) == (568, 0)


def fill_more(gateway: Gateway, count: int) -> None:
    from tests.support.recording import examined

    gateway.recorder.record([examined(f"MORE-{n}") for n in range(count)])


def test_what_does_not_hold_is_named_again_and_again_until_it_is_mended(filled: Gateway):
    one = scrubber(filled, 50)
    one.run()
    (body,) = [row.body for row in select(filled, "SELECT body FROM payloads", 60)]
    spoil(filled, 60)
    for _ in range(3):
        with pytest.raises(Unproven, match="entry 60: the body"):
            one.run()
    found = status(filled)
    assert (found.index, found.failures, found.position, found.verified) == (60, 1, 50, 50)
    edit(
        filled,
        "UPDATE payloads SET body = :body WHERE id = (SELECT id FROM documents WHERE leaf_index = 60)",
        body=body,
    )
    one.run()
    assert (status(filled).failure, status(filled).failures, status(filled).position) == (None, 1, 100)


def select(gateway: Gateway, query: str, index: int):
    with gateway.engine.connect() as connection:
        where = "WHERE id = (SELECT id FROM documents WHERE leaf_index = :index)"
        return connection.execute(text(f"{query} {where}"), {"index": index}).all()


@pytest.mark.parametrize("lie", ["a tile", "a leaf", "the progress", "another audit's progress"])
def test_progress_that_does_not_fit_the_ledger_begins_the_round_anew(sqlite_gateway: Gateway, lie: str):
    fill(sqlite_gateway)
    scrubber(sqlite_gateway, 260).run()
    progress = sqlite_gateway.auditing.state("progress").file
    match lie:
        case "a tile":
            edit(sqlite_gateway, "UPDATE tiles SET root = SUBSTR(hashes, 1, 32)")
        case "a leaf":
            edit(sqlite_gateway, "UPDATE entries SET leaf_hash = zeroblob(32) WHERE leaf_index = 258")
        case "the progress":
            progress.write_bytes(progress.read_bytes().replace(b"260", b"261"))
        case _:
            progress.write_bytes(to_state(Verification("other.example/ledger", full=True)))
    one = scrubber(sqlite_gateway, 300)
    if lie in ("a tile", "a leaf"):
        with pytest.raises(Unproven, match="tile/0/000" if lie == "a tile" else "entry 258"):
            one.run()
    else:
        one.run()
        assert status(sqlite_gateway).size == 268


def test_a_report_that_is_damaged_is_written_anew(sqlite_gateway: Gateway):
    sqlite_gateway.auditing.state("status").write(b"{")
    assert status(sqlite_gateway) == Scrubbed()
    scrubber(sqlite_gateway, 10).run()
    assert status(sqlite_gateway).size == 4


class Interrupted(Exception):
    pass


def interrupted(gateway: Gateway, at: int) -> bytes:
    """The state of an audit that was stopped once it had come to `at`."""
    kept: list[bytes] = []

    def progress(verification: Verification, size: int) -> None:
        kept.append(to_state(verification))
        if verification.position >= at:
            raise Interrupted

    with pytest.raises(Interrupted):
        verify_ledger(gateway.ledger, ORIGIN, full=True, sources=gateway.auditing.given_out, progress=progress)
    return kept[-1]


@pytest.mark.parametrize("slice", [1, 7, 100, 256, 1000])
def test_an_audit_in_slices_of_any_size_finds_the_same(filled: Gateway, monkeypatch: pytest.MonkeyPatch, slice: int):
    monkeypatch.setattr(verify, "SLICE", slice)
    found = verify_ledger(filled.ledger, ORIGIN, full=True, sources=filled.auditing.given_out)
    assert (found.head, found.parties, found.documents) == (filled.ledger.head(), 2, 263)


@pytest.mark.parametrize("at", [1, 5, 100, 255, 256, 257, 267])
def test_an_audit_that_was_interrupted_anywhere_ends_as_it_would_have(
    filled: Gateway, monkeypatch: pytest.MonkeyPatch, at: int
):
    whole = verify_ledger(filled.ledger, ORIGIN, full=True, sources=filled.auditing.given_out)
    monkeypatch.setattr(verify, "SLICE", at)
    begun = from_state(interrupted(filled, at), ORIGIN, True, filled.ledger)
    assert begun.position == at
    assert verify_ledger(filled.ledger, ORIGIN, full=True, sources=filled.auditing.given_out, begun=begun) == whole


def test_a_resumed_audit_still_finds_what_comes_after(filled: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verify, "SLICE", 100)
    state = interrupted(filled, 100)
    spoil(filled, 200)
    begun = from_state(state, ORIGIN, True, filled.ledger)
    with pytest.raises(Unproven, match="entry 200: the body"):
        verify_ledger(filled.ledger, ORIGIN, begun=begun)


def test_a_resumed_audit_notices_a_tree_that_changed_below_it(filled: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verify, "SLICE", 260)
    state = interrupted(filled, 260)
    edit(filled, "UPDATE entries SET leaf_hash = entry WHERE leaf_index = 258")
    with pytest.raises(Unproven, match="changed where it was looked at"):
        from_state(state, ORIGIN, True, filled.ledger)


def test_a_damaged_state_is_refused(filled: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verify, "SLICE", 100)
    state = interrupted(filled, 100)
    for at in range(0, len(state), 97):
        damaged = bytearray(state)
        damaged[at] ^= 1
        with pytest.raises(Misuse, match="damaged"):
            from_state(bytes(damaged), ORIGIN, True, filled.ledger)
    with pytest.raises(Misuse, match="another ledger"):
        from_state(state, "other.example/ledger", True, filled.ledger)


def test_a_tree_that_is_regrown_from_what_is_stored_grows_on_as_it_did(filled: Gateway):
    leaves = filled.ledger.leaves(0, 268)
    whole = regrowth.Regrowth()
    for size, leaf in enumerate(leaves):
        again = regrowth.regrown(filled.ledger, whole.head)
        for later in leaves[size:]:
            again.append(later)
        assert again.head == filled.ledger.head()
        assert again.tile_count == 1
        whole.append(leaf)


_AUDIT = """
import sys
from pathlib import Path
from edi_gateway.cli import audit
from edi_gateway.workflows import verify
verify.SLICE, audit.SAVE_EVERY = 20, 0.0
taken = verify.Verification.take
def slowly(self, *words):
    print("a slice", flush=True)
    import time; time.sleep(0.05)
    return taken(self, *words)
verify.Verification.take = slowly
from edi_gateway.cli import main
main(["--data-dir", sys.argv[1], "ledger", "verify", "--full", *sys.argv[2:]])
"""


def test_an_audit_that_was_killed_is_gone_on_with(sqlite_gateway: Gateway):
    fill(sqlite_gateway)
    sqlite_gateway.watch.keep()
    folder, state = sqlite_gateway.settings.data_dir, sqlite_gateway.auditing.state("audit")
    command = programs.python(_AUDIT, folder)
    with programs.running(command, ROOT) as audit:
        assert [audit.line() for _ in range(5)] == ["a slice\n"] * 5
        audit.send(signal.SIGKILL)
    came_to = json.loads((state.read() or b"").partition(b"\n")[2])["size"]
    assert 0 < came_to < 268
    done = programs.run([*command, "--resume"], cwd=ROOT)
    assert done.returncode == 0, done.stderr
    slices, _, said = done.stdout.decode().partition("The ledger holds.")
    assert slices.count("a slice") == -(-(268 - came_to) // 20) + ((268 - came_to) % 20 == 0)
    assert "263" in said
    assert state.read() is None
    again = programs.run([*command, "--resume"], cwd=ROOT)
    assert b"There is no audit to go on with" in again.stderr


def keep_first_key(gateway: Gateway) -> None:
    """The first key is exchanged, and what it signed is kept: trees of 0 to 270 entries."""
    old, _ = rotation.first(gateway), rotation.add(gateway)
    rotation.destroy(gateway, rotation.keep(gateway, rotation.retire(gateway, old)))
    fill_more(gateway, 30)


def go_round(gateway: Gateway, limit: int) -> None:
    one = scrubber(gateway, limit)
    for _ in range(300 // limit + 1):
        one.run()


@pytest.mark.parametrize("limit", [7, 100, 1000])
def test_signatures_that_are_kept_hold_in_every_round(filled: Gateway, limit: int):
    keep_first_key(filled)
    go_round(filled, limit)
    assert (status(filled).size, status(filled).failure) == (300, None)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM head_signatures WHERE size = 268", "not all signatures of"),
        ("DELETE FROM head_signatures WHERE size = 0", "not all signatures of"),
        (
            "UPDATE head_signatures SET signature = (SELECT signature FROM head_signatures WHERE size = 0)"
            " WHERE size = 270",
            "the signature of .* for the tree of 270",
        ),
    ],
)
@pytest.mark.parametrize("limit", [7, 1000])
def test_a_signature_that_is_lost_or_changed_is_found(filled: Gateway, limit: int, statement: str, message: str):
    keep_first_key(filled)
    edit(filled, statement)
    with pytest.raises(Unproven, match=message):
        go_round(filled, limit)
    assert status(filled).failures == 1
