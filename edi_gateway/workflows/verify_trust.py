"""Roots and grants as the statements of the ledger tell of them, one after the other."""

from collections.abc import Mapping
from typing import Any, Self

from edi_gateway.errors import Unproven
from edi_gateway.model.trust import Grant, Trust, TrustRoot, TrustStep
from edi_gateway.syntax.json import JsonValue
from edi_gateway.workflows.trust import described, described_grant

_FIRST = ("trust.added", "trust.granted", "trust.proposed")
_Step = tuple[int, JsonValue, JsonValue, JsonValue]


class ToldTrust:
    """What is known of roots by their names, and of grants by their ids: how each is described, and its steps."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[Mapping[str, JsonValue], list[_Step]]] = {}

    def note(self, index: int, statement: Mapping[str, JsonValue]) -> None:
        """Take in the statement of an entry. Raises Unproven for a step of what there never was."""
        if not str(statement["type"]).startswith("trust."):
            return
        root, grant = statement.get("root"), statement.get("grant")
        named = root if isinstance(root, dict) else grant if isinstance(grant, dict) else {}
        name = str(named.get("name", named.get("id")))
        step = index, statement["type"], statement.get("by"), statement.get("byIdentity")
        if statement["type"] in _FIRST:
            self._told[name] = named, [step]
        elif name in self._told:
            self._told[name][1].append(step)
        else:
            raise Unproven(f"entry {index}: there was no root or grant {name} before")

    def to_json(self) -> dict[str, Any]:
        """For `from_json`, after an interruption."""
        return {"told": self._told}

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> Self:
        trust = cls()
        for name, (named, steps) in members.get("told", {}).items():
            trust._told[name] = named, [tuple(step) for step in steps]
        return trust

    def compare(self, trust: Trust) -> None:
        """Raises Unproven unless these are the roots and grants, as they stand now."""
        found = {root.name: (described(root), _steps(root)) for root in trust.roots.values()}
        found |= {grant.id: (described_grant(grant), _steps(grant)) for grant in trust.grants}
        for name in sorted(self._told.keys() | found.keys()):
            if self._told.get(name) != found.get(name):
                raise Unproven(f"the root or grant {name} is not as the ledger tells")


def _steps(of: TrustRoot | Grant) -> list[_Step]:
    return [_step(one) for one in of.steps]


def _step(one: TrustStep) -> _Step:
    return one.index, one.type, one.by, one.identity
