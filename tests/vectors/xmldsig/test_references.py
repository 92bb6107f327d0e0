"""References, transforms and Ids: what a document asks the verifier to fetch, to run, or to guess."""

import os
from pathlib import Path

import pytest

from tests.support.xmldsig import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    INVOICE,
    SHA256,
    Recipe,
    compose,
    receive,
    refusal,
    tamper,
)

THE_ENVELOPED = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
THE_EXCLUSIVE = f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = (
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">'
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">{}</xsl:stylesheet></ds:Transform>'
)
DOUBLING = "".join(
    f'<xsl:template name="t{i}"><xsl:call-template name="t{i + 1}"/><xsl:call-template name="t{i + 1}"/></xsl:template>'
    for i in range(20)
)
TRANSFORMS = {
    "xslt": THE_ENVELOPED + XSLT.format('<xsl:template match="/"><Invoice/></xsl:template>'),
    "xslt-that-calls-itself-a-million-times": THE_ENVELOPED + XSLT.format(DOUBLING + '<xsl:template name="t20"/>'),
    "xpath-that-hides-the-amount": f'{THE_ENVELOPED}<ds:Transform Algorithm="{XPATH}"><ds:XPath>not(ancestor-or-self'
    "::*[local-name()='PayableAmount'])</ds:XPath></ds:Transform>",
    "xpath-instead-of-enveloped": f'<ds:Transform Algorithm="{XPATH}"><ds:XPath>not(ancestor-or-self::ds:Signature)'
    f"</ds:XPath></ds:Transform>{THE_EXCLUSIVE}",
    "xpath-filter": f'{THE_ENVELOPED}<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>',
    "unknown-urn": f'{THE_ENVELOPED}<ds:Transform Algorithm="urn:x:nothing"/>',
    "unknown-urn-first": f'<ds:Transform Algorithm="urn:x:nothing"/>{THE_EXCLUSIVE}',
    "no-algorithm": f"{THE_ENVELOPED}<ds:Transform/>",
    "swapped": THE_EXCLUSIVE + THE_ENVELOPED,
    "base64": f'{THE_ENVELOPED}<ds:Transform Algorithm="{DS}base64"/>',
    "enveloped-twice": THE_ENVELOPED + THE_ENVELOPED,
    "canonical-twice": THE_ENVELOPED + THE_EXCLUSIVE + THE_EXCLUSIVE,
    "not-enveloped": THE_EXCLUSIVE,
    "none": "",
    "with-comments": f'{THE_ENVELOPED}<ds:Transform Algorithm="{EXCLUSIVE}WithComments"/>',
    "inclusive-with-comments": f'{THE_ENVELOPED}<ds:Transform Algorithm="{INCLUSIVE}#WithComments"/>',
    "of-another-namespace": f'<Transform Algorithm="{ENVELOPED}"/>{THE_EXCLUSIVE}',
    "xpath-inside-enveloped": f'<ds:Transform Algorithm="{ENVELOPED}"><ds:XPath>/</ds:XPath></ds:Transform>',
}


@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://example.com/invoice.xml",
        "invoice.xml",
        "/etc/hostname",
        "#xpointer(/)",
        "#xpointer(id('root'))",
        "#",
        "#nobody",
        " ",
        "?",
        "cid:document",
    ],
)
def test_a_reference_to_anything_but_the_document_is_refused(uri: str) -> None:
    assert refusal(compose(Recipe(uri=uri))).code == "signature-profile"


def test_a_reference_without_uri_is_refused() -> None:
    assert refusal(compose(Recipe(uri=None))).code == "signature-profile"


def test_a_reference_to_a_file_is_refused_and_the_file_not_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(end, b"<Invoice/>")
        for uri in (str(pipe), pipe.as_uri()):
            assert refusal(compose(Recipe(uri=uri, digest_of=b"<Invoice/>"))).code == "signature-profile"
        assert os.read(end, 100) == b"<Invoice/>"
    finally:
        os.close(end)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_transform_beyond_the_profile_is_refused(name: str) -> None:
    assert refusal(compose(Recipe(transforms=TRANSFORMS[name]))).code == "signature-profile"


@pytest.mark.parametrize(
    "algorithm",
    [f"{EXCLUSIVE}WithComments", f"{INCLUSIVE}#WithComments", "http://www.w3.org/2006/12/xml-c14n11#WithComments", ""],
)
def test_a_canonicalization_of_signed_info_beyond_the_profile_is_refused(algorithm: str) -> None:
    recipe = Recipe(canonicalization=f'<ds:CanonicalizationMethod Algorithm="{algorithm}"/>')
    assert refusal(compose(recipe)).code == "signature-profile"


def test_a_canonicalization_with_children_of_its_own_is_refused() -> None:
    child = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"><ds:XPath>/</ds:XPath></ds:CanonicalizationMethod>'
    assert refusal(compose(Recipe(canonicalization=child))).code == "signature-profile"


def test_two_hundred_references_are_refused() -> None:
    reference = (
        f'<ds:Reference URI=""><ds:Transforms>{THE_ENVELOPED}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>AA==</ds:DigestValue></ds:Reference>'
    )
    assert refusal(compose(Recipe(references=reference * 199))).code == "signature-profile"
    assert refusal(compose(Recipe(references=reference))).code == "signature-profile"


def test_a_signature_without_reference_is_refused() -> None:
    body = compose(Recipe())
    start, end = body.index(b"<ds:Reference"), body.index(b"</ds:SignedInfo>")
    assert refusal(body[:start] + body[end:]).code == "signature-profile"


def test_a_manifest_in_place_of_the_document_is_refused() -> None:
    recipe = Recipe(uri="#manifest", attributes=f' Type="{DS}Manifest"', objects='<ds:Object Id="manifest"/>')
    assert refusal(compose(recipe)).code == "signature-profile"


@pytest.mark.parametrize("second", ["Id", "ID", "id", "xml:id", "cbc:Id"])
def test_an_id_that_two_elements_have_is_refused(second: str) -> None:
    document = tamper(INVOICE, "<Invoice ", '<Invoice Id="root" ')
    document = tamper(document, "<cbc:Note>", f'<cbc:Note {second}="root">')
    assert refusal(compose(Recipe(document=document, uri="#root"))).code == "signature-profile"


def test_an_id_that_the_root_has_twice_is_refused() -> None:
    document = tamper(INVOICE, "<Invoice ", '<Invoice Id="root" id="root" ')
    assert refusal(compose(Recipe(document=document, uri="#root"))).code == "signature-profile"


@pytest.mark.parametrize("name", ["Id", "ID", "id"])
def test_a_reference_to_the_id_of_the_root_is_followed(name: str) -> None:
    document = tamper(INVOICE, "<Invoice ", f'<?before root?><Invoice {name}="root" ')
    verified = receive(compose(Recipe(document=document, uri="#root")))
    assert verified.content.startswith(b"<Invoice ")


def test_a_prefix_list_of_seventeen_names_is_refused() -> None:
    def recipe(count: int) -> Recipe:
        names = " ".join(f"p{i}" for i in range(count))
        listed = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{names}"/>'
        return Recipe(transforms=f'{THE_ENVELOPED}<ds:Transform Algorithm="{EXCLUSIVE}">{listed}</ds:Transform>')

    assert receive(compose(recipe(16))).algorithm == "ecdsa-sha256"
    assert refusal(compose(recipe(17))).code == "signature-profile"


@pytest.mark.parametrize("content", ['PrefixList="#default"', 'PrefixList="a" Other=""', 'PrefixList="cbc #default"'])
def test_a_prefix_list_that_would_be_misread_is_refused(content: str) -> None:
    listed = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" {content}/>'
    recipe = Recipe(transforms=f'{THE_ENVELOPED}<ds:Transform Algorithm="{EXCLUSIVE}">{listed}</ds:Transform>')
    assert refusal(compose(recipe)).code == "signature-profile"


def test_inclusive_canonical_xml_of_a_part_that_inherits_a_language_is_refused() -> None:
    document = tamper(INVOICE, "<Invoice ", '<Invoice xml:lang="de" ')
    inclusive = f'<ds:CanonicalizationMethod Algorithm="{INCLUSIVE}"/>'
    assert refusal(compose(Recipe(document=document, canonicalization=inclusive))).code == "signature-profile"
    assert b'xml:lang="de"' in receive(compose(Recipe(document=document))).content


def test_a_relative_namespace_has_no_canonical_form() -> None:
    body = tamper(compose(Recipe()), "<cbc:ID>", '<cbc:ID xmlns:r="relative">')
    assert refusal(body).code == "signature-profile"
