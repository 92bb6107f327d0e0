"""The UBL signature profile (UBL 2.1 §5): the place in an extension, and the one XPath that is known by its text."""

import pytest
from lxml import etree

from edi_gateway.model.transmission import Verified
from tests.support.xmldsig import (
    EXCLUSIVE,
    INVOICE,
    Recipe,
    c14n,
    compose,
    receive,
    refusal,
    tamper,
)

EXT = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"
SIG = "urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2"
SAC = "urn:oasis:names:specification:ubl:schema:xsd:SignatureAggregateComponents-2"
HOLDER = (
    f'<sig:UBLDocumentSignatures xmlns:sig="{SIG}"><sac:SignatureInformation xmlns:sac="{SAC}"/>'
    "</sig:UBLDocumentSignatures>"
)
XPATH = """
            count(ancestor-or-self::sig:UBLDocumentSignatures |
                  here()/ancestor::sig:UBLDocumentSignatures[1]) &gt;
            count(ancestor-or-self::sig:UBLDocumentSignatures)
"""
PLACE = f".//{{{SAC}}}SignatureInformation"


def _document(holder: str = HOLDER) -> bytes:
    extension = (
        f'<e:UBLExtensions xmlns:e="{EXT}"><e:UBLExtension><e:ExtensionContent>{holder}</e:ExtensionContent>'
        "</e:UBLExtension></e:UBLExtensions>"
    )
    return tamper(INVOICE, "<cbc:ID>", f"{extension}<cbc:ID>")


def _transforms(xpath: str = XPATH, namespace: str = SIG) -> str:
    return (
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
        f'<ds:XPath xmlns:sig="{namespace}">{xpath}</ds:XPath></ds:Transform><ds:Transform Algorithm="{EXCLUSIVE}"/>'
    )


def _recipe(transforms: str = "") -> Recipe:
    without_holder = c14n(etree.fromstring(_document("")).getroottree())
    return Recipe(document=_document(), place=PLACE, transforms=transforms or _transforms(), digest_of=without_holder)


def _without_signature(verified: Verified) -> bool:
    return b"SignedInfo" not in verified.content and verified.tree is not None and b"INV-1" in verified.content


def test_the_ubl_transform_leaves_out_the_whole_holder_of_signatures() -> None:
    verified = receive(compose(_recipe()))
    assert _without_signature(verified)
    assert b"UBLDocumentSignatures" not in verified.content


@pytest.mark.parametrize("place", [f".//{{{EXT}}}ExtensionContent", PLACE])
def test_an_enveloped_signature_may_stand_in_a_ubl_extension(place: str) -> None:
    assert _without_signature(receive(compose(Recipe(document=_document(), place=place))))


def test_another_xpath_is_refused() -> None:
    for xpath in (XPATH.replace("[1]", ""), XPATH + " or true()", "true()", "", f"not({XPATH})"):
        assert refusal(compose(_recipe(_transforms(xpath)))).code == "signature-profile"


def test_the_xpath_with_its_prefix_bound_to_another_namespace_is_refused() -> None:
    assert refusal(compose(_recipe(_transforms(namespace="urn:x:other")))).code == "signature-profile"


def test_the_xpath_without_a_holder_of_signatures_is_refused() -> None:
    recipe = Recipe(transforms=_transforms())
    assert refusal(compose(recipe)).code == "signature-profile"


@pytest.mark.parametrize("element", ["UBLExtensions", "UBLExtension", "ExtensionContent"])
def test_an_extension_of_another_namespace_is_no_place_for_a_signature(element: str) -> None:
    forged = _document().replace(f"e:{element}>".encode(), f"cbc:{element}>".encode())
    forged = forged.replace(f"<e:{element} xmlns".encode(), f"<cbc:{element} xmlns".encode())
    assert refusal(compose(Recipe(document=forged, place=PLACE))).code == "signature-profile"


def test_extensions_below_another_element_are_no_place_for_a_signature() -> None:
    forged = tamper(
        tamper(_document(), "<e:UBLExtensions", "<deep><e:UBLExtensions"),
        "</e:UBLExtensions>",
        "</e:UBLExtensions></deep>",
    )
    assert refusal(compose(Recipe(document=forged, place=PLACE))).code == "signature-profile"
