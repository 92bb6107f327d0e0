"""Elements and attributes that UBL has and EN 16931 doesn't: their paths, from a table."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from edi_gateway.documents.en16931.places import LINES

_TABLE: Final = Path(__file__).parent / "unwanted.toml"


@cache
def paths() -> Mapping[str, str]:
    """Rule id to its path below the root, such as `cac:OrderReference/cbc:UUID`; an attribute begins with `@`.

    `line` stands for a line of either kind of document.
    """
    return dict(_rows(tomllib.loads(_TABLE.read_text("utf-8"))["rows"]))


def _rows(rows: list[tuple[int, str, str]]) -> Iterator[tuple[str, str]]:
    for first, parent, names in rows:
        for number, name in enumerate(names.split(), first):
            yield f"UBL-CR-{number:03}", f"{parent}/{name}" if parent else name


@cache
def rules() -> Mapping[str, tuple[str, ...]]:
    """Paths, with the names that lines have in either kind of document, to the rules against what is there."""
    found: dict[str, tuple[str, ...]] = {}
    for rule, path in paths().items():
        first, slash, rest = path.partition("/")
        for name in LINES if first == "line" else (first,):
            found[f"{name}{slash}{rest}"] = (rule,)
    return found
