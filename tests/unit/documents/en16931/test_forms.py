"""Forms are filled with one document after the other, and none of them knows of the one before."""

from random import Random

import pytest
from lxml import etree

from edi_gateway.documents.en16931 import forms, judge
from edi_gateway.documents.en16931.forms import Forms
from edi_gateway.documents.en16931.outline import outlined
from edi_gateway.documents.en16931.places import MAX_PLACES, Places
from edi_gateway.documents.en16931.plan import Plan
from edi_gateway.documents.en16931.tree import Invoice
from tests.support import cii, cii_mutations, mutations
from tests.support.en16931 import invoice

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


class _Layout:
    questions = ()
    places = Places(Plan(()))

    def __init__(self, outline):
        self.outline = outline

    def lay_out(self, answers):
        return Invoice(self.outline, self.places.root("ubl:Invoice"))


@pytest.fixture
def kept():
    return Forms(_Layout)


def used(forms, root):
    with forms.filled(root) as form:
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
    with kept.filled(elements(3)) as one, kept.filled(elements(3)) as other:
        assert one is not other


def test_other_elements_or_attributes_take_another_form(kept):
    attributed = elements(3)
    attributed[0].set("schemeID", "0088")
    assert len({id(form) for form in [learnt(kept, root) for root in (elements(3), elements(4), attributed)]}) == 3


def test_nothing_of_a_document_stays_in_a_form(kept):
    form = learnt(kept, elements(3))
    assert form.nodes == ()
    assert not any(hasattr(each, "element") for each in (*form._groups, *form._values))
    assert not any(hasattr(each, "text") for each in form._values)


def test_a_large_document_leaves_no_form(kept):
    assert learnt(kept, elements(forms.MAX_NODES + 1)) is not used(kept, elements(forms.MAX_NODES + 1))


def test_long_names_leave_no_form(kept):
    def root():
        return etree.Element("a" * 300)

    assert learnt(kept, root()) is not used(kept, root())


def test_the_oldest_outlines_are_forgotten(kept, monkeypatch):
    monkeypatch.setattr(forms, "MAX_KEPT", 7)
    first = learnt(kept, elements(3))
    learnt(kept, elements(4))
    assert used(kept, elements(3)) is first
    learnt(kept, elements(5))
    assert used(kept, elements(3)) is not first


def test_a_form_that_is_in_use_when_its_outline_is_forgotten_stays_whole(kept, monkeypatch):
    monkeypatch.setattr(forms, "MAX_KEPT", 3)
    learnt(kept, elements(3))
    with kept.filled(elements(3)) as form:
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
