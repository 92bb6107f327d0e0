"""Tokens and the trail of access at the command line."""

import getpass
import json
from pathlib import Path

from tests.support.gateway import order, signed
from tests.support.shell import Shell


def recorded(shell: Shell) -> str:
    """The id of a document that the gateway of this directory has recorded."""
    from edi_gateway.gateway import build
    from edi_gateway.model.transmission import Transmission
    from edi_gateway.settings import load

    content_type, body = signed(order(), "globex")
    gateway = build(load())
    try:
        transmission = Transmission(body, content_type, gateway.clock(), {"content-type": content_type}, "192.0.2.1")
        return gateway.record(gateway.examine(transmission)).id
    finally:
        gateway.close()


def test_tokens_are_listed_until_they_end(gateway: Shell) -> None:
    made = gateway.json("token", "create", "--role", "officer", "--name", "audit")
    gateway.ok("token", "create", "--role", "operator", "--only", "metrics.read", "--name", "prometheus")
    listed = gateway.json("token", "list")
    assert [(one["name"], one["role"], one["actions"]) for one in listed] == [
        ("audit", "officer", None),
        ("prometheus", "operator", ["metrics.read"]),
    ]
    assert made["token"] not in gateway.ok("token", "list", "--json")
    gateway.ok("token", "revoke", made["id"])
    assert [one["name"] for one in gateway.json("token", "list")] == ["prometheus"]
    assert {one["state"] for one in gateway.json("token", "list", "--all")} == {"good", "revoked"}
    assert "prometheus" in gateway.ok("token", "list")
    assert "was revoked before" in gateway.refused("token", "revoke", made["id"])


def test_a_token_is_not_made_for_more_than_its_role(gateway: Shell) -> None:
    why = gateway.refused("token", "create", "--role", "operator", "--only", "documents.read", "--name", "x")
    assert "The role operator may do" in why


def test_a_guests_token_is_printed_as_a_link(trading: Shell) -> None:
    id = recorded(trading)
    made = trading.json("token", "create", "--role", "auditor-guest", "--document", id, "--name", "Court")
    assert made["link"] == f"/v1/documents/{id}/evidence?access_token={made['token']}"
    assert (trading.json("token", "list")[0]["document"], made["document"]) == (id, id)
    assert "no document" in trading.refused(
        "token", "create", "--role", "auditor-guest", "--document", "x", "--name", "Court"
    )


def test_the_trail_has_what_was_made_and_written_out(trading: Shell, tmp_path: Path) -> None:
    id = recorded(trading)
    token = trading.json("token", "create", "--role", "officer", "--name", "audit")
    trading.ok("document", "evidence", id, "-o", tmp_path / "evidence.zip")
    trading.ok("document", "receipt", id, "--format", "cose", "-o", tmp_path / "receipt")
    trading.ok("document", "history", "globex", "-o", tmp_path / "history.json")
    trail = trading.json("audit", "list")
    assert [(one["event"], one["subject"]) for one in trail] == [
        ("history.read", "globex"),
        ("receipt.read", id),
        ("evidence.read", id),
        ("token.created", token["id"]),
    ]
    assert {(one["actor"], one["role"]) for one in trail} == {(getpass.getuser(), "host")}
    assert token["token"].removeprefix("edg_") not in trading.ok("audit", "list", "--json")
    assert len(trading.json("audit", "list", "--subject", id, "--event", "evidence.read")) == 1
    assert len(trading.json("audit", "list", "--limit", "1")) == 1
    assert "There are no such steps." in trading.ok("audit", "list", "--actor", "nobody")
    assert trading.json("audit", "verify") == {"holds": True, "steps": 4, "covered": 0}
    assert "4 steps" in trading.ok("audit", "verify")
    assert trading.json("ledger", "verify", "--full")["steps"] == 4
    assert trading.json("ledger", "verify")["steps"] is None


def test_accounts_are_made_listed_and_changed(gateway: Shell) -> None:
    password = "correct horse battery staple\n"
    made = gateway.run("user", "add", "anna", "--role", "officer", "--json", input=password)
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["totp"].startswith("otpauth://totp/")
    assert gateway.run("user", "add", "bert", "--role", "operator", "--without-totp", input=password).exit_code == 0
    gateway.ok("user", "disable", "bert")
    assert [(one["name"], one["role"], one["state"], one["totp"]) for one in gateway.json("user", "list")] == [
        ("anna", "officer", "enabled", True),
        ("bert", "operator", "disabled", False),
    ]
    gateway.ok("user", "enable", "bert")
    assert gateway.run("user", "password", "anna", input="another " + password).exit_code == 0
    assert gateway.json("user", "totp", "bert")["totp"].startswith("otpauth://totp/")
    assert gateway.json("user", "totp", "anna", "--remove")["totp"] is None
    assert "argon2" not in gateway.ok("user", "list", "--json")
    events = [one["event"] for one in gateway.json("audit", "list", "--limit", "5")]
    assert events == [
        "user.code-changed",
        "user.code-changed",
        "user.password-changed",
        "user.enabled",
        "user.disabled",
    ]


def test_a_short_password_and_a_second_user_of_a_name_are_refused(gateway: Shell) -> None:
    short = gateway.run("user", "add", "anna", "--role", "officer", input="short\n")
    assert (short.exit_code, short.stdout) == (1, "")
    assert "12 to 256 characters" in short.stderr
    assert "no user" in gateway.refused("user", "disable", "nobody")
