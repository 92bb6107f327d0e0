import stat

import pytest

from edi_gateway.ledger.note import parse_vkey
from tests.support.shell import Shell


def test_init_makes_a_gateway_and_says_what_comes_next(shell: Shell) -> None:
    said = shell.ok("init")
    assert "localhost/ledger+" in said
    assert "edi-gateway partner add" in said
    assert (shell.folder / "data" / "gateway.db").exists()
    key = shell.folder / "data" / "keys" / "ledger.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_init_refuses_where_a_gateway_is_there(gateway: Shell) -> None:
    assert "There is a gateway already" in gateway.refused("init")


def test_init_fixes_the_origin(shell: Shell) -> None:
    made = shell.json("init", "--origin", "gw.example.com/ledger")
    assert made["origin"] == parse_vkey(made["vkey"]).name == "gw.example.com/ledger"
    assert shell.json("ledger", "key")["origin"] == "gw.example.com/ledger"
    assert shell.json("ledger", "key", "--origin", "gw.example.com/ledger")["vkey"] == made["vkey"]


def test_another_origin_is_refused_later(gateway: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "This ledger is localhost/ledger, not other.example/ledger"
    assert said in gateway.refused("ledger", "key", "--origin", "other.example/ledger")
    monkeypatch.setenv("EDI_GATEWAY_ORIGIN", "other.example/ledger")
    assert said in gateway.refused("ledger", "checkpoint")


@pytest.mark.parametrize("origin", ["with space", "plus+sign", "/leading", "x", "con\x01trol"])
def test_an_origin_that_no_note_can_carry_is_refused(shell: Shell, origin: str) -> None:
    assert "origin" in shell.refused("init", "--origin", origin)
    assert not (shell.folder / "data").exists()


def test_another_private_key_than_the_ledgers_is_refused(gateway: Shell) -> None:
    gateway.ok("--data-dir", "other", "init")
    (gateway.folder / "other/keys/ledger.key").replace(gateway.folder / "data/keys/ledger.key")
    assert "is not the private key of" in gateway.refused("ledger", "checkpoint")


@pytest.mark.parametrize("content", [None, b"", b"localhost/ledger", b"\xff"])
def test_a_gateway_that_does_not_know_its_name_does_not_start(gateway: Shell, content: bytes | None) -> None:
    file = gateway.folder / "data/keys/ledger.vkey"
    file.unlink() if content is None else file.write_bytes(content)
    assert "should hold the verifier key that `init` printed" in gateway.refused("serve")


def test_a_key_with_a_passphrase_is_not_opened_without(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_GATEWAY_PASSPHRASE", "correct horse")
    shell.ok("init")
    shell.ok("ledger", "key")
    monkeypatch.delenv("EDI_GATEWAY_PASSPHRASE")
    assert "set EDI_GATEWAY_PASSPHRASE" in shell.refused("ledger", "checkpoint")


@pytest.mark.parametrize(
    "words",
    [
        ["serve"],
        ["partner", "list"],
        ["ledger", "checkpoint"],
        ["document", "list"],
        ["token", "create", "--role", "officer", "--name", "x"],
        ["db", "upgrade"],
    ],
    ids=" ".join,
)
def test_before_init_every_command_says_so(shell: Shell, words: list[str]) -> None:
    assert "There is no gateway in data: run `edi-gateway init`." in shell.refused(*words)
    assert not (shell.folder / "data").exists()


def test_options_win_over_variables_and_those_over_the_file(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write("gateway.toml", b'data_dir = "from-file"\n')
    assert shell.json("init")["dataDir"] == "from-file"
    monkeypatch.setenv("EDI_GATEWAY_DATA_DIR", "from-variable")
    assert shell.json("init")["dataDir"] == "from-variable"
    assert shell.json("init", "--data-dir", "from-option")["dataDir"] == "from-option"


def test_an_unknown_setting_in_the_file_is_refused(shell: Shell) -> None:
    shell.write("gateway.toml", b'data_dri = "typo"\n')
    assert "data_dri" in shell.refused("init")


def test_a_database_that_cannot_be_reached_is_said_in_one_line(shell: Shell) -> None:
    assert "can" in shell.refused("init", "--database-url", "postgresql://nobody@127.0.0.1:1/none")


def test_the_database_is_upgraded_to_the_newest_schema(gateway: Shell) -> None:
    assert gateway.json("db", "upgrade")["revision"]
