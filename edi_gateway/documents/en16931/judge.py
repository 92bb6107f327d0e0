"""The engine: a tree is laid out, and every rule judges what it says."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import chain
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
    plan,
    syntax,
    totals,
    ubl,
    unwanted,
    vat,
    vat_breakdown,
)
from edi_gateway.documents.en16931.amounts import exact
from edi_gateway.documents.en16931.composition import filled, forms
from edi_gateway.documents.en16931.forms import Forms
from edi_gateway.documents.en16931.places import Place, Places
from edi_gateway.documents.en16931.plan import Plan
from edi_gateway.documents.en16931.rule import Fired, Judgement, Rule, Sweep
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


class _Syntax(NamedTuple):
    """How invoices of one syntax are judged: how they are laid out, and what is asked of these."""

    forms: Forms[Invoice]
    sweeps: tuple[Sweep, ...]
    rules: Mapping[str, Rule]


def _lists(place: Place) -> Sequence[Hashable]:
    return (*coded.lists(place), *decimals.lists(place))


_PLACES: Final = Places(Plan(_JUDGEMENTS, _lists, unwanted.at, unwanted.attribute_at))


_UBL: Final = _Syntax(
    forms(lambda outline: ubl.Frame(outline, _PLACES), lambda outline: ubl.OfPart(outline, _PLACES)),
    _SWEEPS,
    RULES,
)
_CII: Final = _Syntax(cii.forms(cii.judgements(RULES, _JUDGEMENTS)), cii.SWEEPS, CII_RULES)


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
    with filled(how.forms, root) as invoice, exact():
        found = _fired(invoice, how)
    if only is not None:
        found = [each for each in found if each.rule in only]
    return _in_order(root, found)


def _in_order(root: etree._Element, found: list[Fired]) -> list[Fired]:
    if len(found) <= _FEW:
        return sorted(found, key=lambda each: _place(each.element)) if len(found) > 1 else found
    places = {element: place for place, element in enumerate(root.iter(etree.Element))}
    return sorted(found, key=lambda each: places[each.element])


def _place(element: etree._Element) -> list[int]:
    place: list[int] = []
    while (parent := element.getparent()) is not None:
        place.append(parent.index(element))
        element = parent
    return place[::-1]


def _fired(invoice: Invoice, how: _Syntax) -> list[Fired]:
    found = [*plan.judge(invoice)]
    for sweep in how.sweeps:
        found.extend(sweep(invoice))
    return found
