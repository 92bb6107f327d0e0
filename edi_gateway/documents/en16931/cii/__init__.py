"""EN 16931 for the Cross Industry Invoice: the same rules over the same model, to which the tree is bound.

`binding.toml` says where CII has what. What the official binding asks otherwise than that to UBL is in `rules`, `vat`
and `coded`; what its syntax forbids, in `syntax` and `unwanted.toml`.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from edi_gateway.documents.en16931 import decimals
from edi_gateway.documents.en16931.cii import coded, syntax, unwanted, vat
from edi_gateway.documents.en16931.cii import rules as own
from edi_gateway.documents.en16931.cii.contexts import INSTEAD
from edi_gateway.documents.en16931.cii.tree import forms
from edi_gateway.documents.en16931.rule import Fired, Judgement, Rule, Sweep
from edi_gateway.documents.en16931.tree import Invoice

__all__ = ["SWEEPS", "forms", "judgements", "rules"]

_SYNTAX: Final = "UBL-"
_CODES: Final = "BR-CL-"
_SWEPT: Final = frozenset({"BR-CO-09"})
_DECIMALS: Final = {INSTEAD.get(context, context): names for context, names in decimals.TABLE.items()}


def _too_exact(invoice: Invoice) -> Iterator[Fired]:
    return decimals.named(invoice, _DECIMALS)


SWEEPS: Final[tuple[Sweep, ...]] = (coded.sweep, _too_exact, vat.sweep, own.sweep, own.broken)


def judgements(known: Mapping[str, Rule], of_ubl: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """UBL's, but for those of its syntax, of code lists, and those that CII has in another form."""
    others = tuple(own.judgements(known))
    replaced = {each.rule.id for each in others} | _SWEPT
    shared = (
        Judgement(rule, INSTEAD.get(context, context), check)
        for rule, context, check in of_ubl
        if rule.id not in replaced and not rule.id.startswith((_SYNTAX, _CODES))
    )
    return (*shared, *others)


def rules(known: Mapping[str, Rule], of_ubl: Iterable[Judgement]) -> Mapping[str, Rule]:
    """Every rule by its id; `known` are UBL's."""
    shared = {id: rule for id, rule in known.items() if not id.startswith(_SYNTAX)}
    replaced = {each.rule.id: each.rule for each in judgements(known, of_ubl)}
    syntactic = (*own.OWN, *syntax.RULES, *unwanted.rules())
    return MappingProxyType(shared | replaced | {each.id: each for each in syntactic})
