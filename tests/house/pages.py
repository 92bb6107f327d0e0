"""The pages of documentation that the code itself dictates: `python -m tests.house.pages` writes them."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import click
from pydantic.fields import FieldInfo

from edi_gateway.access.rights import ALLOWED, DESCRIBED, OPEN, SIGNED
from edi_gateway.api.admission import declared
from edi_gateway.cli import main
from edi_gateway.documents.explain import explain, rules
from edi_gateway.model.caller import Role
from edi_gateway.settings import CONFIG_FILE, Settings
from edi_gateway.web import ROUTERS
from tests.house.repository import ROOT

_WIDTH = 100

_SETTINGS = f"""# Settings

Options of the command line come first, then environment variables, then `{CONFIG_FILE}` in the working directory, then
the default. A name that isn't in this list is refused at the start, and so is a value that makes no sense. Sizes are in
bytes, durations in seconds.

In `{CONFIG_FILE}` a setting has its plain name:

```toml
data_dir = "/var/lib/edi-gateway"
tls_cert = "/etc/edi-gateway/server.pem"
tls_key = "/etc/edi-gateway/server.key"
```

| setting | environment variable | default | meaning |
|---|---|---|---|
"""

_COMMANDS = """# Commands

What `--help` says, all at once. Exit codes: 0 done; 1 refused, or a check failed, with the reason on stderr; 2 wrong
usage. Times are RFC 3339 with a zone, such as `2026-11-22T10:00:00Z`. Fingerprints are lower-case hex SHA-256 of the
DER SubjectPublicKeyInfo.
"""


def settings_page() -> str:
    return _SETTINGS + "\n".join(_settings_rows()) + "\n"


def _settings_rows() -> Iterator[str]:
    prefix = Settings.model_config["env_prefix"]
    for name, field in Settings.model_fields.items():
        yield f"| `{name}` | `{prefix}{name.upper()}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value in (None, "", ()):
        return "–"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


def commands_page() -> str:
    return _COMMANDS + "".join(
        f"\n## {' '.join(path)}\n\n```\n{_help(path, command)}\n```\n" for path, command in commands()
    )


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that call it."""
    yield from _leaves(("edi-gateway",), main)


def _leaves(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    if command.invoke_without_command:
        yield path, command
    context = context_of(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from _leaves((*path, name), below)


def context_of(command: click.Command, **settings: Any) -> click.Context:
    """A context as the command line makes it: a command keeps its help option as the first one gave it."""
    return click.Context(command, **main.context_settings, **settings)


def _help(path: tuple[str, ...], command: click.Command) -> str:
    context = context_of(command, info_name=" ".join(path), terminal_width=_WIDTH, max_content_width=_WIDTH)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def rules_page() -> str:
    """The table of the gateway's own rules; what stands around it is written by hand."""
    before, _, after = re.split(r"((?:^\| GW-.*\n)+)", (ROOT / "docs/rules.md").read_text("utf-8"), flags=re.MULTILINE)
    rows = (explain(rule) for rule in rules() if rule.startswith("GW-"))
    return (
        before
        + "".join(f"| {row.rule} | {row.severity} | {row.means} | {row.advice} |\n" for row in rows if row)
        + after
    )


def access_page() -> str:
    """The tables of who may do what; what stands around them is written by hand."""
    page = (ROOT / "docs/access.md").read_text("utf-8")
    for heading, rows in (("What each role may do", _action_rows()), ("What each route takes", _route_rows())):
        before, after = re.split(rf"(?<=^## {heading}\n\n)(?:\|.*\n)+", page, maxsplit=1, flags=re.MULTILINE)
        page = before + "".join(f"| {' | '.join(row)} |\n" for row in rows) + after
    return page


def _action_rows() -> Iterator[tuple[str, ...]]:
    yield "action", "which is", "without credential", *get_args(Role)
    yield ("---",) * (3 + len(get_args(Role)))
    for action, roles in ALLOWED.items():
        without = "yes" if action in OPEN else "by signing" if action in SIGNED else ""
        may = ("yes" if action in OPEN or role in roles else "" for role in get_args(Role))
        yield f"`{action}`", DESCRIBED[action], without, *may


def _route_rows() -> Iterator[tuple[str, ...]]:
    yield from (("route", "action"), ("---", "---"))
    for (method, path), action in declared(ROUTERS).items():
        yield f"`{method} {path.replace(':path}', '}')}`", f"`{action}`"


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/settings.md": settings_page,
    "docs/commands.md": commands_page,
    "docs/rules.md": rules_page,
    "docs/access.md": access_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), "utf-8")
