"""Going on under another name: what was is kept as it was, and says how it ended, however often it is interrupted."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import text

from edi_gateway.continuation import continue_ledger
from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.storage import continuation
from edi_gateway.storage.engine import connect
from edi_gateway.storage.serving import serving
from edi_gateway.workflows import trust
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.verify import verify_ledger
from tests.support import pki, vouching
from tests.support.continuing import NEW, WORDS, archived, ended, go_on, settings
from tests.support.copies import open_copy
from tests.support.gateway import Ticking, contract, make_gateway, transmission
from tests.support.recording import examined


@pytest.fixture
def old(database_url: str, tmp_path: Path) -> Iterator[Gateway]:
    """Six entries: two partners, one of them suspended, and a contract. Its anchor has seen seven."""
    gateway = open_copy(tmp_path / "data", url=database_url)
    yield gateway
    gateway.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite in the data directory, and PostgreSQL."""
    kind = request.param if hasattr(request, "param") else "sqlite"
    return "" if kind == "sqlite" else request.getfixturevalue("postgresql_url")


both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@both
def test_the_first_entry_says_how_the_old_ledger_ended(old: Gateway):
    ended(old)
    with pytest.raises(Unproven, match="only 6 of the 7 entries"):
        build(settings(old), Ticking())
    left, lost = old.ledger.head(), old.watch.anchored()
    old.close()
    done = go_on(old)
    with_new = build(settings(old), Ticking())
    statement = json.loads(with_new.ledger.entry(0).statement)
    assert (statement["type"], statement["origin"]) == ("ledger.continued", NEW)
    assert (statement["reason"], statement["by"]) == WORDS
    assert statement["continues"] == {
        "origin": "localhost/ledger",
        "keys": [old.notary.vkey],
        "sound": False,
        "ledger": {"size": 6, "root": encode_base64(left.root)},
        "anchor": {"size": 7, "root": encode_base64(lost.root)},
    }
    assert (done.ended, done.vkey) == (6, with_new.notary.vkey)
    assert with_new.notary.vkey != old.notary.vkey
    with_new.close()


def test_a_session_that_ends_meanwhile_is_waited_for(postgresql_url: str, old: Gateway):
    other = connect(postgresql_url)
    session = other.connect()
    ending = Timer(0.3, lambda: (session.close(), other.dispose()))
    ending.start()
    with continuation.undisturbed(old.settings.model_copy(update={"database_url": postgresql_url})):
        ending.join(10)


@both
def test_partners_keys_and_tokens_go_on_and_are_recorded_anew(old: Gateway):
    ended(old)
    before = old.directory.refreshed()
    old.close()
    go_on(old)
    new = build(settings(old), Ticking())
    after = new.directory.refreshed()
    assert after.partners == before.partners
    assert after.partners["globex"].suspended
    assert {k.fingerprint for keys in after.keys_of.values() for k in keys} == {
        k.fingerprint for keys in before.keys_of.values() for k in keys
    }
    audit = verify_ledger(new.ledger, NEW, full=True, sources=new.auditing.given_out)
    assert (audit.head.size, audit.parties, audit.documents) == (6, 3, 0)
    assert new.watch.anchored().size == 6
    with new.engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM tokens")).scalars().all() == ["an officer"]
    receipt = new.record(new.examine(transmission(contract(), "acme", "jws"))).receipt
    assert check_receipt(receipt, new.notary.vkey).statement["origin"] == NEW
    new.close()


@both
def test_roots_grants_and_what_is_known_of_revocations_go_on(old: Gateway):
    root = pki.root()
    for name in ("kept", "retired"):
        vouching.trusted(old, root, name, revocation="soft")
        vouching.granted(old, "acme", "subject", "CN=Acme", name)
    old.record(trust.retire_root("retired", None, old.office()))
    ended = vouching.granted(old, "acme", "subject", "CN=Other", "kept")
    old.record(trust.end_grant(ended.id, None, old.office()))
    waiting = trust.grant("globex", "kept", "subject", "CN=Globex", old.office("anna"), propose=True)
    old.record(waiting)
    vouching.known(old, pki.crl(root))
    old.watch.keep()
    old.close()
    go_on(old, sound=True)
    with closing(build(settings(old), Ticking())) as new:
        found = new.directory.refreshed().trust
        assert list(found.roots) == ["kept"]
        told = [(one.partner, one.match.value, one.state, one.steps[0].by) for one in found.grants]
        assert sorted(told) == [("acme", "CN=Acme", "in force", "olga"), ("globex", "CN=Globex", "proposed", "anna")]
        assert len(new.revocations.newest(10)) == 1
        assert verify_ledger(new.ledger, new.settings.origin, full=True)


@both
def test_the_old_ledger_is_kept_and_its_receipts_stay_good(old: Gateway):
    receipt = ended(old)
    done = go_on(old)
    found = archived(old, done.archive)
    assert found.ledger.head().size == 6
    # What its anchor contradicts is signed no more, not even what it has signed before.
    with pytest.raises(Unproven, match="only 6 of the 7"):
        found.recorder.receipt_again(4)
    assert check_receipt(receipt, found.notary.vkey).statement["origin"] == "localhost/ledger"
    assert verify_ledger(found.ledger, "localhost/ledger", full=True).documents == 1
    found.close()
    with pytest.raises(Unproven, match="only 6 of the 7"):
        build(found.settings.model_copy(update={"anchor_file": None}), Ticking())


@both
def test_it_can_be_done_again_and_again(old: Gateway):
    ended(old)
    go_on(old)
    done = continue_ledger(settings(old), "gw.example.com/3", WORDS, clock=Ticking(), sound=True)
    new = build(settings(old), Ticking())
    assert new.notary.origin == "gw.example.com/3"
    assert json.loads(new.ledger.entry(0).statement)["continues"]["origin"] == NEW
    new.close()
    assert len([one for one in done.archive.parent.iterdir() if one.is_dir()]) == 2


@both
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(9))
def test_an_interruption_at_any_step_is_made_good_by_the_same_command(
    old: Gateway, monkeypatch: pytest.MonkeyPatch, number: int, moment: str
):
    ended(old)
    steps: list[str] = []

    def failing(real):
        def step(path: Path, target: Path) -> Path:
            steps.append(path.name)
            if moment == "before" and len(steps) == number + 1:
                raise OSError(5, "the disk is on fire")
            found = real(path, target)
            if moment == "after" and len(steps) == number + 1:
                raise OSError(5, "the disk is on fire")
            return found

        return step

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing(Path.rename))
        patch.setattr(Path, "replace", failing(Path.replace))
        failed = False
        try:
            go_on(old)
        except Fault:
            failed = True
    assert failed == (number < len(steps))
    if failed and steps[-1:] == ["plan.json"] and moment == "after":
        # All was done, but for being told so.
        with pytest.raises(Misuse, match=r"is gw\.example\.com/2 already"):
            go_on(old)
        failed = False
    if failed and (old.settings.data_dir / "continuing" / "plan.json").exists():
        with pytest.raises(Misuse, match="was interrupted: run it again"):
            build(settings(old), Ticking())
        with pytest.raises(Misuse, match="run it again with that name"):
            continue_ledger(settings(old), "another.example/ledger", WORDS)
    if failed:
        go_on(old)
    new = build(settings(old), Ticking())
    assert verify_ledger(new.ledger, NEW, full=True, sources=new.auditing.given_out).head.size == 6
    assert new.notary.origin == NEW
    new.close()
    (archive,) = [one for one in (old.settings.data_dir / "archive").iterdir() if one.is_dir()]
    found = archived(old, archive)
    assert found.ledger.head().size == 6
    found.close()
    assert not (old.settings.data_dir / "continuing" / "plan.json").exists()


@both
def test_a_ledger_that_its_anchor_agrees_with_is_ended_only_if_that_is_meant(old: Gateway):
    old.watch.keep()
    old.recorder.record([examined("PO-1")])
    old.close()
    with pytest.raises(Misuse, match=r"Nothing says that this ledger lost entries: its anchor .* agrees.*`--sound`"):
        go_on(old)
    assert not (old.settings.data_dir / "continuing").exists()
    build(settings(old), Ticking()).close()
    go_on(old, sound=True)
    new = build(settings(old), Ticking())
    assert json.loads(new.ledger.entry(0).statement)["continues"]["sound"] is True
    new.close()


def test_a_ledger_without_an_anchor_is_not_known_to_be_sound(old: Gateway):
    old.close()
    old.settings.anchor.unlink()
    go_on(old)
    new = build(settings(old), Ticking())
    assert json.loads(new.ledger.entry(0).statement)["continues"]["sound"] is False
    new.close()


def test_a_ledger_that_is_served_is_not_ended(old: Gateway):
    with serving(old.settings.data_dir), pytest.raises(Misuse, match="served at the moment: stop the gateway"):
        go_on(old, sound=True)
    assert not (old.settings.data_dir / "continuing").exists()
    go_on(old, sound=True)


def test_nobody_begins_to_serve_a_ledger_that_is_being_ended(old: Gateway, monkeypatch: pytest.MonkeyPatch):
    def meanwhile(*_: object) -> None:
        with serving(old.settings.data_dir):
            raise AssertionError("it is served")

    monkeypatch.setattr("edi_gateway.storage.continuation.staged", meanwhile)
    with pytest.raises(Misuse, match="is being put aside by `edi-gateway ledger continue`"):
        go_on(old, sound=True)


def test_a_gateway_that_still_runs_on_the_old_database_records_nothing_more(old: Gateway):
    go_on(old, sound=True)
    with pytest.raises(Fault, match="removed or replaced"):
        old.recorder.record([examined("PO-1")])


@both
def test_a_gateway_that_still_runs_on_the_old_database_says_what_became_of_it(old: Gateway):
    old.watch.keep()
    old.engine.dispose()
    go_on(old, sound=True)
    for look in (old.watch.check, old.watch.history, old.watch.keep):
        with pytest.raises(Fault, match=r"was continued as gw\.example\.com/2: restart the gateway"):
            look()


def test_somebody_else_in_the_database_is_asked_to_leave(postgresql_url: str, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(continuation, "_LOOKS", 2)
    gateway = make_gateway(tmp_path / "data", postgresql_url)
    other = connect(postgresql_url)
    gateway.close()
    with other.connect(), pytest.raises(Misuse, match="stop every gateway"):
        go_on(gateway, sound=True)
    other.dispose()
    assert not (tmp_path / "data" / "continuing").exists()


def test_a_file_of_sqlite_that_lies_elsewhere_is_asked_to_be_moved(tmp_path: Path):
    gateway = make_gateway(tmp_path / "data", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    gateway.close()
    with pytest.raises(Misuse, match=f"move it to {tmp_path / 'data'}"):
        go_on(gateway, sound=True)


def test_a_new_name_is_needed(old: Gateway):
    with pytest.raises(Misuse, match="is localhost/ledger already"):
        continue_ledger(settings(old), "localhost/ledger", WORDS, clock=Ticking(), sound=True)
    build(settings(old), Ticking()).close()


def test_a_damaged_anchor_is_kept_and_not_believed(old: Gateway):
    old.watch.keep()
    old.close()
    old.settings.anchor.write_bytes(b"nonsense\n")
    done = go_on(old)
    new = build(settings(old), Ticking())
    assert "anchor" not in json.loads(new.ledger.entry(0).statement)["continues"]
    assert done.archive.with_name(f"{done.archive.name}.anchor").read_bytes() == b"nonsense\n"
    new.close()
