"""What a rule is, and what it says when it is broken."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lxml import etree

from edi_gateway.documents.en16931.places import Place
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import Value

At = etree._Element | Value | Group
Severity = Literal["fatal", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of EN 16931. `terms` are the business terms and groups it speaks of, such as `BT-112`."""

    id: str
    severity: Severity
    terms: tuple[str, ...]
    message: str


class Fired(NamedTuple):
    """A rule that is broken, and at which element. `expected` and `actual` are not cut: they may be of any length."""

    rule: str
    element: etree._Element
    expected: str | None = None
    actual: str | None = None


def fired(rule: str, at: At, expected: str | None = None, actual: str | None = None) -> Fired:
    """The same, of anything that is an element, or has one."""
    return Fired(rule, at.element if isinstance(at, Value | Group) else at, expected, actual)


class Fault(NamedTuple):
    """What a check found: where, if not at the element that it was asked about."""

    at: At | None = None
    expected: str | None = None
    actual: str | None = None


Check = Callable[[Group], Sequence[Fault]]
"""Judges one group of elements; empty when nothing is wrong."""
Sweep = Callable[[Invoice], Iterable[Fired]]
"""Judges what was collected from a whole invoice, for many rules at once."""

KEPT: tuple[Fault, ...] = ()
BROKEN: tuple[Fault, ...] = (Fault(),)


@dataclass(frozen=True, slots=True)
class ByNames:
    """A check that looks at nothing but names of elements and attributes in the group: it finds the same whatever they
    say, and whatever is around them."""

    check: Check

    def __call__(self, group: Group) -> Sequence[Fault]:
        return self.check(group)


@dataclass(frozen=True, slots=True)
class Given:
    """A check that finds nothing as long as there is nothing at the end of a path."""

    route: tuple[str, ...]
    check: Check

    def __call__(self, group: Group) -> Sequence[Fault]:
        return self.check(group)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A check that finds nothing as long as none of those names stands twice in one group."""

    names: frozenset[str]
    check: Check

    def __call__(self, group: Group) -> Sequence[Fault]:
        return self.check(group)


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Which groups a rule is asked about: by name, by the names around them, and by what else must be so."""

    names: tuple[str, ...]
    within: Callable[[Place], bool] | None = None
    where: Callable[[Group], bool] | None = None

    def is_at(self, place: Place) -> bool:
        """Whether groups of that place may be meant."""
        return place.name in self.names and (self.within is None or self.within(place))


class Judgement(NamedTuple):
    """A rule, where it is asked, and how it is judged."""

    rule: Rule
    context: Context
    check: Check


def judged(
    id: str, context: Context, check: Check, terms: str, message: str, severity: Severity = "fatal"
) -> Judgement:
    """`terms` are separated by blanks."""
    return Judgement(Rule(id, severity, tuple(terms.split()), message), context, check)
