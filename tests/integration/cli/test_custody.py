"""Erasing, holding and listing what is due, at the gateway's own machine."""

import getpass
import json

import pytest

from edi_gateway.gateway import build
from edi_gateway.model.transmission import Transmission
from edi_gateway.settings import load
from edi_gateway.workflows.check import check_receipt
from tests.support.gateway import invoice, signed
from tests.support.shell import Shell

WHY = ("--reason", "retention ended", "--authority", "schedule 2026-4")


@pytest.fixture
def posted(trading: Shell) -> str:
    """The id of an invoice."""
    content_type, body = signed(invoice("INV-1"), "acme")
    gateway = build(load(data_dir=trading.folder / "data"))
    transmission = Transmission(body, content_type, gateway.clock(), {"content-type": content_type})
    recorded = gateway.record(gateway.examine(transmission))
    gateway.close()
    return recorded.id


def test_a_document_is_erased_and_the_receipt_for_it_holds(trading: Shell, posted: str) -> None:
    receipt = trading.json("document", "erase", posted, *WHY, "--by", "Olga")["receipt"]
    checked = check_receipt(json.dumps(receipt).encode(), trading.json("ledger", "key")["vkey"])
    assert checked.statement["type"] == "document.erased"
    assert checked.statement["by"] == "Olga"
    assert checked.statement["reason"] == "retention ended"
    assert checked.statement["authority"] == "schedule 2026-4"
    assert "entry 5 of the ledger says why" in trading.refused("document", "show", posted)
    assert trading.json("document", "list") == []
    assert trading.json("ledger", "verify", "--full")["documents"] == 0


def test_what_was_done_is_said(trading: Shell, posted: str) -> None:
    assert "is on hold: entry 5" in trading.ok("document", "hold", posted, "--reason", "case 12")
    assert trading.json("document", "show", posted)["held"] is True
    assert "is on hold: release it first" in trading.refused("document", "erase", posted, *WHY)
    assert "is released: entry 6" in trading.ok("document", "release", posted)
    assert trading.json("document", "show", posted)["held"] is False
    told = trading.ok("document", "erase", posted, *WHY)
    assert f"{posted} is erased: entry 7 of the ledger says so of entry 4." in told
    assert "traces" not in told


def test_who_did_it_is_the_login_unless_somebody_says_otherwise(
    trading: Shell, posted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "olga")
    held = trading.json("document", "hold", posted, "--reason", "case 12")
    assert held["receipt"]["statement"]["by"] == "olga"


def test_nobody_does_it_namelessly(trading: Shell, posted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert "--by" in trading.refused("document", "hold", posted, "--reason", "case 12")
    assert "The name has" in trading.refused("document", "hold", posted, "--reason", "case 12", "--by", " ")


@pytest.mark.parametrize(
    "words", [["erase", "ID"], ["erase", "ID", "--reason", "x"], ["erase", "ID", "--authority", "x"], ["hold", "ID"]]
)
def test_without_reason_or_authority_it_is_wrong_usage(trading: Shell, words: list[str]) -> None:
    assert trading.run("document", *words).exit_code == 2


@pytest.mark.parametrize("words", [["erase", "x", *WHY], ["hold", "x", "--reason", "y"], ["release", "x"]])
def test_what_is_not_there_is_neither_erased_nor_held(trading: Shell, words: list[str]) -> None:
    assert "There is no document x." in trading.refused("document", *words)


def test_erasing_says_when_the_database_may_keep_traces(trading: Shell, posted: str) -> None:
    gateway = build(load(data_dir=trading.folder / "data"))
    with gateway.ledger.inspecting() as reading:
        assert reading.payload_count() == 1
        told = trading.ok("document", "erase", posted, *WHY)
    gateway.close()
    assert "traces" in told


def test_what_is_due_is_listed_with_the_command_that_erases_it(trading: Shell, posted: str) -> None:
    trading.write("gateway.toml", b'[retention]\ninvoice = "10y"\n')
    assert trading.json("document", "due") == []
    assert trading.ok("document", "due") == "No document is due.\n"
    (found,) = trading.json("document", "due", "--before", "2100-01-01T00:00:00Z")
    assert (found["id"], found["type"], found["retention"], found["number"]) == (posted, "invoice", "10y", "INV-1")
    table = trading.ok("document", "due", "--before", "2100-01-01T00:00:00Z")
    assert f"document erase {posted}" in table


def test_without_times_of_keeping_it_is_said_where_they_are_set(trading: Shell) -> None:
    assert "gateway.toml" in trading.refused("document", "due")
