"""OASIS's own schemas and examples of UBL 2.1: our maindocs must say what theirs say."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from edi_gateway.documents import ubl
from edi_gateway.documents.schema import catalogue, compiled, folder
from edi_gateway.documents.ubl import arithmetic
from tests.support.ubl import BY_FORMAT, verified

CORPUS = Path(__file__).parents[2] / "../shared/corpora/oasis-ubl-2.1"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the OASIS UBL 2.1 schemas and examples beside us")

XSD = "{http://www.w3.org/2001/XMLSchema}"
OURS = [row.format for row in catalogue().values() if row.root and row.path.is_relative_to(folder())]
VALID = (
    "UBL-CreditNote-2.1-Example.xml",
    "UBL-Invoice-2.0-Enveloped.xml",
    "UBL-Invoice-2.1-Example-Trivial.xml",
    "UBL-Invoice-2.1-Example.xml",
    "UBL-Order-2.1-Example.xml",
    "UBL-OrderCancellation-2.1-Example.xml",
    "UBL-OrderChange-2.1-Example.xml",
    "UBL-OrderResponse-2.1-Example.xml",
    "UBL-OrderResponseSimple-2.1-Example.xml",
    "order-test-bad2.xml",  # bad by a rule of its own, not by the schema
    "order-test-good.xml",
)


def oasis(format: str) -> Path:
    return CORPUS / "maindoc" / catalogue()[format].path.name


def oasis_compiled(format: str) -> etree.XMLSchema:
    base = catalogue()[format].base
    return etree.XMLSchema(etree.fromstring(oasis(format).read_bytes(), base_url=str(base)))


def example(name: str) -> bytes:
    return (CORPUS / "examples" / name).read_bytes()


def element_list(schema: Path) -> list[tuple[str | None, ...]]:
    return [
        tuple(element.get(name) for name in ("ref", "name", "type", "minOccurs", "maxOccurs"))
        for element in etree.parse(schema).iter(f"{XSD}element")
    ]


def shape(schema: Path) -> list[tuple[str, dict[str, str]]]:
    """Everything but documentation and namespace declarations."""
    passed_over = {f"{XSD}annotation", f"{XSD}documentation"}
    return [
        (element.tag, dict(element.attrib))
        for element in etree.parse(schema).iter(f"{XSD}*")
        if element.tag not in passed_over
    ]


def mutations(root: etree._Element) -> Iterator[etree._Element]:
    """Each child of the root removed, doubled, moved behind the next, moved to the end, and misspelt."""

    def copied() -> etree._Element:
        return copy.deepcopy(root)

    for place in range(len(root)):
        for move in (place, place + 1, place + 2, len(root)):
            tree = copied()
            tree.insert(move, copy.deepcopy(tree[place]))
            yield tree  # doubled
            if move > place + 1:
                del tree[place]
                yield tree  # moved
        tree = copied()
        del tree[place]
        yield tree
        tree = copied()
        tree[place].tag += "x"
        yield tree


@pytest.mark.parametrize("format", OURS)
def test_our_schema_lists_the_elements_that_the_oasis_one_lists(format: str) -> None:
    ours = catalogue()[format].path
    assert element_list(ours) == element_list(oasis(format))
    assert shape(ours) == shape(oasis(format))


@pytest.mark.parametrize("format", OURS)
def test_our_schema_accepts_and_refuses_exactly_what_the_oasis_one_does(format: str) -> None:
    theirs = oasis_compiled(format)
    verdicts = set()
    examples = [etree.parse(file).getroot() for file in sorted((CORPUS / "examples").glob("*.xml"))]
    for root in (*examples, etree.fromstring(BY_FORMAT[format])):
        if root.tag != catalogue()[format].root:
            continue
        for tree in (root, *mutations(root)):
            with compiled(format) as ours:
                verdict = ours.validate(tree), theirs.validate(tree)
                assert [entry.message for entry in ours.error_log] == [entry.message for entry in theirs.error_log]
            assert verdict[0] == verdict[1]
            verdicts.add(verdict[0])
    assert verdicts == {True, False}


@pytest.mark.parametrize("format", OURS)
def test_every_element_of_the_list_is_accepted_where_it_belongs_as_often_as_it_may_occur(format: str) -> None:
    """What no example holds, on its own: an empty element is wrong inside, but must be expected where it stands."""
    theirs = oasis_compiled(format)
    rows = [row for row in element_list(oasis(format)) if row[0]]
    namespaces = etree.parse(oasis(format)).getroot().nsmap
    for place, _ in enumerate(rows):
        for times in (0, 1, 2):
            root = etree.Element(catalogue()[format].root or "")
            for other, (ref, _, _, minimum, _) in enumerate(rows):
                prefix, _, local = (ref or "").partition(":")
                for _ in range(times if other == place else int(minimum or 0)):
                    etree.SubElement(root, f"{{{namespaces[prefix]}}}{local}")
            with compiled(format) as ours:
                assert ours.validate(root) == theirs.validate(root)
                assert [entry.message for entry in ours.error_log] == [entry.message for entry in theirs.error_log]


@pytest.mark.parametrize("name", VALID)
def test_every_valid_example_is_read_without_a_schema_finding(name: str) -> None:
    reading = ubl.read(verified(example(name)))
    assert [finding for finding in reading.findings if finding.stage == "schema"] == []
    assert reading.document is not None
    assert reading.document.number
    assert reading.document.issue_date


def test_the_misspelt_element_of_the_bad_order_is_named_where_it_stands() -> None:
    content = example("order-test-bad1.xml")
    (finding,) = ubl.read(verified(content)).findings
    (place,) = finding.locations
    assert finding.actual == "cbc:ChannelCod"
    assert "cbc:ChannelCode" in (finding.expected or "")
    assert place.xpath == ("/Order/cac:BuyerCustomerParty/cac:Party/cac:Contact/cac:OtherCommunication/cbc:ChannelCod")
    assert b"<cbc:ChannelCod>" in content.splitlines()[(place.line or 0) - 1]


def test_an_example_says_what_its_author_wrote() -> None:
    document = ubl.read(verified(example("UBL-Invoice-2.1-Example.xml"))).document
    assert document is not None
    assert (document.number, str(document.issue_date), document.currency) == ("TOSL108", "2009-12-15", "EUR")
    assert str(document.payable) == "729"
    assert document.sender.name == "Salescompany ltd."
    assert document.receivers[0].name == "Buyercompany ltd"


def test_the_signature_in_an_enveloped_example_leaves_a_valid_document() -> None:
    root = etree.fromstring(example("UBL-Invoice-2.0-Enveloped.xml"))
    signature = next(root.iter("{http://www.w3.org/2000/09/xmldsig#}Signature"))
    parent = signature.getparent()
    assert parent is not None
    parent.remove(signature)
    reading = ubl.read(verified(etree.tostring(root), format="xmldsig", tree=root))
    assert [finding for finding in reading.findings if finding.stage == "schema"] == []


def test_every_example_is_judged() -> None:
    examples = {path.name for path in (CORPUS / "examples").glob("*.xml")}
    assert examples == {*VALID, "order-test-bad1.xml"}


def test_every_schema_of_the_family_that_oasis_published_is_ours_too() -> None:
    assert {oasis(format) for format in OURS} == set((CORPUS / "maindoc").glob("*.xsd"))


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("UBL-Order-2.1-Example.xml", [("1", "ordered", "120", "LTR", "50"), ("2", "ordered", "15", "C62", "15")]),
        ("UBL-OrderChange-2.1-Example.xml", [("1", "ordered", "240", "LTR", "50")]),
        ("UBL-Invoice-2.1-Example-Trivial.xml", [("1", None, None, None, None)]),
    ],
)
def test_the_lines_of_an_example_say_what_their_author_wrote(name: str, lines: list[tuple[str | None, ...]]) -> None:
    found = []
    for line in ubl.particulars(etree.fromstring(example(name))).lines:
        word, quantity = line.quantities[0] if line.quantities else (None, None)
        price = str(line.price.amount.value) if line.price else None
        found.append((line.number, word, str(quantity.value) if quantity else None, quantity and quantity.unit, price))
    assert found == lines


@pytest.mark.parametrize("name", VALID)
def test_every_valid_example_adds_up_in_one_reading_or_another(name: str) -> None:
    """One prices a hundred pieces as if they were one, another forgets a line's allowance: that is warned about."""
    assert [finding.rule for finding in arithmetic.check(etree.fromstring(example(name))) if finding.refuses] == []
