"""Our engine and the official rules of EN 16931 agree: on documents with faults that chance made, or with more in them
than the core has, and on fragments.

`--soak` tries ten times as many. A disagreement names the document's seed: `mutated(seed)` makes it again.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from edi_gateway.documents.en16931 import RULES, judge, unwanted_paths
from edi_gateway.documents.explain import explain
from edi_gateway.documents.schema import catalogue
from edi_gateway.transports.saxon import OfficialRules
from tests.support.examples import NEVER, whole
from tests.support.invoices import clark, invoice
from tests.support.mutations import mutate, mutated
from tests.support.schema_drawing import Drawing

BATCHES = 20
DRAWINGS = 4
DECIDED, DECIDED_SOAKING = 100, 1000
"""Documents of a batch about which the official rules have an opinion."""
FIRST_SEED = 1_000_000
"""Of a batch; the next one begins as many further."""
UNDECIDED = 0.2
"""At most such a part may stop the official rules."""
SPOKEN = 100
"""Rules that speak in a batch, at least: where all is quiet, nothing is compared."""

CORPUS = Path(__file__).parents[2] / "../shared/corpora/en16931/Invoice-unit-UBL"
VEFA = "{http://difi.no/xsd/vefa/validator/1.0}"
FRAGMENTS = sorted(CORPUS.glob("*.xml"))


@pytest.fixture(scope="session")
def official() -> Iterator[OfficialRules]:
    with OfficialRules() as rules:
        yield rules


def disagreement(official: OfficialRules, root: etree._Element, made: str) -> tuple[str, set[str] | None]:
    """What the two sides say differently, in words, or nothing; and the rules that speak, if the official ones can."""
    ours = {fired.rule for fired in judge(root)}
    opinion = official.judge(root)
    if opinion.failed:
        return "", None
    theirs = {finding.rule for finding in opinion.findings}
    if ours == theirs:
        return "", ours
    said = f"{made}\n  only ours: {sorted(ours - theirs)}\n  only official: {sorted(theirs - ours)}"
    return said, ours


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_documents_are_judged_as_the_official_rules_judge_them(
    official: OfficialRules, batch: int, soak: bool
) -> None:
    wanted = DECIDED_SOAKING if soak else DECIDED
    decided, differing, spoken = 0, [], set[str]()
    seeds = iter(range(batch * FIRST_SEED, batch * FIRST_SEED + int(wanted / (1 - UNDECIDED))))
    while decided < wanted:
        seed = next(seeds, None)
        assert seed is not None, "the official rules had no opinion on too many documents"
        root, steps = mutated(seed)
        said, rules = disagreement(official, root, f"seed {seed}: {'; '.join(steps)}")
        decided += rules is not None
        spoken |= rules or set()
        differing += [said] if said else []
    assert differing == [], "\n".join(differing)
    assert len(spoken) > SPOKEN


@pytest.mark.parametrize("batch", range(DRAWINGS))
def test_what_schemas_allow_is_judged_as_the_official_rules_judge_it(
    official: OfficialRules, batch: int, soak: bool
) -> None:
    schemas = [catalogue()[name] for name in ("ubl-2.1-invoice", "ubl-2.1-credit-note")]
    drawings = {each.root: Drawing(each.path) for each in schemas}
    differing, spoken = [], set[str]()
    for seed in range(batch * FIRST_SEED, batch * FIRST_SEED + (DECIDED_SOAKING if soak else DECIDED)):
        chance = Random(seed)
        root = invoice(chance)
        drawings[str(root.tag)].enrich(root, chance, chance.choice((1, 2, 4, 8)))
        said, rules = disagreement(official, etree.fromstring(etree.tostring(root)), f"seed {seed}")
        spoken |= rules or set()
        differing += [said] if said else []
    assert differing == [], "\n".join(differing)
    assert len(spoken) > SPOKEN


def priced(price: str) -> etree._Element:
    root = invoice(Random(0))
    for each in root.iter(clark("cbc:PriceAmount")):
        each.text = price
    return root


@pytest.mark.parametrize("price", ["1.50E+2", "1e-3", "-1e-3", "INF", "-INF", "+7", "9" * 70, "-5"])
def test_numbers_that_no_schema_has_read_are_compared_as_the_official_rules_compare_them(
    official: OfficialRules, price: str
) -> None:
    assert disagreement(official, priced(price), price)[0] == ""


@pytest.mark.parametrize(("price", "theirs"), [("-0.00", {"BR-27"}), ("NaN", set())])
def test_where_saxon_compares_otherwise_than_xpath_we_follow_xpath(
    official: OfficialRules, price: str, theirs: set[str]
) -> None:
    """Zero with a minus is not below zero, and what is no number not above it (XPath 2.0 §B.2, op:numeric-less-than).
    Saxon takes it otherwise where it reads a value as it compares it; `xs:double(…)` alone it compares as it should."""
    ours = {fired.rule for fired in judge(priced(price))}
    opinion = {finding.rule for finding in official.judge(priced(price)).findings}
    assert ours ^ opinion == {"BR-27"}
    assert opinion & {"BR-27"} == theirs


@pytest.mark.skipif(not FRAGMENTS, reason="needs the unit tests of EN 16931's rules beside us")
@pytest.mark.parametrize("part", range(4))
def test_fragments_are_judged_as_the_official_rules_judge_them(official: OfficialRules, part: int, soak: bool) -> None:
    differing = []
    for file in FRAGMENTS[part::4]:
        for place, content in enumerate(_fragments(file)):
            for round in range(10 if soak else 2):
                root, steps = etree.fromstring(content), list[str]()
                if round:
                    steps = mutate(root, Random(f"{file.stem} {place} {round}"))
                    root = etree.fromstring(etree.tostring(root))
                said, _ = disagreement(official, root, f"{file.name} {place}, round {round}: {'; '.join(steps)}")
                differing += [said] if said else []
    assert differing == [], "\n".join(differing)


def test_the_examples_of_rules_fire_them_for_the_official_rules_too(official: OfficialRules) -> None:
    wrong = []
    for rule in sorted(RULES.keys() - NEVER - unwanted_paths.paths().keys()):
        page = explain(rule)
        assert page is not None
        for example, speaks in ((page.fails, True), (page.passes, False)):
            opinion = official.judge(etree.fromstring(whole(example or "")))
            if not opinion.failed and any(finding.rule == rule for finding in opinion.findings) != speaks:
                wrong.append((rule, "fails" if speaks else "passes"))
    assert wrong == []


def _fragments(file: Path) -> Iterator[bytes]:
    """The document in each test of a file, which has a namespace of its own around them."""
    tests = etree.parse(file, etree.XMLParser(remove_comments=True)).getroot().iter(f"{VEFA}test")
    for test in tests:
        yield from (etree.tostring(each, with_tail=False) for each in test if not str(each.tag).startswith(VEFA))
