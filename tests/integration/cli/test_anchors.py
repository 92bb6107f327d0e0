"""What operators do about an anchor that is lost, and a ledger that is at its end."""

import shutil

import pytest

from edi_gateway.gateway import build
from edi_gateway.ledger.proven import Proven
from edi_gateway.settings import load
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.forks import Forked
from tests.support.shell import Shell


def test_a_lost_anchor_is_begun_anew_by_a_command_that_the_ledger_records(trading: Shell) -> None:
    anchor = trading.folder / "data.anchor"
    anchor.unlink()
    assert "there is no anchor" in trading.refused("partner", "suspend", "acme")
    assert "there is no anchor" in trading.refused("serve", "--port", "0")
    assert trading.json("partner", "list")
    told = trading.json("ledger", "anchor", "--reason", " moved,\n the anchor was lost ")
    statement = told["receipt"]["statement"]
    assert (statement["type"], statement["reason"]) == ("ledger.anchored", "moved, the anchor was lost")
    assert statement["ledger"]["size"] == told["receipt"]["index"]
    assert len(anchor.read_bytes().splitlines()) == 1
    trading.ok("partner", "suspend", "acme")
    assert trading.json("ledger", "verify", "--full")["holds"]


def test_an_anchor_that_cannot_be_made_is_asked_for_again(trading: Shell) -> None:
    anchor = trading.folder / "data.anchor"
    anchor.unlink()
    (trading.folder / "file").touch()
    elsewhere = {"EDI_GATEWAY_ANCHOR_FILE": str(trading.folder / "file/anchor")}
    assert "anchor_file" in trading.run("ledger", "anchor", "--reason", "it was lost", env=elsewhere).stderr
    trading.ok("ledger", "anchor", "--reason", "it was lost")
    assert trading.json("ledger", "verify", "--full")["holds"]


def test_an_anchor_that_contradicts_is_not_put_aside(trading: Shell) -> None:
    shutil.copy("data/gateway.db", "old.db")
    trading.ok("partner", "suspend", "acme")
    shutil.copy("old.db", "data/gateway.db")
    anchor = trading.folder / "data.anchor"
    kept = anchor.read_bytes()
    said = trading.refused("ledger", "anchor", "--reason", "all is well")
    assert "it is an old copy" in said
    assert "edi-gateway ledger continue" in said
    assert anchor.read_bytes() == kept


def test_a_reason_that_says_nothing_is_refused(trading: Shell) -> None:
    assert "A reason has" in trading.refused("ledger", "anchor", "--reason", "  ")


def test_a_fork_is_shown_and_gone_on_from_by_a_command_that_the_ledger_records(trading: Shell) -> None:
    assert trading.ok("ledger", "fork") == "No fork is waiting to be settled.\n"
    assert "nothing is stopped" in trading.refused("ledger", "fork", "--go-on", "why not")
    gateway = build(load(data_dir=trading.folder / "data"))
    theirs = sign_head(gateway.notary, Proven(5, bytes(32)))
    with pytest.raises(Forked):
        gateway.forks.judge("one", theirs, gateway.checkpoint())
    gateway.close()
    assert "The ledger forked" in trading.refused("partner", "suspend", "acme")
    assert theirs.decode() in trading.ok("ledger", "fork")
    told = trading.json("ledger", "fork", "--go-on", "a test machine had a copy of the key", "--by", "olga")
    assert (told["theirs"], told["goesOn"]) == (theirs.decode(), True)
    trading.ok("partner", "suspend", "acme")
    assert trading.json("ledger", "verify", "--full")["size"] == 6
    # Whoever comes later sees both checkpoints still.
    assert theirs.decode() in trading.ok("ledger", "fork")
    later = trading.json("ledger", "fork")
    assert (later["fork"], [one["theirs"] for one in later["settled"]]) == (None, [theirs.decode()])


def test_a_ledger_goes_on_under_another_name(trading: Shell) -> None:
    before = trading.json("partner", "list")
    vkey = trading.ok("ledger", "key").strip()
    assert "give it with --origin" in trading.refused("ledger", "continue", "--reason", "lost")
    words = ("ledger", "continue", "--origin", "gw.example.com/2", "--reason", "lost", "--by", "olga")
    assert "say `--sound`" in trading.refused(*words)
    told = trading.json(*words, "--sound")
    assert told["vkey"] == trading.ok("ledger", "key").strip()
    assert told["ended"] == 4
    assert trading.json("partner", "list") == before
    assert trading.json("ledger", "verify", "--full")["size"] == 5
    assert trading.ok("--data-dir", told["archive"], "ledger", "key").strip() == vkey
