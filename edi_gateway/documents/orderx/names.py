"""The namespaces of the Cross Industry Order, D.20B, by their usual prefixes: not those of the invoice."""

from functools import cache
from types import MappingProxyType
from typing import Final

_STANDARD: Final = "urn:un:unece:uncefact:data:standard:"
NAMESPACES: Final = MappingProxyType(
    {
        "rsm": "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100",
        "ram": f"{_STANDARD}ReusableAggregateBusinessInformationEntity:128",
        "udt": f"{_STANDARD}UnqualifiedDataType:128",
        "qdt": f"{_STANDARD}QualifiedDataType:128",
    }
)

ROOT: Final = f"{{{NAMESPACES['rsm']}}}SCRDMCCBDACIOMessageStructure"
"""The root element's Clark name."""


@cache
def clark(name: str) -> str:
    """`ram:ID` as a Clark name."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def path(steps: str) -> tuple[str, ...]:
    """`rsm:ExchangedDocument/ram:ID` as Clark names."""
    return tuple(clark(step) for step in steps.split("/"))
