"""Elements and attributes that UBL has and EN 16931 doesn't: a tree of their paths, from a table."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

_TABLE: Final = Path(__file__).parent / "unwanted.toml"


class Unwanted:
    """One step of a path: the rule that ends here, if any, and the steps below."""

    __slots__ = ("below", "rule")

    def __init__(self) -> None:
        self.rule: str | None = None
        self.below: dict[str, Unwanted] = {}


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
def tree() -> Mapping[str, Unwanted]:
    """The first steps of all paths."""
    root = Unwanted()
    for rule, path in paths().items():
        steps = path.split("/")
        for first in ("cac:InvoiceLine", "cac:CreditNoteLine") if steps[0] == "line" else (steps[0],):
            step = root
            for name in (first, *steps[1:]):
                step = step.below.setdefault(name, Unwanted())
            step.rule = rule
    return root.below
