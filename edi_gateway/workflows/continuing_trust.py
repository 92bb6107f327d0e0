"""Roots and grants in the first entries of a ledger that goes on from another: those that counted, or wait to."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from edi_gateway.model.record import LEDGER, Act
from edi_gateway.model.trust import Grant, Trust, TrustChange, TrustEvent, TrustRoot
from edi_gateway.receipts.statement import act_statement
from edi_gateway.workflows.trust import described, described_grant


def trust_entries(trust: Trust, new_id: Callable[[], str], named: Callable[[str], dict[str, Any]]) -> list[Act]:
    """After those of the partners. `named` gives what each statement has: its id, the origin, and who."""
    acts = [_root(root, named(new_id())) for root in trust.roots.values() if root.in_force]
    kept = (one for one in trust.grants if one.state != "ended" and trust.roots[one.root].in_force)
    return [*acts, *(_grant(grant, named(new_id())) for grant in kept)]


def _root(root: TrustRoot, named: dict[str, Any]) -> Act:
    draft = act_statement("trust.added", **named, root=described(root))
    return Act(named["id"], LEDGER, draft, trust=TrustChange("trust.added", replace(root, steps=())))


def _grant(grant: Grant, named: dict[str, Any]) -> Act:
    """A grant is called by its first entry's id; who proposed one that waits for approval stays known."""
    type: TrustEvent = "trust.granted" if grant.in_force else "trust.proposed"
    if type == "trust.proposed" and (proposed := grant.steps[0]).by:
        named |= {"by": proposed.by, "byIdentity": proposed.identity}
    given = replace(grant, id=named["id"], steps=())
    draft = act_statement(type, **named, grant=described_grant(given))
    return Act(named["id"], grant.partner, draft, trust=TrustChange(type, given))
