"""Where things are in a Cross Industry Invoice: names with the usual prefixes, and words for long paths."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from edi_gateway.documents.cii_names import clark

_TABLE: Final = Path(__file__).parent / "unwanted.toml"


@cache
def table() -> Mapping[str, Any]:
    """The file of what CII has and EN 16931 has not, which also has the words for places."""
    return tomllib.loads(_TABLE.read_text("utf-8"))


@cache
def steps(path: str) -> tuple[str, ...]:
    """`settlement/ram:InvoiceCurrencyCode` as Clark names below the root."""
    words: Mapping[str, str] = table()["places"]
    first, *rest = path.split("/") if path else [""]
    if first in words:
        return (*steps(words[first]), *map(clark, rest))
    return tuple(map(clark, filter(None, (first, *rest))))


def shown(path: str) -> str:
    """The path as people read it, with the words written out."""
    words: Mapping[str, str] = table()["places"]
    first, _, rest = path.partition("/")
    if first not in words:
        return path
    return f"{shown(words[first])}/{rest}" if rest else shown(words[first])
