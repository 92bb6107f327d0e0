"""Exchanging the ledger's key on the command line."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger.note import parse_vkey
from edi_gateway.settings import load
from edi_gateway.storage.ledger_keys import SqlLedgerKeys
from tests.support.gateway import pem
from tests.support.shell import Shell
from tests.support.softhsm import PIN, TOKEN, software_token


def receipt_of(shell: Shell, partner: str) -> Path:
    """A file with the receipt for the enrolment of a partner."""
    words = ("partner", "add", partner, "--name", partner, "--identifier", f"test:{partner}")
    return shell.write(f"{partner}.json", json.dumps(shell.json(*words)["receipt"]).encode())


def key_files(shell: Shell) -> set[str]:
    return {file.name for file in (shell.folder / "data/keys").iterdir()}


def test_a_key_is_added_and_the_first_one_retired_and_destroyed(gateway: Shell) -> None:
    old = gateway.ok("ledger", "key").strip()
    before = receipt_of(gateway, "before")
    added = gateway.json("ledger", "key", "add")
    assert gateway.ok("ledger", "key").strip() == added["vkey"] != old
    both = receipt_of(gateway, "both")
    for vkey in (old, added["vkey"]):
        assert gateway.ok("verify", both, "--vkey", vkey).startswith("The receipt holds.")
    retired = gateway.json("ledger", "key", "retire", parse_vkey(old).key_id.hex(), "--destroy")
    assert (retired["state"], retired["from"], retired["until"], retired["destroyed"]) == ("retired", 0, 4, True)
    assert key_files(gateway) == {"ledger.vkey", f"ledger-{added['key']}.key"}
    after = receipt_of(gateway, "after")
    vkeys = gateway.write("gateway.vkeys", gateway.ok("ledger", "key", "list", "--vkeys").encode())
    for receipt in (before, both, after):
        assert gateway.ok("verify", receipt, "--vkeys", vkeys).startswith("The receipt holds.")
        assert gateway.ok("verify", receipt, "--vkey", old, "--vkey", added["vkey"]).startswith("The receipt holds.")
    assert "no signature of a known key" in gateway.refused("verify", after, "--vkey", old)
    gateway.ok("ledger", "verify", "--full")


def test_a_key_outside_its_sizes_does_not_hold(gateway: Shell) -> None:
    receipt, vkey = receipt_of(gateway, "acme"), gateway.ok("ledger", "key").strip()
    assert gateway.ok("verify", receipt, "--vkey", f"{vkey} 0 1").startswith("The receipt holds.")
    said = gateway.refused("verify", receipt, "--vkey", f"{vkey} 2")
    assert "key not valid then: the checkpoint of size 1 is signed by localhost/ledger+" in said


def test_a_key_can_be_made_before_it_is_added(gateway: Shell) -> None:
    made = gateway.json("ledger", "key", "make", "--key", "file:next.key")
    assert made["source"] == "file:next.key"
    assert stat.S_IMODE((gateway.folder / "data/keys/next.key").stat().st_mode) == 0o600
    assert gateway.ok("ledger", "key").strip() != made["vkey"]
    assert gateway.json("ledger", "key", "add", "--key", "file:next.key")["vkey"] == made["vkey"]
    assert "There is a key already" in gateway.refused("ledger", "key", "make", "--key", "file:next.key")


def test_all_keys_are_listed_with_their_sizes(gateway: Shell) -> None:
    first = gateway.json("ledger", "key", "list")[0]
    gateway.ok("ledger", "key", "add")
    gateway.ok("ledger", "key", "retire", first["key"])
    lines = [line.split() for line in gateway.ok("ledger", "key", "list").splitlines()]
    assert lines[0] == ["KEY", "STATE", "FROM", "UNTIL", "WHERE"]
    assert lines[1] == [first["key"], "retired", "0", "2", "file:ledger.key"]
    assert lines[2][1:4] == ["signing", "1", "-"]
    assert "ledger.key" in key_files(gateway)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["retire", "00000000"], "The ledger has no key 00000000"),
        (["add", "--key", "file:../ledger.key"], "file:../ledger.key: a key is at file:NAME"),
        (["add", "--key", "file:missing.key"], "can't be read"),
        (["add", "--key", "file:ledger.key"], "The ledger has, or had, a key"),
        (["add", "--key", "pkcs11:token=a;object=b"], "needs the settings pkcs11_module"),
        (["add", "--key", "pkcs11:slot-id=1"], "is named pkcs11:token=LABEL;object=LABEL"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_can_not_be_done_to_a_key_is_said(gateway: Shell, words: list[str], said: str) -> None:
    assert said in gateway.refused("ledger", "key", *words)
    assert gateway.json("ledger", "checkpoint")["size"] == 0


def test_the_only_key_is_not_retired(gateway: Shell) -> None:
    only = gateway.json("ledger", "key", "list")[0]["key"]
    assert "is the only key that signs" in gateway.refused("ledger", "key", "retire", only)


def test_an_interrupted_retirement_is_finished_by_running_it_again(
    gateway: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = gateway.json("ledger", "key", "list")[0]["key"]
    receipt_of(gateway, "acme")
    gateway.ok("ledger", "key", "add")
    with monkeypatch.context() as patched:
        patched.setattr(SqlLedgerKeys, "keep", lambda *_: (_ for _ in ()).throw(OSError("pulled the plug")))
        assert "pulled the plug" in gateway.run("ledger", "key", "retire", first, "--destroy").stderr
    assert gateway.json("ledger", "key", "list")[0]["state"] == "retiring"
    assert "ledger.key" in key_files(gateway)
    assert gateway.json("ledger", "key", "retire", first, "--destroy")["until"] == 3
    assert "ledger.key" not in key_files(gateway)
    assert gateway.json("ledger", "key", "retire", first, "--destroy")["state"] == "retired"


def test_keys_are_wrapped_with_the_passphrase_and_not_opened_with_another(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDI_GATEWAY_PASSPHRASE", "correct horse")
    shell.ok("init")
    monkeypatch.setenv("EDI_GATEWAY_PASSPHRASE", "wrong horse")
    assert "the passphrase is wrong, or the file was changed" in shell.refused("ledger", "checkpoint")


def unfinished(shell: Shell, monkeypatch: pytest.MonkeyPatch, stopped: str) -> None:
    """An `init` that fails where it calls that function."""
    with monkeypatch.context() as patched:
        patched.setattr(stopped, lambda *_, **__: (_ for _ in ()).throw(OSError("no space left")))
        assert "no space left" in shell.refused("init")


@pytest.mark.parametrize(
    "stopped",
    [
        "edi_gateway.storage.schema.upgrade",
        "edi_gateway.storage.ledger_keys.SqlLedgerKeys.found",
        "edi_gateway.workflows.anchoring.Watch.found",
        "edi_gateway.storage.state.StateFile.write",
    ],
)
def test_init_can_be_run_again_where_it_failed(shell: Shell, monkeypatch: pytest.MonkeyPatch, stopped: str) -> None:
    unfinished(shell, monkeypatch, stopped)
    key = (shell.folder / "data/keys/ledger.key").read_bytes()
    shell.ok("init")
    assert (shell.folder / "data/keys/ledger.key").read_bytes() == key
    shell.ok("ledger", "verify")


def test_another_database_under_the_key_of_a_ledger_is_refused(gateway: Shell) -> None:
    said = gateway.refused("init", "--database-url", f"sqlite:///{gateway.folder / 'another.db'}")
    assert "There is a key already" in said


def test_a_ledger_that_lost_its_verifier_key_is_not_taken_for_a_new_one(gateway: Shell) -> None:
    receipt_of(gateway, "acme")
    (gateway.folder / "data/keys/ledger.vkey").unlink()
    assert "There is a gateway already" in gateway.refused("init")


def test_the_verifier_key_of_another_ledger_is_refused(gateway: Shell) -> None:
    gateway.ok("--data-dir", "other", "init")
    for name in ("ledger.key", "ledger.vkey"):
        (gateway.folder / "other/keys" / name).replace(gateway.folder / "data/keys" / name)
    assert "is not the first verifier key of the ledger in the database" in gateway.refused("ledger", "checkpoint")


def test_a_ledger_from_before_keys_were_told_in_the_database_has_one_after_the_upgrade(gateway: Shell) -> None:
    receipt = receipt_of(gateway, "acme")
    opened: Gateway = build(load(data_dir=gateway.folder / "data"))
    with opened.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger_keys")
    opened.close()
    assert "is not the first verifier key" in gateway.refused("ledger", "key")
    gateway.ok("db", "upgrade")
    assert [one["from"] for one in gateway.json("ledger", "key", "list")] == [0]
    assert gateway.ok("verify", receipt, "--vkey", gateway.ok("ledger", "key").strip())
    gateway.ok("key", "add", "acme", "--cert", gateway.write("acme.pem", pem("acme")))


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A token in software; the settings lead to it."""
    with software_token(tmp_path) as module:
        monkeypatch.setenv("EDI_GATEWAY_PKCS11_MODULE", str(module))
        monkeypatch.setenv("EDI_GATEWAY_PKCS11_PIN", PIN)
        yield f"pkcs11:token={TOKEN};object=ledger%20"


def test_the_first_key_may_be_on_a_token(shell: Shell, token: str) -> None:
    made = shell.json("init", "--key", f"{token}1")
    assert key_files(shell) == {"ledger.vkey"}
    receipt = receipt_of(shell, "acme")
    assert shell.ok("verify", receipt, "--vkey", made["vkey"]).startswith("The receipt holds.")


def test_the_ledger_moves_from_a_file_to_a_token_and_on_to_another_key(gateway: Shell, token: str) -> None:
    first, before = gateway.json("ledger", "key", "list")[0], receipt_of(gateway, "before")
    made = gateway.json("ledger", "key", "make", "--key", f"{token}1")
    added = gateway.json("ledger", "key", "add", "--key", made["source"])
    assert (added["vkey"], added["source"]) == (made["vkey"], f"{token}1")
    gateway.ok("ledger", "key", "retire", first["key"], "--destroy")
    on_token = receipt_of(gateway, "on-token")
    gateway.ok("ledger", "key", "make", "--key", f"{token}2")
    gateway.ok("ledger", "key", "add", "--key", f"{token}2")
    gateway.ok("ledger", "key", "retire", added["key"], "--destroy")
    assert f"There is no one Ed25519 key pair {token}1" in gateway.refused("ledger", "key", "add", "--key", f"{token}1")
    vkeys = gateway.write("gateway.vkeys", gateway.ok("ledger", "key", "list", "--vkeys").encode())
    for receipt in (before, on_token, receipt_of(gateway, "after")):
        assert gateway.ok("verify", receipt, "--vkeys", vkeys).startswith("The receipt holds.")
    assert gateway.json("ledger", "verify", "--full")["signatures"] == 4 + 5


def test_a_pin_is_read_from_a_file_that_nobody_else_reads(
    gateway: Shell, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = gateway.write("pin", f"{PIN}\n".encode())
    monkeypatch.setenv("EDI_GATEWAY_PKCS11_PIN_FILE", str(file))
    assert "exclude each other" in gateway.refused("ledger", "key")
    monkeypatch.delenv("EDI_GATEWAY_PKCS11_PIN")
    file.chmod(0o644)
    assert "is readable by others than its owner" in gateway.refused("ledger", "key")
    file.chmod(0o600)
    gateway.ok("ledger", "key", "make", "--key", f"{token}1")
