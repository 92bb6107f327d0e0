"""Partners in files: brought to what a file says, and written to one."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import click

from edi_gateway.cli.custody import BY, name_of
from edi_gateway.cli.options import FILE, NEW_FILE, gateway_options, json_option, wants_json
from edi_gateway.cli.output import show
from edi_gateway.cli.saving import save
from edi_gateway.cli.session import opened
from edi_gateway.errors import Misuse, Rejection
from edi_gateway.gateway import Gateway
from edi_gateway.partners.keyring import Directory
from edi_gateway.partners.partner_form import Wanted, read_partners, write_partner
from edi_gateway.partners.profile_form import UnknownField
from edi_gateway.syntax import json as strict_json
from edi_gateway.workflows import enrol
from edi_gateway.workflows.apply_partners import Difference, Plan, exported, plan

MAX_FILE = 16 * 2**20


@click.command(epilog='Example: edi-gateway partner apply partners.toml --reason "agreement of 2026-11-20"')
@click.argument("file", type=FILE)
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Show what would be changed, and change nothing.")
@click.option("--reason", help="Why profiles are changed: kept for good.")
@BY
@gateway_options
@json_option
def apply(file: Path, yes: bool, dry_run: bool, reason: str | None, by: str | None) -> None:
    """Bring partners to what FILE (TOML or JSON) says, once you have seen what that changes: all of it, or nothing.

    Partners, keys and members of a partner that FILE doesn't name stay as they are; docs/partners.md describes it.
    """
    wanted = _read(file)
    with opened() as gateway:
        found = _plan(gateway, wanted, reason, name_of(by))
        told = {"changes": [each._asdict() for each in found.differences], "dryRun": dry_run}
        if not found.changes:
            show(told | {"receipts": []}, "There is nothing to change.")
            return
        if not wants_json():
            show(None, *map(_line, found.differences))
        if dry_run:
            show(told | {"receipts": []}, "Nothing was changed.")
            return
        _ask(yes)
        recorded = gateway.record_all(found.changes)
    receipts = [json.loads(each.receipt) for each in recorded]
    show(told | {"receipts": receipts}, _done(receipts))


@click.command(epilog="Example: edi-gateway partner export -o partners.json")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option("-o", "--output", type=NEW_FILE, required=True, help="The file to write, JSON.")
@gateway_options
@json_option
def export(ids: tuple[str, ...], output: Path) -> None:
    """Write partners, all or those of these IDs, to a file that `partner apply` reads.

    With the keys that are trusted or will be. Whether somebody is suspended is among it; who did what when is not.
    """
    with opened(as_found=True) as gateway:
        directory = gateway.directory.refreshed()
    chosen = [enrol.known(id, directory).id for id in dict.fromkeys(ids)] or sorted(directory.partners)
    content = {"partners": [_exported(id, directory) for id in chosen]}
    save(output, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
    show({"file": str(output), "partners": chosen}, f"{output}: {len(chosen)} partners.")


def _exported(id: str, directory: Directory) -> dict[str, Any]:
    keys = sorted(exported(directory.keys_of.get(id, ())), key=lambda key: key.steps[0].index if key.steps else -1)
    return write_partner(directory.partners[id], keys)


def _read(file: Path) -> list[Wanted]:
    if file.stat().st_size > MAX_FILE:
        raise Misuse(f"{file} is longer than {MAX_FILE} bytes.")
    data = file.read_bytes()
    try:
        plain = strict_json.parse(data) if data.lstrip()[:1] == b"{" else tomllib.loads(data.decode("utf-8"))
        return read_partners(plain, lambda name: (file.parent / name).read_bytes())
    except UnknownField as error:
        raise Misuse(f"{file}{_line_of(error.name, data)}: {error}") from error
    except Rejection as error:
        raise Misuse(f"{file}: {error.detail}") from error
    except (Misuse, ValueError) as error:
        raise Misuse(f"{file}: {error}") from error


def _line_of(name: str, data: bytes) -> str:
    """Where the name stands, if it does so in one line only: neither reader of files tells."""
    word = re.escape(name)
    named = re.compile(rf'^\s*(?:"?{word}"?\s*=|\[+[\w.-]*\b{word}\]+)|"{word}"\s*:')
    lines = [number for number, line in enumerate(data.decode("utf-8").splitlines(), 1) if named.search(line)]
    return f", line {lines[0]}" if len(lines) == 1 else ""


def _plan(gateway: Gateway, wanted: list[Wanted], reason: str | None, by: str) -> Plan:
    office = gateway.office(by)
    return plan(wanted, office, lambda: gateway.new_id(office.at), reason)


def _ask(yes: bool) -> None:
    if yes:
        return
    if wants_json() or not _is_terminal():
        raise Misuse("Nobody can be asked here: say --yes to change it, or --dry-run to only look.")
    click.confirm("Change it?", abort=True, err=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _line(one: Difference) -> str:
    if one.before is None:
        return f"  + {one.partner}  {one.what}: {_value(one.after)}"
    if one.after is None:
        return f"  - {one.partner}  {one.what}: {_value(one.before)}"
    return f"  ~ {one.partner}  {one.what}: {_value(one.before)} → {_value(one.after)}"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _done(receipts: list[dict[str, Any]]) -> str:
    indexes = [receipt["index"] for receipt in receipts]
    span = f"entries {indexes[0]} to {indexes[-1]}" if indexes[1:] else f"entry {indexes[0]}"
    return f"Done: {span} of the ledger."
