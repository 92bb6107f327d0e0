"""Judging documents in files: what the gateway would say of them, without a gateway and without sending anything."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from edi_gateway.cli.findings import told
from edi_gateway.cli.options import Failure, gateway_options, json_option, wants_json
from edi_gateway.cli.session import opened
from edi_gateway.documents.rulesets import Judging
from edi_gateway.errors import Misuse, Rejection
from edi_gateway.model.profile import Profile
from edi_gateway.receipts.svrl import svrl
from edi_gateway.transports.saxon import STYLESHEETS, OfficialRules, compared, official_for
from edi_gateway.workflows import enrol
from edi_gateway.workflows.judge import finding_of
from edi_gateway.workflows.validation import Validation, looks_like, validation

MAX_FILE = 64 * 1024 * 1024
_INPUT = click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True)
_NOT_CHECKED = "The signature was not checked."
_RULES_NOT_ASKED = "The rules were not asked: they are, once it keeps its schema."
_NOT_CLAIMED = "The rules of EN 16931 were not asked: BT-24 does not claim to keep them. --profile en16931 asks them."
_NO_RECORD_ASKED = "Whether a record that was sent names this PDF was not asked."
_INVOICES = ("invoice", "credit-note")


@click.command(epilog="Example: edi-gateway check invoice.xml credit-note.xml --json")
@click.argument("files", type=_INPUT, nargs=-1, required=True, metavar="FILE…")
@click.option("--profile", metavar="NAME", help="Ask this rule set, such as en16931, whatever the document claims.")
@click.option("--stage", type=click.Choice(["rules"]), help="Ask the rules alone, also of what no schema accepts.")
@click.option("--partner", metavar="ID", help="By what was agreed with this partner, as the gateway's database has it.")
@click.option("--svrl", "as_svrl", is_flag=True, help="Print SVRL (ISO/IEC 19757-3) for the one FILE.")
@click.option("--second-opinion", is_flag=True, help="Ask the official rules, too, and say where they differ.")
@gateway_options
@json_option
def check(
    files: tuple[Path, ...],
    profile: str | None,
    stage: str | None,
    partner: str | None,
    as_svrl: bool,
    second_opinion: bool,
) -> None:
    """Judge documents without sending them: schema and rules, as the gateway would.

    They may be signed, or not: signatures are not checked, nor whether parties are known. With --json an object for
    each FILE, on a line of its own. A FILE - is what comes in. Exits with 1 if any is refused.
    """
    if as_svrl and len(files) > 1:
        raise Misuse("--svrl takes one FILE.")
    now = datetime.now(UTC)
    judging = Judging(now.date(), profile, rules_only=stage == "rules", profile=_agreed(partner))
    refused = 0
    with ExitStack() as opened:
        names = STYLESHEETS if second_opinion else ()
        official = {name: opened.enter_context(OfficialRules(name)) for name in names}
        for file in files:
            found = _judge(file, judging, now)
            refused += found.verdict != "accepted"
            opinion = _second_opinion(found, official) if official else None
            if as_svrl:
                click.echo(svrl(found.reading, found.tree).decode())
            elif wants_json():
                members = {"file": str(file)} | found.report | ({"secondOpinion": opinion} if opinion else {})
                click.echo(json.dumps(members, ensure_ascii=False))
            else:
                _show(file, found, opinion)
    if refused:
        raise Failure(f"{refused} of {len(files)} refused")


def _agreed(partner: str | None) -> Profile | None:
    if partner is None:
        return None
    with opened(as_found=True) as gateway:
        return enrol.known(partner, gateway.directory.refreshed()).profile


def _judge(file: Path, judging: Judging, now: datetime) -> Validation:
    data = _octets(file)
    try:
        content_type, body = looks_like(data)
        return validation(body, content_type, judging, now)
    except Rejection as refusal:
        return Validation.refused(data, finding_of(refusal))


def _octets(file: Path) -> bytes:
    with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise Misuse(f"{file} is longer than {MAX_FILE} bytes.")
    return data


def _second_opinion(found: Validation, official: Mapping[str, OfficialRules]) -> dict[str, Any]:
    if found.tree is None or found.reading.reached != "rules":
        return {"asked": False}
    name = next(filter(None, (official_for(each.name, found.tree) for each in found.reading.ruleset)), None)
    if name is None:
        return {"asked": False}
    ours = {finding.rule for finding in found.reading.findings}
    return {"asked": True} | compared(official[name].judge(found.tree), ours, name)


def _show(file: Path, found: Validation, opinion: dict[str, Any] | None) -> None:
    # https://no-color.org; what isn't a terminal gets no colours from click anyway.
    colour = False if os.environ.get("NO_COLOR") else None
    for line in _lines(file, found, opinion):
        click.echo(line, color=colour)


def _lines(file: Path, found: Validation, opinion: dict[str, Any] | None) -> Iterator[str]:
    refused = found.verdict != "accepted"
    sets = ", ".join(f"{each.name} {each.version}" for each in found.reading.ruleset)
    verdict = click.style("refused" if refused else "accepted", fg="red" if refused else "green", bold=True)
    yield f"{file}: {verdict}{f' ({sets})' if sets else ''}"
    yield from told(found.report["findings"])
    if found.reading.truncated:
        yield "  There is more: only so many findings are shown."
    yield from (f"  {each}" for each in _not_asked(found))
    if opinion is not None:
        yield f"  {_said(opinion)}"


def _not_asked(found: Validation) -> Iterator[str]:
    """What a verdict doesn't rest on, though whoever reads it may think so."""
    reading = found.reading
    if reading.reached == "schema" and reading.document is not None:
        yield _RULES_NOT_ASKED
    elif _is_invoice(found) and "en16931" not in {each.name for each in reading.ruleset}:
        yield _NOT_CLAIMED
    if any(finding.rule == "GW-PDF-014" for finding in reading.findings):
        yield _NO_RECORD_ASKED
    if found.signed:
        yield _NOT_CHECKED


def _is_invoice(found: Validation) -> bool:
    document = found.reading.document
    return document is not None and document.type in _INVOICES and not found.rules_only


def _said(opinion: dict[str, Any]) -> str:
    if not opinion["asked"]:
        return "Second opinion: no official rules for this are at hand."
    name = f"Second opinion ({opinion['name']} {opinion['version']})"
    if opinion["failed"]:
        return f"{name}: the official rules could not judge: {opinion['failed']}"
    if opinion["agrees"]:
        return f"{name}: the official rules agree."
    only = [
        f"only {whose}: {', '.join(opinion[key])}"
        for whose, key in (("here", "onlyHere"), ("there", "onlyThere"))
        if opinion[key]
    ]
    return f"{name} differs: {'; '.join(only)}"
