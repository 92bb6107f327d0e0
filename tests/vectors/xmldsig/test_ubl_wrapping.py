"""Attacks on a signature in a UBL extension: what the profile's transform leaves out, and what it doesn't."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from edi_gateway.signing.xmldsig import sign
from tests.support.xmldsig import DS as DSIG
from tests.support.xmldsig import INVOICE, NOW, certificate, private_key, receive, refusal, tamper

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
EXT, CBC = f"{{{UBL}CommonExtensionComponents-2}}", f"{{{UBL}CommonBasicComponents-2}}"
SIG, SAC = f"{{{UBL}CommonSignatureComponents-2}}", f"{{{UBL}SignatureAggregateComponents-2}}"
SBC = f"{{{UBL}SignatureBasicComponents-2}}"
DS = f"{{{DSIG}}}"
Change = Callable[[etree._Element], object]


def _signed(document: bytes = INVOICE) -> bytes:
    return sign(document, private_key(), placement="ubl")


def _one(root: etree._Element, tag: str) -> etree._Element:
    return next(root.iter(tag))


def _with_extension(root: etree._Element, content: etree._Element | None = None) -> etree._Element:
    """A further extension behind the others, and its content."""
    extension = etree.SubElement(_one(root, f"{EXT}UBLExtensions"), f"{EXT}UBLExtension")
    inside = etree.SubElement(extension, f"{EXT}ExtensionContent")
    if content is not None:
        inside.append(content)
    return inside


def _forge(*changes: Change) -> bytes:
    root = etree.fromstring(_signed())
    for change in changes:
        change(root)
    return etree.tostring(root)


def _decoy(root: etree._Element) -> etree._Element:
    holder = etree.Element(f"{SIG}UBLDocumentSignatures", nsmap={"sig": SIG[1:-1]})
    etree.SubElement(holder, f"{SAC}SignatureInformation")
    _with_extension(root, holder)
    return holder


def holder_moved_into_an_extension_of_its_own(root: etree._Element) -> None:
    _with_extension(root, _one(root, f"{SIG}UBLDocumentSignatures"))


def signature_moved_into_a_decoy_in_a_second_extension(root: etree._Element) -> None:
    _decoy(root)[0].append(_one(root, f"{DS}Signature"))


def extension_added_after_signing(root: etree._Element) -> None:
    _with_extension(root, etree.Element("{urn:x}Forged"))


def extension_put_before_the_signed_ones(root: etree._Element) -> None:
    extensions = _one(root, f"{EXT}UBLExtensions")
    extensions.insert(0, etree.Element(f"{EXT}UBLExtension"))


def content_added_beside_the_holder(root: etree._Element) -> None:
    _one(root, f"{EXT}ExtensionContent").append(etree.Element("{urn:x}Forged"))


def text_added_beside_the_holder(root: etree._Element) -> None:
    _one(root, f"{SIG}UBLDocumentSignatures").tail = "forged"


def decoy_added_in_a_second_extension(root: etree._Element) -> None:
    _decoy(root)


def extensions_added_in_front(root: etree._Element) -> None:
    root.insert(0, etree.Element(f"{EXT}UBLExtensions"))


def amount_changed(root: etree._Element) -> None:
    _one(root, f"{CBC}PayableAmount").text = "999.00"


def second_signature_in_the_same_place(root: etree._Element) -> None:
    information = _one(root, f"{SAC}SignatureInformation")
    information.append(deepcopy(information[-1]))


def second_signature_in_a_second_information(root: etree._Element) -> None:
    information = _one(root, f"{SAC}SignatureInformation")
    information.addnext(deepcopy(information))


def second_signature_in_a_second_extension(root: etree._Element) -> None:
    _with_extension(root, deepcopy(_one(root, f"{SIG}UBLDocumentSignatures")))


def second_signature_at_the_end_of_the_root(root: etree._Element) -> None:
    root.append(deepcopy(_one(root, f"{DS}Signature")))


def signature_moved_to_the_end_of_the_root(root: etree._Element) -> None:
    root.append(_one(root, f"{DS}Signature"))


def signature_moved_out_of_its_holder(root: etree._Element) -> None:
    _one(root, f"{EXT}ExtensionContent").append(_one(root, f"{DS}Signature"))


def holder_moved_under_the_root(root: etree._Element) -> None:
    root.append(_one(root, f"{SIG}UBLDocumentSignatures"))


def holder_within_a_holder(root: etree._Element) -> None:
    inner = _one(root, f"{SIG}UBLDocumentSignatures")
    outer = etree.Element(f"{SIG}UBLDocumentSignatures")
    inner.addprevious(outer)
    etree.SubElement(outer, f"{SAC}SignatureInformation").append(inner)


def element_hidden_beside_the_signature(root: etree._Element) -> None:
    _one(root, f"{DS}Signature").addprevious(etree.Element(f"{CBC}Note"))


def element_hidden_behind_the_signature(root: etree._Element) -> None:
    _one(root, f"{DS}Signature").addnext(etree.Element(f"{CBC}ID"))


def element_hidden_in_the_holder(root: etree._Element) -> None:
    _one(root, f"{SIG}UBLDocumentSignatures").append(etree.Element(f"{CBC}ID"))


def information_without_a_signature_hidden_in_the_holder(root: etree._Element) -> None:
    _one(root, f"{SIG}UBLDocumentSignatures").insert(0, etree.Element(f"{SAC}SignatureInformation"))


def text_hidden_in_the_holder(root: etree._Element) -> None:
    _one(root, f"{SAC}SignatureInformation").tail = "forged"


def attribute_hidden_in_the_holder(root: etree._Element) -> None:
    _one(root, f"{SAC}SignatureInformation").set("forged", "1")


def long_text_hidden_in_the_name(root: etree._Element) -> None:
    _one(root, f"{SAC}SignatureInformation")[0].text = "x" * 201


def element_hidden_in_the_name(root: etree._Element) -> None:
    _one(root, f"{SAC}SignatureInformation")[0].append(etree.Element("forged"))


def name_given_twice(root: etree._Element) -> None:
    information = _one(root, f"{SAC}SignatureInformation")
    information.insert(0, deepcopy(information[0]))


def names_in_another_order(root: etree._Element) -> None:
    _one(root, f"{SAC}SignatureInformation").insert(0, etree.Element(f"{SBC}ReferencedSignatureID"))


def forged_document_around_the_original(root: etree._Element) -> None:
    original = deepcopy(root)
    holder = _one(root, f"{SIG}UBLDocumentSignatures")
    holder.clear()
    holder.append(original)
    _one(root[1], f"{CBC}ID").text = "INV-9"


def original_inside_the_holder_of_a_forged_document(root: etree._Element) -> None:
    original = deepcopy(root)
    original.remove(original[0])
    _one(root, f"{SAC}SignatureInformation").insert(0, original)
    amount_changed(root[-1])


CHANGED = (
    holder_moved_into_an_extension_of_its_own,
    signature_moved_into_a_decoy_in_a_second_extension,
    extension_added_after_signing,
    extension_put_before_the_signed_ones,
    content_added_beside_the_holder,
    text_added_beside_the_holder,
    decoy_added_in_a_second_extension,
    extensions_added_in_front,
    amount_changed,
)
MISPLACED = (
    second_signature_in_the_same_place,
    second_signature_in_a_second_information,
    second_signature_in_a_second_extension,
    second_signature_at_the_end_of_the_root,
    signature_moved_to_the_end_of_the_root,
    signature_moved_out_of_its_holder,
    holder_moved_under_the_root,
    holder_within_a_holder,
    forged_document_around_the_original,
    original_inside_the_holder_of_a_forged_document,
)
HIDDEN = (
    element_hidden_beside_the_signature,
    element_hidden_behind_the_signature,
    element_hidden_in_the_holder,
    information_without_a_signature_hidden_in_the_holder,
    text_hidden_in_the_holder,
    attribute_hidden_in_the_holder,
    long_text_hidden_in_the_name,
    element_hidden_in_the_name,
    name_given_twice,
    names_in_another_order,
)


def test_the_document_that_the_attacks_start_from_verifies() -> None:
    content = receive(_forge()).content
    assert b"100.00" in content
    assert b"UBLDocumentSignatures" not in content


@pytest.mark.parametrize("change", CHANGED)
def test_what_the_transform_keeps_cannot_be_changed(change: Change) -> None:
    assert refusal(_forge(change)).code == "signature-invalid"


@pytest.mark.parametrize("change", MISPLACED)
def test_a_signature_that_is_not_alone_at_its_place_is_refused(change: Change) -> None:
    assert refusal(_forge(change)).code == "signature-profile"


@pytest.mark.parametrize("change", HIDDEN)
def test_what_the_transform_leaves_out_is_nothing_but_the_signature(change: Change) -> None:
    assert refusal(_forge(change)).code == "signature-profile"


def test_a_signature_may_stand_behind_extensions_that_are_signed_along() -> None:
    earlier = (
        f'<e:UBLExtensions xmlns:e="{EXT[1:-1]}"><e:UBLExtension><e:ExtensionContent><x:One xmlns:x="urn:x"/>'
        "</e:ExtensionContent></e:UBLExtension></e:UBLExtensions>"
    )
    body = _signed(tamper(INVOICE, "<cbc:ID>", f"{earlier}<cbc:ID>"))
    assert b"urn:x" in receive(body).content
    assert refusal(tamper(body, "x:One ", "x:Two ")).code == "signature-invalid"


def test_a_signature_is_named_as_the_profile_says() -> None:
    root = etree.fromstring(_signed())
    information = _one(root, f"{SAC}SignatureInformation")
    named = etree.Element(f"{SBC}ReferencedSignatureID")
    named.text = "urn:oasis:names:specification:ubl:signature:Invoice"
    information.insert(1, named)
    assert receive(etree.tostring(root)).content == receive(_signed()).content
    information.remove(information[0])
    assert receive(etree.tostring(root)).content == receive(_signed()).content


def test_the_signed_properties_of_xades_stand_in_the_holder_too() -> None:
    body = sign(INVOICE, private_key(), certificate(), xades_time=NOW, placement="ubl")
    assert receive(body).signed_at == NOW
    assert refusal(tamper(body, "2026-11-22T12", "2026-11-22T13")).code == "signature-invalid"
