"""What a SignedInfo says is remembered by its text without the digests: nothing else may be taken for the same."""

import pytest
from lxml import etree

from edi_gateway.signatures import xmldsig_profile
from tests.support.xmldsig import DS, INVOICE, Recipe, compose, receive, refusal, signed, tamper
from tests.vectors.xmldsig.test_ubl import _document, _recipe, _transforms

DIGEST = f"{{{DS}}}Reference/{{{DS}}}DigestValue"


def remembered() -> int:
    return xmldsig_profile._said.cache_info().currsize


def test_two_documents_of_one_signer_are_read_alike_and_verified_each_by_its_own_digest() -> None:
    xmldsig_profile._said.cache_clear()
    other = tamper(INVOICE, "100.00", "200.00")
    for document in (INVOICE, other, INVOICE):
        assert receive(signed(document=document)).content.endswith(b"</Invoice>")
    assert remembered() == 1
    assert refusal(tamper(signed(document=other), "200.00", "100.00")).code == "signature-invalid"


def test_the_digest_of_another_document_does_not_verify_though_all_else_is_the_same() -> None:
    def swap(signature: etree._Element) -> None:
        value = signature[0].find(DIGEST)
        assert value is not None
        value.text = "A" * 43 + "="

    assert refusal(compose(Recipe(fill=swap))).code == "signature-invalid"


def test_a_digest_with_carriage_returns_in_it_is_read() -> None:
    def broken_in_two(signature: etree._Element) -> None:
        value = signature[0].find(DIGEST)
        assert value is not None
        assert value.text
        value.text = f"{value.text[:20]}\r\n{value.text[20:]}"

    assert receive(compose(Recipe(fill=broken_in_two))).content


def test_a_digest_whose_element_declares_a_namespace_is_read() -> None:
    """Exclusive canonical XML leaves out one that isn't used, so the signature holds."""
    assert receive(tamper(signed(), "<ds:DigestValue>", '<ds:DigestValue xmlns:x="urn:x">')).content


@pytest.mark.parametrize("text", ["", "===", "Ä" * 4, "&lt;DigestValue&gt;"])
def test_a_digest_that_is_no_base64_is_refused(text: str) -> None:
    def refill(signature: etree._Element) -> None:
        value = signature[0].find(DIGEST)
        assert value is not None
        value.text = text

    assert refusal(compose(Recipe(fill=refill))).code == "signature-profile"


def test_one_prefix_in_two_namespaces_is_not_taken_for_the_same() -> None:
    assert receive(compose(_recipe())).content
    another = _recipe(_transforms(namespace="urn:another")).but(document=_document())
    assert refusal(compose(another)).code == "signature-profile"


def test_a_long_signed_info_is_read_and_not_remembered() -> None:
    xmldsig_profile._said.cache_clear()
    blanks = " " * xmldsig_profile.MAX_REMEMBERED
    recipe = Recipe()
    assert receive(compose(recipe.but(canonicalization=f"{blanks}{recipe.canonicalization}"))).content
    assert remembered() == 0
