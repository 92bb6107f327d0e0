"""What a rule is, and what it says when it is broken."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lxml import etree

from edi_gateway.documents.en16931.tree import Group, Invoice

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


class Fault(NamedTuple):
    """What a check found: where, if not at the element that it was asked about."""

    at: etree._Element | None = None
    expected: str | None = None
    actual: str | None = None


Check = Callable[[Group], Sequence[Fault]]
"""Judges one group of elements; empty when nothing is wrong."""
Sweep = Callable[[Invoice], Iterable[Fired]]
"""Judges what was collected from a whole invoice, for many rules at once."""

KEPT: tuple[Fault, ...] = ()
BROKEN: tuple[Fault, ...] = (Fault(),)


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Which groups a rule is asked about: by name, and what else must be so."""

    names: tuple[str, ...]
    where: Callable[[Group], bool] | None = None


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
