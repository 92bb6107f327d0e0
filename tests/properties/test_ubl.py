import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from edi_gateway.documents import ubl
from edi_gateway.documents.schema import catalogue, compiled
from edi_gateway.documents.validate import claimed_sender, validate
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Reading
from tests.support.ubl import BY_FORMAT, PREFIXES, verified

TREES = [etree.fromstring(content) for content in BY_FORMAT.values()]
OTHERS = {prefix: f"{{{namespace}}}" for prefix, namespace in PREFIXES.items()}
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="￾￿"))
NAMES = st.sampled_from(["ID", "Party", "IssueDate", "Nope", "TaxScheme", "ExtensionContent"])


@st.composite
def mutated(draw: st.DrawFn) -> etree._Element:
    """One of our documents after a few changes anywhere in it: elements lost, doubled, moved, renamed, refilled."""
    root = copy.deepcopy(draw(st.sampled_from(TREES)))
    for _ in range(draw(st.integers(1, 6))):
        elements = list(root.iter())
        element = elements[draw(st.integers(0, len(elements) - 1))]
        parent = element.getparent()
        match draw(st.sampled_from(["text", "rename", "attribute", "drop", "double", "move", "insert"])):
            case "text":
                element.text = draw(XML_TEXT)
            case "rename" if parent is not None:
                element.tag = draw(st.sampled_from(sorted(OTHERS.values()))) + draw(NAMES)
            case "attribute":
                element.set(draw(st.sampled_from(["schemeID", "currencyID", "x"])), draw(XML_TEXT))
            case "drop" if parent is not None:
                parent.remove(element)
            case "double" if parent is not None and len(element) < 20:
                parent.append(copy.deepcopy(element))
            case "move" if parent is not None:
                parent.insert(0, element)
            case "insert":
                etree.SubElement(element, draw(st.sampled_from(sorted(OTHERS.values()))) + draw(NAMES))
    return root


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_a_mutated_document_is_always_read_and_judged(tree: etree._Element) -> None:
    content = etree.tostring(tree)
    reading = ubl.read(verified(content))
    assert reading.document is not None
    check(reading, etree.fromstring(content))
    assert all(line.number is None or line.number for line in ubl.particulars(etree.fromstring(content)).lines)
    with_tree = ubl.read(verified(content, tree=etree.fromstring(content)))
    assert with_tree == reading


def check(reading: Reading, root: etree._Element) -> None:
    document = reading.document
    assert document is not None
    if not any(finding.refuses for finding in reading.findings):
        assert document.number
        assert document.issue_date
        assert document.sender.identifiers
        assert document.receivers[0].identifiers
    for finding in reading.findings:
        (place,) = finding.locations
        assert place.line
        assert place.xpath is not None
        assert place.xpath.startswith(f"/{etree.QName(root).localname}")
        found: Any = root.xpath("/*" + place.xpath[len(etree.QName(root).localname) + 1 :], namespaces=PREFIXES)
        assert len(found) == 1
    assert {party.name is None or len(party.name) <= 200 for party in (document.sender, *document.receivers)} == {True}


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_a_schema_finding_is_given_exactly_where_the_schema_refuses(tree: etree._Element) -> None:
    format = next(row.format for row in catalogue().values() if row.root == tree.tag)
    with compiled(format) as schema:
        valid = schema.validate(tree)
    reading = ubl.read(verified(etree.tostring(tree), tree=tree))
    assert valid == (reading.reached == "rules")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(BY_FORMAT)), st.data())
def test_octets_changed_anywhere_are_read_or_rejected(format: str, data: st.DataObject) -> None:
    content = bytearray(BY_FORMAT[format])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    for media_type in ("application/xml", "application/octet-stream"):
        claimed_sender(media_type, bytes(content))
        outcome = read_or_rejected(bytes(content), media_type)
        assert outcome is None or outcome.document is not None


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from(["application/xml", "application/json", "application/octet-stream", "x"])
)
def test_any_octets_are_rejected_and_nothing_else_happens(content: bytes, media_type: str) -> None:
    assert claimed_sender(media_type, content) == ()
    outcome = read_or_rejected(content, media_type)
    assert outcome is None or outcome.findings


def read_or_rejected(content: bytes, media_type: str) -> Reading | None:
    """None for a Rejection with one of the two codes that are due; anything else that is raised is a failure."""
    try:
        return validate(verified(content, media_type))
    except Rejection as refusal:
        if refusal.code not in ("document-unknown", "document-malformed"):
            raise
        return None
