"""`document history`, and what `verify` makes of its file."""

import json
from pathlib import Path

import pytest

from tests.support.shell import Shell


@pytest.fixture
def vkey(trading: Shell) -> str:
    return str(trading.json("ledger", "key")["vkey"])


def written(trading: Shell, *words: str) -> Path:
    file = trading.folder / "history.json"
    trading.ok("document", "history", "acme", "-o", file, *words)
    return file


def test_a_history_is_written_and_holds(trading: Shell, vkey: str) -> None:
    file = written(trading)
    checked = trading.json("verify", file, "--vkey", vkey)
    assert (checked["party"], checked["holds"], checked["trusted"]) == ("acme", True, True)
    assert [entry["sequence"] for entry in checked["entries"]] == [1, 2]
    assert {point["check"] for point in checked["checked"]} >= {"chain", "beginning", "complete"}
    assert "later" in {point["check"] for point in checked["notChecked"]}


def test_a_complete_history_says_which_entry_is_the_newest(trading: Shell, vkey: str) -> None:
    file = written(trading, "--complete")
    said = trading.ok("verify", file, "--vkey", vkey)
    assert said.startswith("The history holds.\n")
    assert "✓ Number 3 is the newest of acme under this checkpoint." in said
    assert "complete   up to tree size 5" in said
    assert trading.json("verify", written(trading, "--complete"), "--vkey", vkey)["checkpoint"]["size"] == 5
    assert trading.ok("ledger", "verify", "--full").startswith("The ledger holds.")


def test_without_a_key_a_history_only_agrees_with_itself(trading: Shell) -> None:
    result = trading.run("verify", written(trading))
    assert result.exit_code == 0
    assert "the history was checked against the key that it brings along" in result.stderr
    assert "The history agrees with itself." in result.stdout


def test_a_statement_that_is_called_erased_without_an_erasure_is_in_the_first_line(trading: Shell, vkey: str) -> None:
    file = written(trading, "--complete")
    whole = trading.json("verify", file, "--vkey", vkey)
    history = json.loads(file.read_bytes())
    withheld = history["entries"][0]
    del withheld["statement"], withheld["salt"]
    withheld |= {"erased": True, "leafHash": whole["entries"][0]["leafHash"]}
    file.write_text(json.dumps(history))
    said = trading.ok("verify", file, "--vkey", vkey)
    assert said.startswith("The history holds, but 1 entry that is said to be erased is not explained here.\n")


def test_a_history_with_a_gap_is_found_out(trading: Shell, vkey: str) -> None:
    file = written(trading, "--complete")
    history = json.loads(file.read_bytes())
    del history["entries"][1]
    file.write_text(json.dumps(history))
    said = trading.refused("verify", file, "--vkey", vkey)
    assert "does not hold: number 2 is missing: number 3 follows" in said


@pytest.mark.parametrize("member", ["entries", "erasures"])
def test_a_history_that_lacks_its_entries_is_called_a_history(trading: Shell, vkey: str, member: str) -> None:
    file = written(trading)
    history = json.loads(file.read_bytes())
    del history[member]
    file.write_text(json.dumps(history))
    assert "does not hold: the history does not have the members" in trading.refused("verify", file, "--vkey", vkey)
    file.write_text(json.dumps({**history, member: [], "entries": []}))
    assert "does not hold: the history has no entries" in trading.refused("verify", file, "--vkey", vkey)


def test_a_part_of_a_history_is_written_by_numbers_moments_and_size(trading: Shell, vkey: str) -> None:
    whole = trading.json("verify", written(trading), "--vkey", vkey)
    moment = whole["entries"][1]["statement"]["recordedAt"]
    for words in (("--from", "2"), ("--from", moment)):
        checked = trading.json("verify", written(trading, *words), "--vkey", vkey)
        assert [entry["sequence"] for entry in checked["entries"]] == [2]
    for words in (("--to", "1"), ("--to", moment), ("--size", "1")):
        checked = trading.json("verify", written(trading, *words), "--vkey", vkey)
        assert [entry["sequence"] for entry in checked["entries"]] == [1]


def test_without_a_file_the_history_goes_to_standard_output(trading: Shell) -> None:
    assert json.loads(trading.ok("document", "history", "globex"))["party"] == "globex"


def test_a_history_longer_than_a_file_says_how_to_go_on(trading: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edi_gateway.cli.history.MAX_ENTRIES", 1)
    result = trading.run("document", "history", "acme")
    assert len(json.loads(result.stdout)["entries"]) == 1
    assert "There is more: go on with --from 2." in result.stderr


def test_what_makes_no_history_is_refused(trading: Shell) -> None:
    unknown = "There are no entries of initech: it is no partner of this gateway."
    assert unknown in trading.refused("document", "history", "initech")
    assert unknown in trading.refused("document", "history", "initech", "--complete")
    assert "There are no entries of @ledger." in trading.refused("document", "history", "@ledger")
    early = trading.refused("document", "history", "globex", "--size", "1")
    assert "There are no entries of globex in the tree of 1." in early
    assert "acme has no such entries: it has 1 to 2." in trading.refused("document", "history", "acme", "--from", "3")
    assert "never a checkpoint" in trading.refused("document", "history", "acme", "--size", "9")


@pytest.mark.parametrize("words", [("--complete", "--to", "1"), ("--complete", "--size", "1"), ("--from", "yesterday")])
def test_what_contradicts_itself_is_wrong_usage(trading: Shell, words: tuple[str, ...]) -> None:
    assert trading.run("document", "history", "acme", *words).exit_code == 2


def test_a_policy_is_not_passed_over_in_silence(trading: Shell, vkey: str) -> None:
    policy = trading.write("policy", f"log {vkey}\nquorum none\n".encode())
    said = trading.refused("verify", written(trading), "--policy", policy)
    assert "no witness cosigns the checkpoint of a history" in said
