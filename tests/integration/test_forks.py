"""A witness proves with the ledger's own signatures that there is another history: nothing more is recorded."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.continuation import continue_ledger
from edi_gateway.errors import Fault, GatewayError
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger import checkpoint
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.settings import load
from edi_gateway.workflows.forks import Forked, looked_at
from edi_gateway.workflows.witness import Disputed, Overtaken
from tests.integration.test_publishing import grow
from tests.support.gateway import ORIGIN, Ticking, make_gateway, reopened
from tests.support.neighbours import Neighbour, neighbours
from tests.support.recording import examined


@pytest.fixture
def ours(tmp_path: Path):
    """With one entry, published."""
    gateway = make_gateway(tmp_path / "ours")
    publish(gateway, "PO-1")
    gateway.watch.keep()
    yield gateway
    gateway.close()


@pytest.fixture
def theirs(ours: Gateway, tmp_path: Path):
    """A copy, with the key and all."""
    shutil.copytree(ours.settings.data_dir, tmp_path / "theirs")
    shutil.copy(ours.settings.anchor, tmp_path / "theirs.anchor")
    gateway = build(load(data_dir=tmp_path / "theirs"), Ticking())
    yield gateway
    gateway.close()


@pytest.fixture
def one(ours: Gateway, tmp_path: Path) -> Neighbour:
    return neighbours(tmp_path, ours, "one")[0]


def publish(gateway: Gateway, *numbers: str) -> None:
    grow(gateway, *numbers)
    gateway.publisher.publish()


def forked(ours: Gateway, theirs: Gateway, one: Neighbour) -> None:
    """The witness cosigns what the copy recorded; what is recorded here is of another history."""
    publish(theirs, "PO-2")
    assert one.submitter(theirs).submit()
    publish(ours, "PO-3")


def recorded(gateway: Gateway) -> None:
    before = gateway.ledger.head().size
    gateway.recorder.record([examined(f"PO-{before}x")])
    assert gateway.ledger.head().size == before + 1


def test_another_root_at_one_size_stops_recording(ours: Gateway, theirs: Gateway, one: Neighbour):
    forked(ours, theirs, one)
    with pytest.raises(Forked, match="signed another tree of 2 entries than it has, as the witness one proves"):
        one.submitter(ours).submit()
    found = ours.forks.known()
    for signed, by in ((found.theirs, theirs), (found.ours, ours)):
        opened = checkpoint.open(signed.encode(), ORIGIN, [ours.notary.verifier])
        assert (opened.size, opened.root) == (2, by.ledger.head().root)
    before = ours.ledger.head()
    for gateway in (ours, after := reopened(ours)):
        with pytest.raises(Forked):
            gateway.recorder.record([examined("PO-4")])
    after.close()
    assert ours.ledger.head() == before


def test_more_entries_than_the_ledger_has_stop_recording(ours: Gateway, theirs: Gateway, one: Neighbour):
    publish(theirs, "PO-2", "PO-3", "PO-4")
    assert one.submitter(theirs).submit()
    publish(ours, "PO-5")
    with pytest.raises(Forked, match="signed a tree of 4 entries, and it has 2"):
        one.submitter(ours).submit()


def test_another_history_that_has_been_overtaken_stops_recording(ours: Gateway, theirs: Gateway, one: Neighbour):
    forked(ours, theirs, one)
    publish(ours, "PO-5", "PO-6")
    with pytest.raises(Forked, match="another tree of 2 entries"):
        one.submitter(ours).submit()


def strangers(ours: Gateway) -> bytes:
    """A checkpoint of ours that somebody else signed."""
    return checkpoint.sign(Checkpoint(ORIGIN, 2, bytes(32)), Ed25519PrivateKey.generate())


def forged(ours: Gateway) -> bytes:
    """Our signature, under another root."""
    newest = ours.publications.newest()
    text, _, signature = newest.note.decode().partition("\n\n")
    lines = text.split("\n")
    return "\n".join([*lines[:2], encode_base64(bytes(32))]).encode() + f"\n\n{signature}".encode()


def true(ours: Gateway) -> bytes:
    """What we did sign."""
    return ours.publications.newest().note


@pytest.mark.parametrize("shown", [lambda _: b"nonsense", lambda _: b"", strangers, forged, true])
@pytest.mark.parametrize("claim", [Disputed("another history"), Overtaken("more of it", 70_000)], ids=repr)
def test_what_no_key_of_ours_signed_stops_nothing(ours: Gateway, one: Neighbour, shown, claim: Fault):
    def add_checkpoint(*_: object) -> None:
        raise claim

    one.add_checkpoint = add_checkpoint
    one.shows = shown(ours)
    with pytest.raises(type(claim)):
        one.submitter(ours).submit()
    assert ours.forks.known() is None
    recorded(ours)


def test_what_an_operator_has_looked_at_stops_nothing_any_more(ours: Gateway, theirs: Gateway, one: Neighbour):
    forked(ours, theirs, one)
    with pytest.raises(Forked):
        one.submitter(ours).submit()
    found = ours.forks.known()
    going_on = replace(ours, recorder=replace(ours.recorder, halt=lambda: None))
    receipt = json.loads(going_on.record(looked_at(found, "a test machine", ours.office("olga"))).receipt)
    ours.forks.settle(found)
    assert ours.forks.settled() == [found]
    told = {"size": 2, "root": encode_base64(theirs.ledger.head().root)}
    assert receipt["statement"]["type"] == "ledger.forked"
    assert receipt["statement"]["fork"] == told
    recorded(ours)
    with pytest.raises(Disputed):
        one.submitter(ours).submit()
    recorded(ours)


def test_another_fork_after_that_stops_recording_again(ours: Gateway, theirs: Gateway, one: Neighbour):
    forked(ours, theirs, one)
    with pytest.raises(Forked):
        one.submitter(ours).submit()
    ours.forks.settle(ours.forks.known())
    publish(theirs, "PO-7", "PO-8")
    assert one.submitter(theirs).submit()
    publish(ours, "PO-9", "PO-10")
    with pytest.raises(Forked, match="another tree of 4 entries"):
        one.submitter(ours).submit()


def test_a_ledger_that_forked_is_not_sound(ours: Gateway, theirs: Gateway, one: Neighbour):
    forked(ours, theirs, one)
    with pytest.raises(Forked):
        one.submitter(ours).submit()
    found = ours.forks.known()
    assert found
    ours.close()
    continue_ledger(load(data_dir=ours.settings.data_dir), "gw.example.com/2", ("forked", "olga"), clock=Ticking())
    new = build(load(data_dir=ours.settings.data_dir), Ticking())
    assert new.forks.known() is None
    told = json.loads(new.ledger.entry(0).statement)["continues"]["fork"]
    other = {"size": 2, "root": encode_base64(theirs.ledger.head().root)}
    assert told == other | {"witness": one.name, "foundAt": found.found_at}
    recorded(new)
    new.close()


def test_a_damaged_memory_of_forks_stops_recording_too(ours: Gateway):
    (ours.settings.data_dir / "forks.state").write_bytes(b"{")
    with pytest.raises(GatewayError, match="What is known of forks is damaged"):
        ours.recorder.record([examined("PO-4")])
