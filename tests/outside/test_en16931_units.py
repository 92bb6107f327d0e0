"""The rule tests that CEN publishes with its validation artefacts: each document is a fragment, judged by one rule."""

import json
from pathlib import Path

import pytest
from lxml import etree

from edi_gateway.documents.en16931 import judge

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "en16931"
pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="needs the unit tests of ConnectingEurope/eInvoicing-EN16931 beside the repository"
)
VEFA = "{http://difi.no/xsd/vefa/validator/1.0}"


def _cases():
    if not CORPUS.is_dir():
        return []
    return [json.loads(line) for line in (CORPUS / "expected.jsonl").read_text("utf-8").splitlines()]


def _document(case):
    """The tested fragment as a document of its own."""
    path = CORPUS / case["file"].removeprefix("en16931/test/")
    test = etree.parse(str(path)).getroot().findall(f"{VEFA}test")[case["test"]]
    fragment = next(each for each in test.iterchildren(etree.Element) if not each.tag.startswith(VEFA))
    return etree.fromstring(etree.tostring(fragment, with_tail=False))


def test_the_corpus_is_whole():
    assert len(_cases()) == 915


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{Path(case['file']).stem}-{case['test']}")
def test_a_fragment_is_judged_as_published(case):
    root = _document(case)
    for verdict, rule in case["expect"]:
        fired = {each.rule for each in judge(root, only=[rule])}
        assert fired == (set() if verdict == "success" else {rule}), case["description"]
