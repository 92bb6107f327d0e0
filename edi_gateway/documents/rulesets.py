"""Rule sets beyond a schema: which a document claims to keep (schemas/catalogue.toml), and who judges by them."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

from edi_gateway.documents import en16931
from edi_gateway.documents.schema import folder
from edi_gateway.errors import Misuse, Rejection
from edi_gateway.model.document import Document, Finding, Ruleset
from edi_gateway.model.profile import STRICT, Profile, Tolerances

Judge = Callable[[etree._Element], tuple[Finding, ...]]

JUDGES: Final[Mapping[tuple[str, str], Judge]] = MappingProxyType(
    {("en16931", "1.3.16"): lambda root: en16931.findings(root, en16931.judge(root))}
)
"""By name and version."""

PROFILE: Final = "partner-profile"
"""What a verdict calls a profile that it was judged by, with its version."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A row of the catalogue: a version of some rules, whom they are for, and from which day until before which."""

    name: str
    version: str
    since: date
    until: date | None
    roots: frozenset[str]
    customizations: tuple[str, ...]
    profiles: frozenset[str]
    unless: tuple[str, ...]

    def is_claimed(self, root: str, customization: str, profile: str) -> bool:
        """Whether a document with that root, CustomizationID and ProfileID says that it keeps these rules.

        The specification's name stands first; what narrows it down follows after a `#`.
        """
        return (
            root in self.roots
            and any(f"{customization}#".startswith(f"{each}#") for each in self.customizations)
            and not any(each in customization for each in self.unless)
            and (not self.profiles or profile in self.profiles)
        )

    def is_in_force(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)

    @property
    def ruleset(self) -> Ruleset:
        return Ruleset(self.name, self.version)

    def judge(self, root: etree._Element) -> tuple[Finding, ...]:
        return JUDGES[self.name, self.version](root)


@dataclass(frozen=True, slots=True)
class Judging:
    """What a document is judged by. `on` is the day of receipt, whose versions count; without it, the newest.

    `ruleset` is asked whatever the document claims. `rules_only` asks neither schema nor, where `ruleset` is named,
    the gateway's own rules: a fragment can be judged. `profile` is what was agreed with the sender. `record_of` finds
    the contract whose record, sent before, names a PDF by its digest (SHA-256 in lower-case hex).
    """

    on: date | None = None
    ruleset: str | None = None
    rules_only: bool = False
    profile: Profile | None = None
    record_of: Callable[[str], Document | None] | None = None

    @property
    def agreed(self) -> tuple[Ruleset, ...]:
        """The version of the sender's profile, as verdicts name it."""
        return () if self.profile is None else (Ruleset(PROFILE, str(self.profile.version)),)

    @property
    def tolerances(self) -> Tolerances:
        """How far off the sums of a document may be that claims no rules for them."""
        return STRICT if self.profile is None else self.profile.tolerances

    def admit(self, type: str, format: str) -> None:
        """Raises Rejection("document-not-permitted") for what was not agreed on, before it costs anything."""
        if self.profile is not None and not self.profile.permits(type, format):
            raise Rejection("document-not-permitted", f"To send documents of the format {format} was not agreed on.")

    def chosen(self, root: str, customization: str | None, profile: str | None) -> tuple[RuleSet, ...]:
        """The rule sets for such a document. Raises Misuse for a name that there isn't, or one that is for others."""
        if self.ruleset is not None:
            asked = named(self.ruleset, self.on)
            if root not in asked.roots and not self.rules_only:
                raise Misuse(f"The rule set {asked.name} is not for a document of the kind {root}.")
            return (asked,)
        claims = claimed(root, customization, profile, self.on)
        return claims if self.profile is None else (*claims, *self._agreed(root, claims, self.profile))

    def _agreed(self, root: str, claims: tuple[RuleSet, ...], profile: Profile) -> Iterator[RuleSet]:
        for name in profile.rule_sets:
            agreed = named(name, self.on)
            if root in agreed.roots and agreed not in claims:
                yield agreed


DEFAULT: Final = Judging()


@cache
def known() -> tuple[RuleSet, ...]:
    """All of the catalogue, a later version before an earlier one."""
    rows = tomllib.loads((folder() / "catalogue.toml").read_text("utf-8"))["ruleset"]
    return tuple(sorted(map(_rule_set, rows), key=lambda each: each.since, reverse=True))


def named(name: str, on: date | None = None) -> RuleSet:
    """The rule set of that name, as it is on that day, or the newest. Raises Misuse."""
    found = [each for each in known() if each.name == name]
    if not found:
        raise Misuse(f"There is no rule set {name}: there is {', '.join(sorted({each.name for each in known()}))}.")
    return next((each for each in found if on is None or each.is_in_force(on)), found[0])


def claimed(root: str, customization: str | None, profile: str | None, on: date | None = None) -> tuple[RuleSet, ...]:
    """The rule sets that a document claims to keep, each as it is on that day, or the newest."""
    claims = (each for each in known() if each.is_claimed(root, customization or "", profile or ""))
    return tuple(named(name, on) for name in dict.fromkeys(each.name for each in claims))


def _rule_set(row: Mapping[str, Any]) -> RuleSet:
    return RuleSet(
        name=row["id"],
        version=row["version"],
        since=row["since"],
        until=row.get("until"),
        roots=frozenset(row["roots"]),
        customizations=tuple(row["customizations"]),
        profiles=frozenset(row.get("profiles", ())),
        unless=tuple(row.get("unless", ())),
    )
