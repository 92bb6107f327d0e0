"""Partners in files: what a file says is shown, then done as a whole, once; and what is exported can be taken over."""

import json
import re
from pathlib import Path

import pytest

from edi_gateway.cli import partner_file
from edi_gateway.partners.profile_form import MEMBERS
from tests.support.gateway import pem
from tests.support.profiles import EVERYTHING, EXAMPLE
from tests.support.shell import Shell
from tests.support.ubl import INVOICE, changed, drop, set_text

PLAIN_INVOICE = changed(INVOICE, drop("cbc:CustomizationID"), set_text("cbc:InvoiceTypeCode", "999"))


def size(shell: Shell) -> int:
    return int(shell.json("ledger", "verify")["size"])


def partners_file(shell: Shell, *partners: object, name: str = "partners.json") -> Path:
    return shell.write(name, json.dumps({"partners": partners}).encode())


ACME = {"id": "acme", "name": "Acme", "identifiers": ["test:1"]}


def test_the_example_is_applied_and_applied_again_changes_nothing(gateway: Shell) -> None:
    told = gateway.ok("partner", "apply", EXAMPLE, "--yes", "--reason", "first agreement")
    assert gateway.json("partner", "show", "acme")["profile"] == 1
    assert "+ acme  name: Acme Tools Ltd" in told
    assert '+ acme  profile.types: ["credit-note", "despatch-advice", "invoice", "order-response"]' in told
    assert told.endswith("Done: entries 0 to 2 of the ledger.\n")
    assert gateway.ok("partner", "apply", EXAMPLE, "--yes") == "There is nothing to change.\n"
    assert gateway.json("partner", "apply", EXAMPLE, "--dry-run")["changes"] == []
    assert size(gateway) == 3
    shown = gateway.json("partner", "profile", "acme")
    assert (shown["version"], shown["versions"][0]["reason"]) == (1, "first agreement")
    assert shown["profile"]["waivers"][0]["until"] == "2027-06-30T00:00:00.000Z"


def test_a_dry_run_shows_everything_and_does_nothing(trading: Shell) -> None:
    wanted = {
        "id": "acme",
        "name": "Acme plc",
        "identifiers": ["test:1"],
        "suspended": True,
        "profile": {"maxBytes": 5},
        "keys": [{"pem": pem("new").decode()}],
    }
    told = trading.json("partner", "apply", partners_file(trading, wanted), "--dry-run")
    assert [(one["what"].partition(" ")[0], one["after"]) for one in told["changes"]] == [
        ("name", "Acme plc"),
        ("identifiers", ["test:1"]),
        ("profile.maxBytes", 5),
        ("key", "trusted"),
        ("suspended", True),
    ]
    assert (told["receipts"], size(trading)) == ([], 4)
    assert trading.json("partner", "apply", "partners.json", "--yes")["changes"] == told["changes"]
    assert size(trading) == 8
    assert trading.json("partner", "show", "acme")["status"] == "suspended"


def test_one_partner_may_stand_alone_and_in_toml(gateway: Shell) -> None:
    gateway.write("key.pem", pem("acme"))
    text = 'id = "acme"\nname = "Acme"\nidentifiers = ["test:1"]\n[profile]\nmaxBytes = 5\n[[keys]]\nfile = "key.pem"\n'
    gateway.ok("partner", "apply", gateway.write("acme.toml", text.encode()), "--yes")
    assert len(gateway.json("partner", "show", "acme")["keys"]) == 1
    assert size(gateway) == 3


def test_what_a_file_leaves_out_stays_and_an_empty_profile_takes_all_limits_away(gateway: Shell) -> None:
    gateway.ok("partner", "apply", partners_file(gateway, ACME | {"profile": EVERYTHING}), "--yes")
    gateway.ok("partner", "apply", partners_file(gateway, {"id": "acme", "name": "Acme plc"}), "--yes")
    assert gateway.json("partner", "profile", "acme")["profile"] == EVERYTHING
    assert gateway.json("partner", "show", "acme")["identifiers"] == ["test:1"]
    told = gateway.ok("partner", "apply", partners_file(gateway, {"id": "acme", "profile": {}}), "--yes")
    assert "- acme  profile.maxBytes: 100000" in told
    assert gateway.json("partner", "profile", "acme")["profile"] == {}
    assert gateway.json("partner", "profile", "acme", "--version", "1")["profile"] == EVERYTHING
    assert "no version 3" in gateway.refused("partner", "profile", "acme", "--version", "3")


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ({"id": "globex", "name": "Globex", "identifiers": ["test:1"]}, "test:1 belongs to acme"),
        ({"id": "globex"}, "takes a name and identifiers"),
        ({"id": "Globex", "name": "Globex", "identifiers": ["test:2"]}, "lower-case"),
        ({"id": "globex", "name": "Globex", "identifiers": ["test"]}, "SCHEME:VALUE"),
        ({"id": "globex", "name": "Globex", "identifiers": ["test:2"], "profile": {"types": ["bill"]}}, "'bill'"),
        ({"id": "globex", "name": "Globex", "identifiers": ["test:2"], "keys": [{"pem": "x"}]}, "not usable"),
        ({"id": "globex", "name": "Globex", "identifiers": ["test:2"], "keys": [{}]}, "either by its file or as pem"),
        ({"id": "globex", "name": "Globex", "identifiers": ["test:2"], "keys": [{"file": "none.pem"}]}, "none.pem"),
        (
            {"id": "globex", "name": "Globex", "identifiers": ["test:2"], "keys": [{"pem": "x", "purpose": "fun"}]},
            "purpose",
        ),
        (
            {"id": "globex", "name": "Globex", "identifiers": ["test:2"], "keys": ""},
            "globex.keys: this is to be",
        ),
        ({"id": "globex", "suspended": "yes"}, "true or false"),
        ({"name": "Globex"}, "missing: id"),
        (ACME, "twice"),
    ],
    ids=repr,
)
def test_nothing_is_done_where_anything_of_it_can_not_be(gateway: Shell, second: dict[str, object], why: str) -> None:
    assert why in gateway.refused("partner", "apply", partners_file(gateway, ACME, second), "--yes")
    assert gateway.json("partner", "list") == []


def test_a_name_that_there_is_not_is_refused_with_its_line(gateway: Shell) -> None:
    text = 'id = "acme"\nname = "Acme"\n[profile]\nmaxBytes = 5\nmaxByte = 6\n'
    why = gateway.refused("partner", "apply", gateway.write("acme.toml", text.encode()), "--yes")
    assert "acme.toml, line 5: acme.profile: there is no 'maxByte'" in why
    why = gateway.refused("partner", "apply", partners_file(gateway, ACME | {"colour": "red"}), "--yes")
    assert "partners.json, line 1: partners[0]: there is no 'colour'; there is id, name, " in why


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"id = \n", "line 1"), (b'{"id": 1, "id": 2}', "twice"), (b"\xff", "utf-8"), (b'{"partners": 1}', "list")],
    ids=repr,
)
def test_what_is_neither_toml_nor_json_is_refused(gateway: Shell, content: bytes, why: str) -> None:
    assert why in gateway.refused("partner", "apply", gateway.write("x", content), "--yes")


def test_without_a_terminal_nobody_is_asked(gateway: Shell) -> None:
    result = gateway.run("partner", "apply", partners_file(gateway, ACME))
    assert (result.exit_code, gateway.json("partner", "list")) == (1, [])
    assert "--yes" in result.stderr


def test_at_a_terminal_somebody_is_asked(gateway: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partner_file, "_is_terminal", lambda: True)
    for answer, exit_code, partners in (("n\n", 1, 0), ("", 1, 0), ("y\n", 0, 1)):
        result = gateway.run("partner", "apply", partners_file(gateway, ACME), input=answer)
        assert (result.exit_code, len(gateway.json("partner", "list"))) == (exit_code, partners)
        assert "+ acme  name: Acme" in result.stdout
        assert "Change it?" in result.stderr


def test_the_example_has_every_name_that_there_is() -> None:
    text = EXAMPLE.read_text("utf-8")
    for name in (*MEMBERS, *("id", "name", "identifiers", "suspended", "profile", "keys"), *("file", "from", "until")):
        assert re.search(rf"\b{name}\b( =|\])", text), name


def test_all_partners_are_taken_over_by_another_gateway(trading: Shell, tmp_path: Path) -> None:
    trading.ok("partner", "apply", partners_file(trading, {"id": "acme", "profile": EVERYTHING}), "--yes")
    trading.ok("partner", "suspend", "globex")
    trading.ok("partner", "export", "-o", "all.json")
    other = ("--data-dir", tmp_path / "other")
    trading.ok("init", *other, "--origin", "other.example/ledger")
    trading.ok("partner", "apply", "all.json", "--yes", *other)
    trading.ok("partner", "export", "-o", "again.json", *other)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "all.json").read_bytes()
    assert trading.ok("partner", "apply", "all.json", "--yes", *other) == "There is nothing to change.\n"
    trading.ok("partner", "export", "globex", "-o", "globex.json")
    assert [one["id"] for one in json.loads((tmp_path / "globex.json").read_text())["partners"]] == ["globex"]
    assert "no partner nobody" in trading.refused("partner", "export", "nobody", "-o", "x.json")


def test_documents_are_checked_by_what_was_agreed(trading: Shell) -> None:
    file = trading.write("invoice.xml", PLAIN_INVOICE)
    trading.ok("check", file)
    trading.ok("check", file, "--partner", "acme")
    agreed = {"id": "acme", "profile": {"ruleSets": ["en16931"]}}
    trading.ok("partner", "apply", partners_file(trading, agreed), "--yes")
    result = trading.run("check", file, "--partner", "acme", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["verdict"]) == (1, "rejected")
    assert [each["name"] for each in told["ruleset"]][-2:] == ["en16931", "partner-profile"]
    agreed["profile"]["levels"] = {"BR-01": "information", "BR-CL-01": "warning"}
    trading.ok("partner", "apply", partners_file(trading, agreed), "--yes")
    trading.ok("check", file, "--partner", "acme")
    trading.ok("check", file)
