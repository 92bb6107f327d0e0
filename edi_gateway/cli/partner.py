"""Trading partners, as operators enrol and suspend them. Each change is an entry in the ledger."""

from typing import Any

import click

from edi_gateway.cli import partner_file, partner_profile
from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import pairs, show, table
from edi_gateway.cli.session import opened, record
from edi_gateway.model.partner import Identifier, Partner
from edi_gateway.workflows import enrol


class _Identifier(click.ParamType):  # type: ignore[type-arg] # not generic before click 8.2
    name = "SCHEME:VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Identifier:
        try:
            return value if isinstance(value, Identifier) else Identifier.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group
def partner() -> None:
    """Trading partners: add, list, show, suspend, resume, apply, export, profile."""


for command in (partner_file.apply, partner_file.export, partner_profile.profile):
    partner.add_command(command)


@partner.command(epilog='Example: edi-gateway partner add acme --name "Acme Tools" --identifier 0088:4000001000005')
@click.argument("id")
@click.option("--name", required=True, help="The legal name.")
@click.option(
    "--identifier",
    "identifiers",
    type=_Identifier(),
    required=True,
    multiple=True,
    help="As documents carry it: an ISO 6523 code and the value, such as a GLN under 0088. May be repeated.",
)
@gateway_options
@json_option
def add(id: str, name: str, identifiers: tuple[Identifier, ...]) -> None:
    """Enrol a partner under ID, a short name of your own choosing."""
    with opened() as gateway:
        receipt = record(gateway, enrol.add_partner(id, name, identifiers, gateway.office()))
        added = gateway.directory.refreshed().partners[id]
    show(_facts(added) | {"receipt": receipt}, f"Partner {id} is enrolled: entry {receipt['index']} of the ledger.")


@partner.command("list")
@gateway_options
@json_option
def list_partners() -> None:
    """List all partners."""
    with opened(as_found=True) as gateway:
        partners = list(gateway.directory.refreshed().partners.values())
    rows = [(one.id, one.name, _status(one), ", ".join(map(str, one.identifiers))) for one in partners]
    lines = table(("id", "name", "status", "identifiers"), rows, "There are no partners yet.")
    show([_facts(one) for one in partners], *lines)


@partner.command("show")
@click.argument("id")
@gateway_options
@json_option
def show_partner(id: str) -> None:
    """Show one partner with its keys."""
    with opened(as_found=True) as gateway:
        directory = gateway.directory.refreshed()
    found = enrol.known(id, directory)
    keys = [key.fingerprint for key in directory.keys_of.get(id, ())]
    lines = {"id": id, "name": found.name, "status": _status(found)}
    lines["identifiers"] = ", ".join(map(str, found.identifiers))
    version = found.profile.version if found.profile else None
    lines["profile"] = f"version {version}" if version else "none"
    lines["keys"] = ", ".join(keys) or "none"
    show(_facts(found) | {"profile": version, "keys": keys}, *pairs(lines))


@partner.command
@click.argument("id")
@gateway_options
@json_option
def suspend(id: str) -> None:
    """Keep a partner out, from now on: what it sends is refused, and it reads nothing. What it sent before stays as it
    is."""
    _suspend(id, True)


@partner.command
@click.argument("id")
@gateway_options
@json_option
def resume(id: str) -> None:
    """Let a suspended partner send and read again."""
    _suspend(id, False)


def _suspend(id: str, suspended: bool) -> None:
    with opened() as gateway:
        receipt = record(gateway, enrol.suspend(id, suspended, gateway.office()))
        changed = gateway.directory.refreshed().partners[id]
    show(_facts(changed) | {"receipt": receipt}, f"Partner {id} is {_status(changed)}.")


def _status(one: Partner) -> str:
    return "suspended" if one.suspended else "active"


def _facts(one: Partner) -> dict[str, object]:
    identifiers = [str(identifier) for identifier in one.identifiers]
    return {"id": one.id, "name": one.name, "identifiers": identifiers, "status": _status(one)}
