"""The checks that many rules share, each made from the paths that it looks at.

A path is written as in UBL: `cac:Price/cbc:PriceAmount`.
"""

from collections.abc import Sequence

from lxml import etree

from edi_gateway.documents.en16931.rule import BROKEN, KEPT, Check, Fault
from edi_gateway.documents.en16931.tree import BLANKS, Group, text_of


def values_at(group: Group, steps: Sequence[str]) -> Sequence[etree._Element]:
    """All values at the end of a path."""
    return group.follow(steps)


def present(*paths: str) -> Check:
    """At least one of the paths leads to something: a value (`cbc:`) or a group (`cac:`)."""
    routes = [tuple(path.split("/")) for path in paths]
    if len(routes) == 1 and len(routes[0]) == 1:
        name = paths[0]
        return lambda group: KEPT if name in group.groups else BROKEN

    def check(group: Group) -> Sequence[Fault]:
        for route in routes:
            if group.follow(route):
                return KEPT
        return BROKEN

    return check


def filled(*paths: str) -> Check:
    """At least one of the paths leads to a value that isn't blank."""
    routes = [tuple(path.split("/")) for path in paths]

    def check(group: Group) -> Sequence[Fault]:
        for route in routes:
            for value in group.follow(route):
                if text_of(value).strip(BLANKS):
                    return KEPT
        return BROKEN

    return check


def at_most_one(path: str) -> Check:
    """The path leads to one value or group, or to none. The second is where the fault is."""
    route = tuple(path.split("/"))
    first = route[0]

    def check(group: Group) -> Sequence[Fault]:
        if first not in group.groups or len(group.follow(route)) <= 1:
            return KEPT
        return too_many(found_at(group, route))

    return check


def found_at(group: Group, route: Sequence[str]) -> Sequence[etree._Element]:
    """The elements at the end of a path, be they values or groups."""
    found = group.follow(route)
    return [each.element for each in found] if route[-1].startswith("cac:") else found


def too_many(found: Sequence[etree._Element]) -> Sequence[Fault]:
    """More than one, where one is allowed."""
    return (Fault(found[1], "at most 1", str(len(found))),)


def with_attribute(name: str, attribute: str) -> Check:
    """Each value of that name carries that attribute."""

    def check(group: Group) -> Sequence[Fault]:
        return [Fault(each) for each in group.values.get(name, ()) if each.get(attribute) is None]

    return check


def is_vat(group: Group) -> bool:
    """Whether a group that has a cac:TaxScheme speaks of VAT."""
    for scheme in group.groups.get("cac:TaxScheme", ()):
        code = scheme.text("cbc:ID")
        if code == "VAT" or (code and code.strip(BLANKS).upper() == "VAT"):
            return True
    return False


def in_vat(*path: str) -> Check:
    """A group at the path that speaks of VAT has the value that ends it."""
    *steps, name = path

    def check(group: Group) -> Sequence[Fault]:
        for each in group.below(*steps):
            if name in each.values and is_vat(each):
                return KEPT
        return BROKEN

    return check
