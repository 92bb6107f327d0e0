"""What was agreed with a partner, now and before."""

import json

import click

from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import show, table
from edi_gateway.cli.session import opened
from edi_gateway.errors import Misuse
from edi_gateway.workflows import enrol
from edi_gateway.workflows.profile_archive import ProfileVersion, versions


@click.command(epilog="Example: edi-gateway partner profile acme --version 3")
@click.argument("id")
@click.option("--version", type=click.IntRange(1), help="Show this version; default: the newest.")
@gateway_options
@json_option
def profile(id: str, version: int | None) -> None:
    """Show what was agreed with a partner, and each version with who agreed to it, when, and why."""
    with opened(as_found=True) as gateway:
        found = versions(gateway.archive, enrol.known(id, gateway.directory.refreshed()).id)
    if not found:
        show({"partner": id, "version": None, "versions": []}, f"Nothing was agreed with {id}: nothing is limited.")
        return
    chosen = next((each for each in found if each.version == (version or found[-1].version)), None)
    if chosen is None:
        raise Misuse(f"There is no version {version} of the profile of {id}.")
    rows = [
        (str(each.version), each.recorded_at, each.by, each.reason, ", ".join(each.changed), str(each.index))
        for each in found
    ]
    lines = table(("version", "recorded", "by", "reason", "changed", "entry"), rows, "")
    facts = {"partner": id, "version": chosen.version, "profile": chosen.profile}
    show(
        facts | {"versions": list(map(_facts, found))},
        f"Version {chosen.version} of the profile of {id}:",
        json.dumps(chosen.profile, indent=2, ensure_ascii=False),
        "",
        *lines,
    )


def _facts(one: ProfileVersion) -> dict[str, object]:
    return {
        "version": one.version,
        "index": one.index,
        "recordedAt": one.recorded_at,
        "by": one.by,
        "reason": one.reason,
        "changed": list(one.changed),
    }
