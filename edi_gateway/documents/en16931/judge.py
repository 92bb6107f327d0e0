"""The engine: one walk over the tree, then every rule over what was collected."""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain, groupby
from types import MappingProxyType
from typing import Final, NamedTuple

from lxml import etree

from edi_gateway.documents import cii_names
from edi_gateway.documents.en16931 import (
    cii,
    coded,
    conditions,
    decimals,
    mandatory,
    syntax,
    totals,
    unwanted,
    vat,
    vat_breakdown,
)
from edi_gateway.documents.en16931.amounts import exact
from edi_gateway.documents.en16931.rule import Check, Context, Fired, Judgement, Rule, Sweep
from edi_gateway.documents.en16931.tree import Invoice

RULESET: Final = ("en16931", "1.3.16")
"""Name and version: the rules of EN16931-UBL and EN16931-CII 1.3.16 of 2026-03-30."""

_JUDGEMENTS: Final[tuple[Judgement, ...]] = (
    *mandatory.RULES,
    *totals.RULES,
    *conditions.RULES,
    *coded.RULES,
    *syntax.RULES,
    *vat_breakdown.RULES,
)
_SWEEPS: Final[tuple[Sweep, ...]] = (coded.sweep, decimals.sweep, unwanted.sweep, vat.sweep)

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        rule.id: rule
        for rule in chain((each.rule for each in _JUDGEMENTS), coded.SWEPT, decimals.SWEPT, unwanted.SWEPT, vat.SWEPT)
    }
)
"""Every rule for UBL by its id."""
CII_RULES: Final[Mapping[str, Rule]] = cii.rules(RULES, _JUDGEMENTS)
"""Every rule for CII by its id: those about the invoice itself are the same as for UBL."""
_FEW: Final = 32
"""So many elements are looked up one by one; for more, the whole tree is counted."""

_Plan = Mapping[str, tuple[tuple[Context, tuple[tuple[str, Check], ...]], ...]]


def _plan(judgements: Iterable[Judgement]) -> _Plan:
    """By a group's name: in which contexts it may stand, and what is asked of it there."""
    order: dict[Context, list[tuple[str, Check]]] = {}
    for rule, context, check in judgements:
        order.setdefault(context, []).append((rule.id, check))
    pairs = ((name, (context, tuple(checks))) for context, checks in order.items() for name in context.names)
    by_name = groupby(sorted(pairs, key=lambda pair: pair[0]), key=lambda pair: pair[0])
    return {name: tuple(plan for _, plan in plans) for name, plans in by_name}


class _Syntax(NamedTuple):
    """How invoices of one syntax are judged: what collects their groups, and what is asked of these."""

    collect: Callable[[etree._Element], Invoice]
    plan: _Plan
    sweeps: tuple[Sweep, ...]
    rules: Mapping[str, Rule]


_UBL: Final = _Syntax(Invoice, _plan(_JUDGEMENTS), _SWEEPS, RULES)
_CII: Final = _Syntax(cii.CrossIndustryInvoice, _plan(cii.judgements(RULES, _JUDGEMENTS)), cii.SWEEPS, CII_RULES)


def _syntax_of(root: etree._Element) -> _Syntax:
    return _CII if root.tag == cii_names.ROOT else _UBL


def rules_for(root: etree._Element) -> Mapping[str, Rule]:
    """The rules that a document with that root is judged by."""
    return _syntax_of(root).rules


def judge(root: etree._Element, only: Collection[str] | None = None) -> list[Fired]:
    """Every rule that is broken, at every place, in document order; with `only`, just the rules with those ids.

    `root` is taken for a whole document. It may be a fragment that no schema accepts: a rule whose operands are missing
    or can't be read is broken, as for the official validator, and nothing is raised.
    """
    how = _syntax_of(root)
    invoice = how.collect(root)
    with exact():
        fired = _fired(invoice, how)
    invoice.release()
    if only is not None:
        fired = [each for each in fired if each.rule in only]
    return _in_order(root, fired)


def _in_order(root: etree._Element, fired: list[Fired]) -> list[Fired]:
    if len(fired) <= _FEW:
        return sorted(fired, key=lambda each: _place(each.element)) if len(fired) > 1 else fired
    places = {element: place for place, element in enumerate(root.iter(etree.Element))}
    return sorted(fired, key=lambda each: places[each.element])


def _place(element: etree._Element) -> list[int]:
    place: list[int] = []
    while (parent := element.getparent()) is not None:
        place.append(parent.index(element))
        element = parent
    return place[::-1]


def _fired(invoice: Invoice, how: _Syntax) -> list[Fired]:
    fired: list[Fired] = []
    for name, groups in invoice.groups.items():
        for context, checks in how.plan.get(name, ()):
            where = context.where
            for group in groups:
                if where is None or where(group):
                    for rule, check in checks:
                        for at, expected, actual in check(group):
                            fired.append(Fired(rule, group.element if at is None else at, expected, actual))
    for sweep in how.sweeps:
        fired.extend(sweep(invoice))
    return fired
