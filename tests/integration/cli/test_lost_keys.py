"""The ledger's key, or what opens it, is lost: what was recorded is read, and another ledger goes on."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from edi_gateway.gateway import Gateway, build
from edi_gateway.model.transmission import Transmission
from edi_gateway.settings import load
from tests.support.gateway import order, signed
from tests.support.shell import Shell, enrol


def _posted(shell: Shell) -> str:
    content_type, body = signed(order("PO-1"), "globex")
    gateway: Gateway = build(load(data_dir=shell.folder / "data"))
    transmission = Transmission(body, content_type, datetime.now(UTC), {"content-type": content_type})
    recorded = gateway.record(gateway.examine(transmission))
    gateway.watch.keep()
    gateway.close()
    return recorded.id


def _file(shell: Shell) -> str:
    """The file of the private key is gone."""
    (shell.folder / "data/keys/ledger.key").unlink()
    return "signing key can't be read"


def _folder(shell: Shell) -> str:
    """The whole folder of keys is."""
    shutil.rmtree(shell.folder / "data/keys")
    return "should hold the verifier key"


@pytest.fixture(params=[_file, _folder])
def lose(request: pytest.FixtureRequest) -> Callable[[Shell], str]:
    """Loses the key; returns what is said where it is needed."""
    return request.param


def test_what_was_recorded_is_read_without_the_key(trading: Shell, lose: Callable[[Shell], str]) -> None:
    id, vkey = _posted(trading), trading.json("ledger", "key")["vkey"]
    why = lose(trading)
    assert trading.ok("ledger", "key").strip() == vkey
    assert [one["id"] for one in trading.json("partner", "list")] == ["acme", "globex"]
    assert [one["id"] for one in trading.json("document", "list")] == [id]
    assert trading.json("document", "show", id)["verdict"] == "accepted"
    assert trading.json("ledger", "verify", "--full")["size"] == 5
    trading.ok("document", "evidence", id, "-o", "evidence.zip")
    assert trading.ok("verify", "evidence.zip", "--vkey", vkey).startswith("The evidence holds.")
    for needing in (("serve",), ("partner", "suspend", "acme")):
        assert why in trading.refused(*needing)
    for needing in (("ledger", "checkpoint"), ("document", "receipt", id)):
        assert "key" in trading.refused(*needing)


def test_evidence_of_what_nothing_signed_was_kept_of_needs_the_key(trading: Shell) -> None:
    id = _posted(trading)
    anchor = trading.folder / "data.anchor"
    anchor.write_bytes(b"".join(anchor.read_bytes().splitlines(True)[:-1]))
    why = _file(trading)
    assert why in trading.refused("document", "evidence", id, "-o", "evidence.zip")
    assert not (trading.folder / "evidence.zip").exists()


def test_a_wrong_passphrase_keeps_nobody_from_reading(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_GATEWAY_PASSPHRASE", "correct horse")
    shell.ok("init")
    enrol(shell, "acme")
    monkeypatch.setenv("EDI_GATEWAY_PASSPHRASE", "wrong horse")
    assert len(shell.json("partner", "list")) == 1
    assert "the passphrase is wrong, or the file was changed" in shell.refused("partner", "suspend", "acme")
    monkeypatch.delenv("EDI_GATEWAY_PASSPHRASE")
    assert "set EDI_GATEWAY_PASSPHRASE" in shell.refused("partner", "suspend", "acme")


def test_another_ledger_goes_on_and_says_that_the_key_was_lost(trading: Shell, lose: Callable[[Shell], str]) -> None:
    vkey = trading.json("ledger", "key")["vkey"]
    lose(trading)
    words = ("ledger", "continue", "--origin", "gw.example.com/2", "--reason", "key lost", "--by", "olga")
    said = trading.refused(*words)
    assert "say `--sound`" in said
    assert "signing key can't be read" in said
    told = trading.json(*words, "--sound")
    assert told["vkey"] != vkey
    gateway = build(load(data_dir=trading.folder / "data"))
    continues = json.loads(gateway.ledger.entry(0).statement)["continues"]
    gateway.close()
    assert (continues["keys"], continues["keysLost"], continues["sound"]) == ([vkey], [vkey], True)
    trading.ok("partner", "suspend", "acme")
    assert trading.ok("--data-dir", told["archive"], "ledger", "key").strip() == vkey


def test_a_ledger_whose_keys_are_at_hand_says_nothing_of_lost_ones(trading: Shell) -> None:
    trading.ok("ledger", "continue", "--origin", "gw.example.com/2", "--reason", "moved", "--by", "olga", "--sound")
    gateway = build(load(data_dir=trading.folder / "data"))
    assert "keysLost" not in json.loads(gateway.ledger.entry(0).statement)["continues"]
    gateway.close()
