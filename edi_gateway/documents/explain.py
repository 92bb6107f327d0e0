"""What a rule means, in words, with an example that fails and one that passes: the page behind a finding."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from edi_gateway.documents import en16931
from edi_gateway.documents.en16931 import unwanted_paths
from edi_gateway.documents.schema import folder

_EXAMPLES: Final = Path(en16931.__file__).parent / "examples.json"
_OFFICIAL: Final = "EN 16931 ({} {}), under the official id; the words are ours"
_OWN: Final = "the gateway's own"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule. The examples are fragments, with the usual namespaces left out; or cases in words. A rule that never
    speaks has none that fails."""

    rule: str
    severity: str
    origin: str
    means: str
    advice: str | None = None
    terms: tuple[str, ...] = ()
    fails: str | None = None
    passes: str | None = None

    @property
    def text(self) -> str:
        """The page."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.rule} ({self.severity})\n"
        yield f"{self.means}\n"
        if self.advice:
            yield f"{self.advice}\n"
        if self.terms:
            yield f"Business terms: {', '.join(self.terms)}\n"
        yield f"Rule set: {self.origin}\n"
        for title, example in (("Fails", self.fails), ("Passes", self.passes)):
            if example:
                yield f"{title}:\n"
                yield from (f"    {line}" for line in example.splitlines())
                yield ""


def explain(rule: str) -> Explanation | None:
    """The rule of that id; None where there is none."""
    known = en16931.RULES.get(rule) or en16931.CII_RULES.get(rule)
    if known is not None:
        return _official(known)
    own, families = _own()
    row = own.get(rule) or next((row for prefix, row in families.items() if rule.startswith(prefix)), None)
    if row is None:
        return None
    fails, passes = row["fails"].strip("\n"), row["passes"].strip("\n")
    return Explanation(rule, row["severity"], _OWN, row["means"], row["do"], fails=fails, passes=passes)


def rules() -> tuple[str, ...]:
    """The ids of all rules that have one; those of schemas have a prefix only."""
    return tuple(dict.fromkeys((*_own()[0], *en16931.RULES, *en16931.CII_RULES)))


@cache
def _own() -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]]]:
    """By id, and by prefix."""
    table = tomllib.loads((folder() / "rules.toml").read_text("utf-8"))
    own = {row["id"]: row for row in table["rule"]}
    return MappingProxyType(own), MappingProxyType({row["prefix"]: row for row in table["family"]})


def _official(rule: en16931.Rule) -> Explanation:
    path = unwanted_paths.paths().get(rule.id)
    of_cii = None if rule.id in en16931.RULES else en16931.cii_example(rule.id)
    fails, passes = of_cii or (_unwanted(path) if path else _examples().get(rule.id, (None, None)))
    origin = _OFFICIAL.format(*en16931.RULESET)
    return Explanation(rule.id, rule.severity, origin, rule.message, None, rule.terms, fails, passes)


@cache
def _examples() -> Mapping[str, tuple[str | None, str | None]]:
    return {rule: (fails, passes) for rule, (fails, passes) in json.loads(_EXAMPLES.read_text("utf-8")).items()}


def _unwanted(path: str) -> tuple[str, str]:
    """With what shouldn't be there, and without."""
    *steps, last = ["cac:InvoiceLine" if step == "line" else step for step in path.split("/")]
    if last.startswith("@"):
        *above, name = steps
        return _nested(above, f'<{name} {last[1:]}="x"/>'), _nested(above, f"<{name}/>")
    return _nested(steps, f"<{last}/>"), _nested(steps, "")


def _nested(steps: Sequence[str], inner: str) -> str:
    names = ["Invoice", *steps]
    if not inner:
        names, inner = names[:-1], f"<{names[-1]}/>"
    lines = [f"{'  ' * depth}<{name}>" for depth, name in enumerate(names)]
    closing = [f"{'  ' * depth}</{name}>" for depth, name in enumerate(names)]
    return "\n".join([*lines, "  " * len(names) + inner, *reversed(closing)])
