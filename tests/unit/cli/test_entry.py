import json
import logging
import sys
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from edi_gateway.cli import COMMANDS, main
from edi_gateway.cli.logs import OneLine
from edi_gateway.cli.options import Moment, Root, gateway_options, json_option, reason
from edi_gateway.cli.output import pairs, show, table
from edi_gateway.errors import Misuse
from tests.support import programs

HEAVY = ("lxml", "sqlalchemy", "fastapi", "cryptography", "pydantic", "uvicorn")


FOR_FEW = ("alembic", "pyasn1_modules")


def not_imported(names: tuple[str, ...], program: str) -> str:
    """What a program prints that imports none of these."""
    program = f"{program}; import sys; sys.exit(', '.join(name for name in {names} if name in sys.modules) or 0)"
    done = programs.run([sys.executable, "-c", program], text=True)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def test_help_imports_none_of_the_heavy_packages() -> None:
    program = "from edi_gateway.cli import main; main(['--help'], standalone_mode=False)"
    assert "verify" in not_imported(HEAVY, program)


def test_a_gateway_imports_nothing_that_only_few_commands_need() -> None:
    not_imported(FOR_FEW, "from edi_gateway.gateway import build")


def test_what_a_command_imports_is_never_looked_through_for_garbage() -> None:
    program = "import gc, sys; from edi_gateway.cli import main; main(['ledger', '--help'], standalone_mode=False)"
    program = f"{program}; print(gc.get_freeze_count(), gc.get_stats()[2]['collections'], file=sys.stderr)"
    done = programs.run([sys.executable, "-c", program], text=True, check=True)
    frozen, collections = map(int, done.stderr.split())
    assert (frozen > 100_000, collections) == (True, 0)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_says_of_a_command_what_it_says_of_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name][1]


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(main, ["fly"]).exit_code == 2


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["send", "order.xml", "--url", "http://gw", "--key", "k", "--cert", "c", "--vkey", ""], "--vkey"),
        (["send", "order.xml", "--url", "", "--key", "k", "--cert", "c"], "--url"),
        (["send", "order.xml", "--url=", "--key", "k", "--cert", "c"], "--url="),
        (["verify", "receipt.json", "--vkey="], "--vkey="),
        (["partner", "add", "acme", "--name", "", "--identifier", "0088:7300010000001"], "--name"),
        (["partner", "show", ""], "show"),
        (["key", "add", "acme", "--cert", ""], "--cert"),
        (["document", "evidence", "id", "-o", ""], "-o"),
        (["token", "create", "--role", "officer", "--name", ""], "--name"),
        (["--data-dir", "", "serve"], "--data-dir"),
        (["serve", "--host", ""], "--host"),
    ],
)
def test_an_empty_value_is_wrong_usage_and_told_first(words: list[str], after: str) -> None:
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: What follows {after} is empty." in result.stderr


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == "edi-gateway, version 0.1.0\n"


def _one_command(raises: Exception | None = None) -> click.Group:
    @click.command
    @gateway_options
    @json_option
    def command() -> None:
        if raises:
            raise raises
        show({"given": click.get_current_context().meta.get("edi_gateway.flags")}, "text")

    class Small(Root):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return command

    @click.group(cls=Small, commands_at={"command": ("", "")})
    @gateway_options
    @json_option
    def group() -> None:
        pass

    return group


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "--data-dir", "here", "command"],
        ["command", "--json", "--data-dir", "here"],
        ["--data-dir", "there", "command", "--json", "--data-dir", "here"],
    ],
    ids=["before", "after", "the-later-one-wins"],
)
def test_an_option_means_the_same_before_and_after_the_command(words: list[str]) -> None:
    assert json.loads(CliRunner().invoke(_one_command(), words).output) == {"given": {"data_dir": "here"}}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Misuse("It can't\nbe done."), "edi-gateway: It can't be done.\n"),
        (FileNotFoundError(2, "No such file or directory", "a.pem"), "edi-gateway: a.pem: No such file or directory\n"),
        (ConnectionResetError(104, "Connection reset by peer"), "edi-gateway: Connection reset by peer\n"),
    ],
)
def test_a_failure_is_one_line_on_stderr_and_exit_code_1(error: Exception, said: str) -> None:
    result = CliRunner().invoke(_one_command(error), ["command"])
    assert (result.exit_code, result.stderr, result.stdout) == (1, said, "")


def test_an_error_without_words_of_the_system_is_told_in_its_own() -> None:
    assert reason(OSError("odd")) == "odd"


def test_a_moment_has_a_zone() -> None:
    assert Moment().convert("2026-11-22T11:00:00+01:00", None, None) == datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-11-22", "2026-11-22T11:00:00"])
def test_what_is_no_moment_is_wrong_usage(text: str) -> None:
    with pytest.raises(click.BadParameter, match="with its zone"):
        Moment().convert(text, None, None)


def test_columns_are_aligned_and_gaps_are_shown() -> None:
    assert table(("id", "name"), [("a", "Acme"), ("globex", None)], "nothing") == [
        "ID      NAME",
        "a       Acme",
        "globex  -",
    ]
    assert table(("id",), [], "nothing") == ["nothing"]
    assert pairs({"id": "a", "until": None, "number": 3}) == ["  id      a", "  number  3"]


def test_a_stack_trace_in_the_log_is_one_line_in_utc() -> None:
    try:
        raise ValueError("first\r\nsecond")
    except ValueError:
        record = logging.LogRecord("edi_gateway", logging.ERROR, "", 0, "fault at %s", ("/v1",), sys.exc_info())
    record.created, record.msecs, record.process = 0.0, 7.0, 42
    line = OneLine().format(record)
    assert line.startswith("1970-01-01T00:00:00.007Z ERROR edi_gateway[42] fault at /v1\\nTraceback")
    assert len(line.splitlines()) == 1


def test_what_a_terminal_would_obey_is_escaped_in_the_log() -> None:
    record = logging.LogRecord("edi_gateway", logging.INFO, "", 0, "denied %s", ("/\x1b[2J\0\x85\u202e\u2028é",), None)
    assert OneLine().format(record).endswith("denied /\\x1b[2J\\x00\\x85\\u202e\\u2028é")
