"""How findings are told to people, wherever they come from: in whole, each with its places and what was expected."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from edi_gateway.cli.visible import visible

_COLOURS = {"fatal": "red", "error": "red", "warning": "yellow", "information": "blue"}


def told(findings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of findings as reports and problems have them (`finding_json`)."""
    for finding in findings:
        yield from _finding(finding)


def _finding(finding: Mapping[str, Any]) -> Iterator[str]:
    severity = visible(str(finding.get("severity", "")))
    rule, message = (visible(str(finding.get(name, ""))) for name in ("rule", "message"))
    terms = f" ({visible(', '.join(map(str, finding['terms'])))})" if finding.get("terms") else ""
    styled = click.style(f"{severity:11}", fg=_COLOURS.get(severity))
    yield f"  {styled} {click.style(rule, bold=True)}  {message}{terms}"
    for location in finding.get("locations", ()):
        line = f"line {location['line']}: " if location.get("line") else ""
        yield visible(f"      {line}{location.get('xpath') or location.get('pointer') or ''}").rstrip(" :")
    said = [
        f"{word} {visible(str(finding[name]))}"
        for word, name in (("expected", "expected"), ("found", "actual"))
        if finding.get(name)
    ]
    if said:
        yield f"      {', '.join(said)}"
