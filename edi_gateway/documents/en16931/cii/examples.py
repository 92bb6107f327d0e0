"""Examples for the pages of the rules about CII's syntax: a fragment that fails and one that passes."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from edi_gateway.documents.en16931.cii import unwanted
from edi_gateway.documents.en16931.cii.bounds import BOUNDS
from edi_gateway.documents.en16931.cii.places import shown

_TABLE: Final = Path(__file__).parent / "examples.toml"
_ROOT: Final = "rsm:CrossIndustryInvoice"
_ANYWHERE: Final = "//ram:SpecifiedTradeAllowanceCharge"


@cache
def _written() -> Mapping[str, tuple[str, str, str]]:
    return {id: (where, fails, passes) for id, (where, fails, passes) in _rows().items()}


def _rows() -> Mapping[str, Sequence[str]]:
    table: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(_TABLE.read_text("utf-8"))
    return table["rules"]


def example(id: str) -> tuple[str, str] | None:
    """What fails and what passes, with the usual namespaces left out; None where the rule has none of CII's own."""
    if id in _written():
        where, fails, passes = _written()[id]
        return _nested(where, fails), _nested(where, passes)
    for bound in BOUNDS:
        if bound.id == id:
            where = bound.at.replace(_ANYWHERE, "settlement/ram:SpecifiedTradeAllowanceCharge")
            once = _within(bound.path, "1")
            return _nested(where, once * 2), _nested(where, once)
    path = unwanted.example(id)
    if path is None:
        return None
    *steps, last = path
    if last.startswith("@"):
        *above, name = steps or [_ROOT]
        text = f'<{name} {last[1:]}="x"/>', f"<{name}/>"
        return text if not steps else (_nested("/".join(above), text[0]), _nested("/".join(above), text[1]))
    return _nested("/".join(steps), f"<{last}/>"), _nested("/".join(steps), "")


def _within(path: str, text: str) -> str:
    first, _, rest = path.partition("/")
    return f"<{first}>{_within(rest, text) if rest else text}</{first}>"


def _nested(where: str, inner: str) -> str:
    """What is at a place, one level a line."""
    names = [_ROOT, *filter(None, shown(where).split("/"))]
    opening = [f"{'  ' * depth}<{name}>" for depth, name in enumerate(names)]
    closing = [f"{'  ' * depth}</{name}>" for depth, name in enumerate(names)]
    lines = inner.replace("><ram:", ">\n<ram:").splitlines() if inner else []
    return "\n".join([*opening, *(f"{'  ' * len(names)}{line}" for line in lines), *reversed(closing)])
