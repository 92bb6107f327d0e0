"""How results are printed: text for people, JSON for programs, with the members' names of the API."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import click

from edi_gateway.cli.options import wants_json
from edi_gateway.cli.visible import visible
from edi_gateway.model.moment import timestamp


def show(value: object, *lines: str) -> None:
    """Print `value` as JSON where that was asked for, else the lines."""
    if wants_json():
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)


def pairs(members: Mapping[str, object]) -> list[str]:
    """Names and values in two columns; what is None is left out."""
    shown = {name: visible(str(value)) for name, value in members.items() if value is not None}
    width = max(map(len, shown), default=0)
    return [f"  {name:{width}}  {value}" for name, value in shown.items()]


def table(head: Sequence[str], rows: Iterable[Sequence[str | None]], empty: str) -> list[str]:
    """Aligned columns under their names, or one line that says that there is nothing."""
    cells = [[visible(cell) if cell else "-" for cell in row] for row in rows]
    if not cells:
        return [empty]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in ([name.upper() for name in head], *cells)
    ]


def moment(value: datetime | None) -> str | None:
    return timestamp(value) if value else None
