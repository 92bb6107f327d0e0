"""Signature wrapping: a document that is validly signed, taken apart and put around forged content."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from tests.support.xmldsig import DS, INVOICE, Recipe, compose, partner_key, receive, refusal, signed, tamper

WITH_ID = tamper(INVOICE, "<Invoice ", '<Invoice Id="root" ')
FORGED = tamper(tamper(WITH_ID, "100.00", "999.00"), '"root"', '"other"')
Parts = tuple[etree._Element, etree._Element, etree._Element]
Forge = Callable[[Parts], etree._Element]


def _parts() -> Parts:
    """A forged root, the signed root without its signature, the signature."""
    original = etree.fromstring(compose(Recipe(document=WITH_ID, uri="#root")))
    signature = original[-1]
    original.remove(signature)
    return etree.fromstring(FORGED), original, signature


def _append(parent: etree._Element, *children: etree._Element) -> etree._Element:
    for child in children:
        parent.append(child)
    return parent


def _object(*children: etree._Element) -> etree._Element:
    return _append(etree.Element(f"{{{DS}}}Object"), *children)


def _same_id(root: etree._Element) -> etree._Element:
    root.set("Id", "root")
    return root


def original_beside_the_signature(parts: Parts) -> etree._Element:
    forged, original, signature = parts
    return _append(forged, original, signature)


def original_after_the_signature(parts: Parts) -> etree._Element:
    forged, original, signature = parts
    return _append(forged, signature, original)


def forged_part_before_the_original(parts: Parts) -> etree._Element:
    forged, original, signature = parts
    return _append(etree.Element("Batch"), forged, original, signature)


def forged_part_around_the_original(parts: Parts) -> etree._Element:
    forged, original, signature = parts
    return _append(etree.Element("Batch"), _append(forged, original), signature)


def signature_moved_with_the_original_inside_it(parts: Parts) -> etree._Element:
    forged, original, signature = parts
    return _append(forged, _append(signature, original))


def signature_left_in_the_original_inside_another_signature(parts: Parts) -> etree._Element:
    forged, original, signature = parts
    outer = _append(deepcopy(signature), _object(_append(original, signature)))
    return _append(forged, outer)


def original_under_an_extensions_element(parts: Parts) -> etree._Element:
    forged, original, signature = parts
    return _append(forged, _append(etree.Element("Extensions"), original), signature)


def original_in_an_object_of_the_signature(parts: Parts) -> etree._Element:
    forged, original, signature = parts
    return _append(forged, _append(signature, _object(original)))


WRAPPINGS = (
    original_beside_the_signature,
    original_after_the_signature,
    forged_part_before_the_original,
    forged_part_around_the_original,
    signature_moved_with_the_original_inside_it,
    signature_left_in_the_original_inside_another_signature,
    original_under_an_extensions_element,
    original_in_an_object_of_the_signature,
)


def test_the_document_that_the_wrappings_start_from_verifies() -> None:
    assert b"100.00" in receive(compose(Recipe(document=WITH_ID, uri="#root"))).content


@pytest.mark.parametrize("forge", WRAPPINGS)
def test_a_wrapped_original_is_refused(forge: Forge) -> None:
    assert refusal(etree.tostring(forge(_parts()))).code == "signature-profile"


@pytest.mark.parametrize("forge", WRAPPINGS)
def test_a_wrapped_original_is_refused_though_the_forged_root_has_its_id(forge: Forge) -> None:
    forged, original, signature = _parts()
    assert refusal(etree.tostring(forge((_same_id(forged), original, signature)))).code == "signature-profile"


@pytest.mark.parametrize("forge", WRAPPINGS)
def test_a_wrapped_original_is_refused_though_it_gave_its_id_away(forge: Forge) -> None:
    forged, original, signature = _parts()
    del original.attrib["Id"]
    code = refusal(etree.tostring(forge((_same_id(forged), original, signature)))).code
    assert code in ("signature-profile", "signature-invalid")


def test_two_signatures_are_refused() -> None:
    root = etree.fromstring(signed())
    root.append(deepcopy(root[-1]))
    assert refusal(etree.tostring(root)).code == "signature-profile"


def test_a_signature_inside_another_is_refused() -> None:
    root = etree.fromstring(signed())
    root[-1].append(_object(deepcopy(root[-1])))
    assert refusal(etree.tostring(root)).code == "signature-profile"


@pytest.mark.parametrize("place", ["*[1]", "*/*"])
def test_a_signature_at_another_place_is_refused(place: str) -> None:
    assert refusal(compose(Recipe(place=place))).code == "signature-profile"


def test_a_signature_around_the_document_is_refused() -> None:
    root = etree.fromstring(signed())
    signature = root[-1]
    root.remove(signature)
    assert refusal(etree.tostring(_append(signature, _object(root)))).code == "signature-profile"


def test_a_detached_signature_of_another_part_is_refused() -> None:
    body = tamper(INVOICE, "<cbc:ID>", '<cbc:ID Id="part">')
    recipe = Recipe(document=body, uri="#part", digest_of=b"<cbc:ID>INV-1</cbc:ID>")
    assert refusal(compose(recipe)).code == "signature-profile"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_second_signed_info_is_refused(position: int) -> None:
    root = etree.fromstring(signed())
    forged = deepcopy(root[-1][0])
    root[-1].insert(position, forged)
    assert refusal(etree.tostring(root)).code == "signature-profile"


def test_a_second_signature_value_is_refused() -> None:
    root = etree.fromstring(signed())
    root[-1].insert(1, deepcopy(root[-1][1]))
    assert refusal(etree.tostring(root)).code == "signature-profile"


def test_a_signed_info_of_no_namespace_is_refused() -> None:
    body = signed()
    forged = tamper(tamper(body, "<ds:SignedInfo>", "<SignedInfo xmlns=''>"), "</ds:SignedInfo>", "</SignedInfo>")
    assert refusal(forged).code == "signature-profile"


def test_a_changed_amount_is_refused() -> None:
    assert refusal(tamper(signed(), "100.00", "999.00")).code == "signature-invalid"


def test_text_put_before_or_after_the_signature_is_refused() -> None:
    assert refusal(tamper(signed(), "<ds:Signature ", "x<ds:Signature ")).code == "signature-invalid"
    assert refusal(tamper(signed(), "</ds:Signature>", "</ds:Signature>x")).code == "signature-invalid"


@pytest.mark.parametrize("tag", ["SignedInfo", "Reference", "Transforms", "Signature"])
def test_text_between_the_elements_of_a_signature_is_refused(tag: str) -> None:
    assert refusal(tamper(compose(Recipe()), f"</ds:{tag}>", f"x</ds:{tag}>")).code == "signature-profile"


@pytest.mark.parametrize("name", ["DigestValue", "SignatureValue"])
def test_a_comment_inside_a_value_of_the_signature_is_refused(name: str) -> None:
    body = tamper(signed(), f"<ds:{name}>", f"<ds:{name}><!-- forged -->")
    assert refusal(body).code == "signature-profile"


def test_a_comment_between_the_elements_of_the_signature_is_refused() -> None:
    assert refusal(tamper(signed(), "<ds:Transforms>", "<!----><ds:Transforms>")).code == "signature-profile"


@pytest.mark.parametrize("name", ["DigestValue", "SignatureValue", "SignedInfo"])
def test_a_processing_instruction_inside_the_signature_is_refused(name: str) -> None:
    assert refusal(tamper(signed(), f"<ds:{name}>", f"<ds:{name}><?p q?>")).code == "not-xml"


def test_a_comment_in_a_signed_value_does_not_cut_it_short() -> None:
    verified = receive(tamper(signed(), "INV-1", "INV<!-- -->-1"))
    assert b"INV-1" in verified.content
    assert verified.tree is not None
    assert verified.tree[0].text == "INV-1"


def test_the_signature_of_another_partner_is_not_that_of_the_one_who_is_named() -> None:
    body = signed(owner="globex")
    assert refusal(body, partner_key(owner="acme")).code == "signature-invalid"
    forged = tamper(
        compose(Recipe()), "</ds:Signature>", "<ds:KeyInfo><ds:KeyName>acme</ds:KeyName></ds:KeyInfo></ds:Signature>"
    )
    assert refusal(forged, partner_key(owner="globex")).code == "signature-invalid"
