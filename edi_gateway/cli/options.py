"""What all commands share: options before or after the command, moments, and how failures are told."""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import click

from edi_gateway.cli.visible import visible
from edi_gateway.engine.starting import for_good
from edi_gateway.errors import GatewayError
from edi_gateway.model.moment import parse_timestamp

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)

KEY_OPTION = click.option(
    "--key", "source", metavar="SOURCE", help="file:NAME in the folder of keys, or pkcs11:token=LABEL;object=LABEL."
)
"""Where a key of the ledger is."""

DAYS = click.IntRange(1, 36_500)
ENTRY = click.IntRange(0)

_FLAGS = "edi_gateway.flags"
_JSON = "edi_gateway.json"

F = TypeVar("F", bound=Callable[..., Any])


class Failure(click.ClickException):
    """Refused, or a check failed: one line on stderr, exit code 1."""

    def show(self, file: Any = None) -> None:
        click.echo(f"edi-gateway: {visible(self.message)}", file=file, err=True)


class Root(click.Group):
    """Imports a command when it is run, not before, and tells what goes wrong without a stack trace."""

    def __init__(self, *args: Any, commands_at: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(self._commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        if cmd_name not in self._commands_at:
            return None
        module, _, name = self._commands_at[cmd_name][0].partition(":")
        command: click.Command = getattr(_imported(f"edi_gateway.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in self._commands_at.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Mostly a variable of the shell that was never set; none of the values here may be empty.
        for before, word in pairwise([self.name or "", *args]):
            if not word:
                raise click.UsageError(f"What follows {before} is empty.", ctx)
            if word.startswith("--") and word.endswith("="):
                raise click.UsageError(f"What follows {word} is empty.", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # A terminal that lacks a character gets another one, not a stack trace.
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (GatewayError, OSError) as error:
            raise Failure(reason(error)) from error


def _imported(module: str) -> ModuleType:
    if module not in sys.modules:
        with for_good():
            import_module(module)
    return sys.modules[module]


def reason(error: Exception) -> str:
    """Why, in one line."""
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    else:
        text = str(error)
    return " ".join(text.split())


class Moment(click.ParamType):  # type: ignore[type-arg] # not generic before click 8.2
    """RFC 3339 with a zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else parse_timestamp(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-11-22T10:00:00Z, with its zone.", param, ctx)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    # The meta of a context is that of its whole chain, so an option means the same before and after the command.
    if value is not None:
        ctx.meta.setdefault(_FLAGS, {})[param.name] = value


def _remember_json(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001 - the signature is click's
    if value:
        ctx.meta[_JSON] = True


def flags() -> dict[str, Any]:
    """The settings that were given as options of the running command."""
    return dict(click.get_current_context().meta.get(_FLAGS, {}))


def wants_json() -> bool:
    return bool(click.get_current_context().meta.get(_JSON))


def setting(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option that overrides the setting of the same name."""
    return click.option(*names, expose_value=False, callback=_remember, **attributes)


def json_option(command: F) -> F:
    """`--json`."""
    option = click.option(
        "--json", is_flag=True, expose_value=False, callback=_remember_json, help="Print JSON instead of text."
    )
    return option(command)


def gateway_options(command: F) -> F:
    """Where the gateway is, and which."""
    for option in (
        setting("--origin", metavar="NAME", help="The ledger's name: chosen by init, refused if another later."),
        setting("--database-url", metavar="URL", help="PostgreSQL instead of SQLite in the data directory."),
        setting("--data-dir", metavar="DIR", help="Directory of database and keys  [default: ./data]"),
    ):
        command = option(command)
    return command
