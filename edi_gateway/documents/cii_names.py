"""The namespaces of the Cross Industry Invoice, D.16B to D.22B, by their usual prefixes."""

from functools import cache
from types import MappingProxyType
from typing import Final

_CII: Final = "urn:un:unece:uncefact:data:standard:"
NAMESPACES: Final = MappingProxyType(
    {
        "rsm": f"{_CII}CrossIndustryInvoice:100",
        "ram": f"{_CII}ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{_CII}UnqualifiedDataType:100",
        "qdt": f"{_CII}QualifiedDataType:100",
    }
)

ROOT: Final = f"{{{NAMESPACES['rsm']}}}CrossIndustryInvoice"
"""The root element's Clark name."""


@cache
def clark(name: str) -> str:
    """`ram:ID` as a Clark name; a name without a prefix, such as an attribute's, stays as it is."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if local else name
