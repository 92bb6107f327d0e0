"""Forms are filled with one document after the other, and none of them knows of the one before."""

import gc
import weakref
from random import Random

import pytest
from lxml import etree

from edi_gateway.documents.en16931 import forms, judge
from edi_gateway.documents.en16931.composition import filled
from edi_gateway.documents.en16931.composition import forms as composed
from edi_gateway.documents.en16931.outline import outlined
from edi_gateway.documents.en16931.places import MAX_PLACES, Places
from edi_gateway.documents.en16931.plan import Plan
from edi_gateway.documents.en16931.ubl import Frame, OfPart
from tests.support import cii, cii_mutations, mutations
from tests.support.en16931 import invoice

UBL = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
ODD = (
    "",
    " ",
    "0",
    "-1",
    "1.005",
    "25",
    "S",
    "O",
    "K",
    "VAT",
    "GST",
    "EUR",
    "30",
    "130",
    "true",
    "false",
    "20261130",
    "x",
)


@pytest.fixture
def kept():
    places = Places(Plan(()))
    return composed(lambda outline: Frame(outline, places), lambda outline: OfPart(outline, places))


def used(forms, root):
    with filled(forms, root) as form:
        return form


def learnt(forms, root):
    """The form that is kept when an outline comes for the second time."""
    used(forms, root)
    return used(forms, root)


def elements(count):
    root = etree.Element(f"{CAC}Party")
    for _ in range(count - 1):
        etree.SubElement(root, f"{CBC}ID").text = "x"
    return root


def varied(root, chance):
    """The same elements, some of which say something else."""
    leaves = [each for each in root.iter() if not len(each)]
    for _ in range(3):
        chance.choice(leaves).text = chance.choice(ODD)
    attributed = chance.choice([each for each in root.iter() if each.keys()] or [None])
    if attributed is not None:
        attributed.set(attributed.keys()[0], chance.choice(ODD))


def plain(root):
    return [(each.rule, root.getroottree().getpath(each.element), each.expected, each.actual) for each in judge(root)]


@pytest.mark.parametrize("mutated", [mutations.mutated, cii_mutations.mutated], ids=["ubl", "cii"])
def test_what_was_judged_before_changes_nothing(mutated, monkeypatch):
    for seed in range(30):
        chance, (root, _) = Random(seed), mutated(seed)
        for _ in range(5):  # the third time, a form is there that was kept the second time
            again = plain(root)
            with monkeypatch.context() as nothing_is_known:
                # An outline that is looked for and never found: each document is the first.
                nothing_is_known.setattr(forms, "MAX_NODES", 0)
                assert plain(etree.fromstring(etree.tostring(root))) == again
            varied(root, chance)


def test_a_form_is_filled_again_with_the_same_elements(kept):
    assert learnt(kept, elements(3)) is used(kept, elements(3))


def test_what_comes_once_leaves_no_form(kept):
    first = used(kept, elements(3))
    assert learnt(kept, elements(3)) is not first


def test_outlines_that_came_once_are_forgotten_in_time(kept, monkeypatch):
    monkeypatch.setattr(forms, "MAX_SEEN", 2)
    for count in (3, 4, 5):
        used(kept, elements(count))
    assert used(kept, elements(3)) is not used(kept, elements(3))


def test_two_who_judge_at_a_time_have_two_forms(kept):
    with filled(kept, elements(3)) as one, filled(kept, elements(3)) as other:
        assert one is not other


def test_other_elements_or_attributes_take_another_form(kept):
    attributed = elements(3)
    attributed[0].set("schemeID", "0088")
    assert len({id(form) for form in [learnt(kept, root) for root in (elements(3), elements(4), attributed)]}) == 3


def test_nothing_of_a_document_stays_in_a_form(kept):
    form = learnt(kept, elements(3))
    assert form.nodes == ()
    assert not any(hasattr(each, "element") for each in (*form.entered, *form.said))
    assert not any(hasattr(each, "text") for each in form.said)


def test_a_large_document_leaves_no_form(kept):
    assert learnt(kept, elements(forms.MAX_NODES + 1)) is not used(kept, elements(forms.MAX_NODES + 1))


def test_long_names_leave_no_form(kept):
    def root():
        return etree.Element("a" * 300)

    assert learnt(kept, root()) is not used(kept, root())


def test_the_oldest_outlines_are_forgotten(kept, monkeypatch):
    monkeypatch.setattr(forms, "MAX_KEPT", 14)
    first = learnt(kept, elements(3))
    learnt(kept, elements(4))
    assert used(kept, elements(3)) is first
    learnt(kept, elements(5))
    assert used(kept, elements(3)) is not first


def test_a_form_that_is_in_use_when_its_outline_is_forgotten_stays_whole(kept, monkeypatch):
    monkeypatch.setattr(forms, "MAX_KEPT", 6)
    learnt(kept, elements(3))
    with filled(kept, elements(3)) as form:
        learnt(kept, elements(2))
        assert [value.text for value in form.root["cbc:ID"]] == ["x", "x"]


def test_a_date_in_another_format_takes_another_form_in_cii():
    root = etree.fromstring(cii.INVOICE)
    assert judge(root) == []
    day = next(root.iter("{urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100}DateTimeString"))
    day.set("format", "203")
    assert "BR-03" in {each.rule for each in judge(root)}
    day.set("format", "102")
    assert judge(root) == []


def lines(*counts):
    """An invoice with a line for each count, which has so many notes."""
    root = etree.Element(UBL)
    for count in counts:
        line = etree.SubElement(root, f"{CAC}InvoiceLine")
        for number in range(count):
            etree.SubElement(line, f"{CBC}Note").text = f"{count}.{number}"
    return root


def notes(invoice):
    return [[each.text for each in line.get("cbc:Note", ())] for line in invoice.root["cac:InvoiceLine"]]


def test_a_part_is_known_in_another_invoice(kept):
    learnt(kept, lines(1, 2, 2))  # the part that comes twice
    with filled(kept, lines(2, 2, 3)) as one:
        known = one.root["cac:InvoiceLine"][:2]
        assert notes(one) == [["2.0", "2.1"], ["2.0", "2.1"], ["3.0", "3.1", "3.2"]]
    with filled(kept, lines(3, 2)) as other:
        assert other.root["cac:InvoiceLine"][1] in known
        assert notes(other) == [["3.0", "3.1", "3.2"], ["2.0", "2.1"]]
        assert all(line.parent is other.root and line.invoice is other for line in other.root["cac:InvoiceLine"])


def test_equal_parts_of_one_invoice_are_not_one(kept):
    for _ in range(3):
        with filled(kept, lines(1, 1, 1)) as form:
            assert len({id(each) for each in form.root["cac:InvoiceLine"]}) == 3


def test_a_part_of_an_invoice_that_is_kept_is_in_no_other(kept):
    learnt(kept, lines(1, 2))
    with filled(kept, lines(1, 2)) as one, filled(kept, lines(2, 1)) as other:
        assert notes(one) == notes(other)[::-1]


def test_what_stands_in_the_root_and_in_its_parts_is_in_the_order_of_the_document(kept):
    root = lines(1)
    root.insert(0, etree.Element(f"{CAC}Delivery"))
    root.append(etree.Element(f"{CAC}Party"))
    etree.SubElement(root[1], f"{CAC}Party")
    root.append(etree.Element(f"{CAC}InvoiceLine"))
    with filled(kept, root) as form:
        assert [each.element for each in form.groups["cac:Party"]] == [root[1][-1], root[2]]
        assert [each.element for each in form.root["cac:InvoiceLine"]] == [root[1], root[3]]


def test_what_is_not_kept_is_freed_at_once(kept):
    gc.disable()
    try:
        with filled(kept, lines(1, 2)) as form:
            left = [weakref.ref(each) for each in (form, *form.pieces[1:])]
        del form
        assert [each() for each in left] == [None, None, None]
    finally:
        gc.enable()


def test_no_outline_takes_more_than_half_of_the_room(kept, monkeypatch):
    monkeypatch.setattr(forms, "MAX_KEPT", 12)
    root = lines(2, 2, 2, 2)  # parts of three nodes each
    learnt(kept, root)
    with filled(kept, lines(2, 2, 2)) as form:
        known = form.root["cac:InvoiceLine"]
        reused = sum(group.followed is not None for group in known)
    assert reused == 2


def test_a_comment_in_an_invoice_takes_another_form():
    one, other = invoice(), invoice()
    other.insert(0, etree.Comment("aside"))
    assert plain(one) == plain(other)
    assert outlined(one)[1] != outlined(other)[1]


def test_invented_names_are_forgotten_in_time():
    places = Places(Plan(()))
    root = places.root("ubl:Invoice")
    for number in range(MAX_PLACES + 1):
        assert root.below[f"a{number}"] is not None
    assert len(root.below) <= MAX_PLACES
    assert places.root("ubl:Invoice") is not root
