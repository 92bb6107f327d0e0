"""The checks that many rules share, each made from the paths that it looks at.

A path is written as in UBL: `cac:Price/cbc:PriceAmount`.
"""

from collections.abc import Sequence

from lxml import etree

from edi_gateway.documents.en16931.rule import BROKEN, KEPT, Check, Fault
from edi_gateway.documents.en16931.tree import BLANKS, Group, text_of


def values_at(group: Group, steps: Sequence[str]) -> Sequence[etree._Element]:
    """All values at the end of a path."""
    *groups, name = steps
    if not groups:
        return group.values.get(name, ())
    return [value for each in group.below(*groups) for value in each.values.get(name, ())]


def present(*paths: str) -> Check:
    """At least one of the paths leads to something: a value (`cbc:`) or a group (`cac:`)."""
    if len(paths) == 1 and "/" not in paths[0]:
        return _present_here(paths[0])
    routes = [tuple(path.split("/")) for path in paths]

    def check(group: Group) -> Sequence[Fault]:
        return KEPT if any(_leads_somewhere(group, route) for route in routes) else BROKEN

    return check


def _present_here(name: str) -> Check:
    if name.startswith("cac:"):
        return lambda group: KEPT if name in group.groups else BROKEN
    return lambda group: KEPT if name in group.values else BROKEN


def _leads_somewhere(group: Group, route: Sequence[str]) -> bool:
    return bool(group.below(*route) if route[-1].startswith("cac:") else values_at(group, route))


def filled(*paths: str) -> Check:
    """At least one of the paths leads to a value that isn't blank."""
    routes = [tuple(path.split("/")) for path in paths]

    def check(group: Group) -> Sequence[Fault]:
        for route in routes:
            for value in values_at(group, route):
                if text_of(value).strip(BLANKS):
                    return KEPT
        return BROKEN

    return check


def at_most_one(path: str) -> Check:
    """The path leads to one value or group, or to none. The second is where the fault is."""
    route = tuple(path.split("/"))

    def check(group: Group) -> Sequence[Fault]:
        if route[0] not in group.groups and route[0] not in group.values:
            return KEPT
        found = found_at(group, route)
        return KEPT if len(found) <= 1 else too_many(found)

    return check


def found_at(group: Group, route: Sequence[str]) -> Sequence[etree._Element]:
    """The elements at the end of a path, be they values or groups."""
    if route[-1].startswith("cac:"):
        return [each.element for each in group.below(*route)]
    return values_at(group, route)


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
    return any(
        (scheme.text("cbc:ID") or "").strip(BLANKS).upper() == "VAT" for scheme in group.groups.get("cac:TaxScheme", ())
    )


def in_vat(*path: str) -> Check:
    """A group at the path that speaks of VAT has the value that ends it."""
    *steps, name = path

    def check(group: Group) -> Sequence[Fault]:
        for each in group.below(*steps):
            if name in each.values and is_vat(each):
                return KEPT
        return BROKEN

    return check
