"""The checks that many rules share, each made from the paths that it looks at.

A path is written as in UBL: `cac:Price/cbc:PriceAmount`.
"""

from collections.abc import Sequence
from typing import Final

from edi_gateway.documents.en16931.rule import BROKEN, KEPT, ByNames, Check, Fault, Repeated
from edi_gateway.documents.en16931.tree import Group
from edi_gateway.documents.en16931.values import BLANKS, Value

VAT: Final = "VAT"


def values_at(group: Group, steps: tuple[str, ...]) -> Sequence[Value]:
    """All values at the end of a path."""
    return group.follow(steps)


def present(*paths: str) -> Check:
    """At least one of the paths leads to something: a value (`cbc:`) or a group (`cac:`)."""
    routes = [tuple(path.split("/")) for path in paths]

    def check(group: Group) -> Sequence[Fault]:
        for route in routes:
            if group.follow(route):
                return KEPT
        return BROKEN

    return ByNames(check)


def filled(*paths: str) -> Check:
    """At least one of the paths leads to a value that isn't blank."""
    routes = [tuple(path.split("/")) for path in paths]

    def check(group: Group) -> Sequence[Fault]:
        for route in routes:
            for value in group.follow(route):
                if value.text.strip(BLANKS):
                    return KEPT
        return BROKEN

    return check


def at_most_one(path: str) -> Check:
    """The path leads to one value or group, or to none. The second is where the fault is."""
    route = tuple(path.split("/"))

    def check(group: Group) -> Sequence[Fault]:
        found = group.follow(route)
        return KEPT if len(found) <= 1 else too_many(found)

    return Repeated(frozenset(route), check)


def too_many(found: Sequence[Value | Group]) -> Sequence[Fault]:
    """More than one, where one is allowed."""
    return (Fault(found[1], "at most 1", str(len(found))),)


def with_attribute(name: str, attribute: str) -> Check:
    """Each value of that name carries that attribute."""

    def check(group: Group) -> Sequence[Fault]:
        return [Fault(each) for each in group.get(name, ()) if each.get(attribute) is None]

    return ByNames(check)


def is_vat(group: Group) -> bool:
    """Whether a group that has a cac:TaxScheme speaks of VAT."""
    for code in group.firsts("cac:TaxScheme", "cbc:ID"):
        if code.text == VAT or code.text.strip(BLANKS).upper() == VAT:
            return True
    return False


def in_vat(*path: str) -> Check:
    """A group at the path that speaks of VAT has the value that ends it."""
    *steps, name = path

    def check(group: Group) -> Sequence[Fault]:
        for each in group.below(*steps):
            if name in each and is_vat(each):
                return KEPT
        return BROKEN

    return check
