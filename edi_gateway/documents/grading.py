"""The severities of single rules, as they were agreed with a partner."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from edi_gateway.documents import en16931
from edi_gateway.documents.explain import rules
from edi_gateway.model.document import Finding, Severity

_DRAWN_OVER: Final = "GW-PDF-007"
"""What those who sign by hand may agree on: a field for each signature, drawn as it is made."""


@cache
def gradable() -> frozenset[str]:
    """The rules that judge what a document says, not whether it can be told from others, filed, and trusted."""
    own = {rule for rule in rules() if rule.startswith(("GW-SUM-", "GW-ORDER-"))} - {"GW-ORDER-001"}
    return frozenset(own | {_DRAWN_OVER} | en16931.RULES.keys() | en16931.CII_RULES.keys())


def graded(findings: Iterable[Finding], levels: Mapping[str, Severity]) -> tuple[Finding, ...]:
    """The findings, each with the severity agreed for its rule, if one was."""
    return tuple(
        replace(each, severity=levels[each.rule]) if each.rule in levels and each.rule in gradable() else each
        for each in findings
    )
