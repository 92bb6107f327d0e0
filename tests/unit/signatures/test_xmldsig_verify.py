"""What a verified XML signature hands on, and what it leaves behind when it is refused."""

import pytest
from lxml import etree

from edi_gateway.envelopes.xml import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Envelope, JwsSigned
from edi_gateway.signatures.xmldsig import verify
from edi_gateway.syntax.xml import parse
from tests.support.xmldsig import (
    EXCLUSIVE,
    INVOICE,
    Recipe,
    c14n,
    compose,
    partner_key,
    receive,
    signed,
    tamper,
    transmission,
)


def _octets(root: etree._Element) -> bytes:
    return c14n(root.getroottree())


def test_the_content_is_the_canonical_document_without_its_signature() -> None:
    assert receive(signed()).content == _octets(parse(INVOICE))


def test_the_tree_is_the_content_parsed() -> None:
    verified = receive(signed())
    assert verified.tree is not None
    assert _octets(verified.tree) == verified.content
    assert _octets(parse(verified.content)) == verified.content


@pytest.mark.parametrize("index", [0, 1, 2, 3])
@pytest.mark.parametrize("text", ["", "\n  ", "text"])
def test_the_text_around_the_signature_stays(index: int, text: str) -> None:
    document = parse(INVOICE)
    if index:
        document[index - 1].tail = text
    else:
        document.text = text
    moved = parse(signed(document=etree.tostring(document)))
    moved.insert(index, moved[-1])
    assert receive(etree.tostring(moved)).content == _octets(document)


@pytest.mark.parametrize("index", [0, 2])
def test_the_text_after_the_signature_stays(index: int) -> None:
    moved = parse(signed())
    signature = moved[-1]
    moved.insert(index, signature)
    if index:
        moved[index - 1].tail, signature.tail = None, moved[index - 1].tail
    else:
        moved.text, signature.tail = None, moved.text
    assert receive(etree.tostring(moved)).content == _octets(parse(INVOICE))


def test_the_key_that_verifies_is_named() -> None:
    keys = (partner_key("rsa"), partner_key(owner="globex"), partner_key())
    assert receive(signed(), *keys).key == partner_key()


def test_without_keys_nothing_verifies() -> None:
    with pytest.raises(Rejection) as caught:
        verify(unwrap(transmission(signed())), ())
    assert caught.value.code == "signature-invalid"


def test_an_envelope_that_was_refused_with_one_key_verifies_with_another() -> None:
    envelope = unwrap(transmission(signed()))
    with pytest.raises(Rejection):
        verify(envelope, (partner_key(owner="globex"),))
    assert verify(envelope, (partner_key(),)).content == _octets(parse(INVOICE))


@pytest.mark.parametrize("place", [".", "first"])
def test_a_wrong_digest_leaves_the_tree_as_it_was(place: str) -> None:
    root = parse(tamper(signed(), "100.00", "999.00"))
    if place == "first":
        root.insert(0, root[-1])
    root.text = "\n before "
    envelope = unwrap(transmission(etree.tostring(root)))
    before = etree.tostring(envelope.signed.root)
    for _ in range(2):
        with pytest.raises(Rejection) as caught:
            verify(envelope, (partner_key(),))
        assert caught.value.code == "signature-invalid"
        assert "digest" in caught.value.detail
        assert etree.tostring(envelope.signed.root) == before


def test_a_prefix_list_keeps_a_namespace_that_only_values_use() -> None:
    document = b'<a xmlns:q="urn:q"><b type="q:t"/></a>'
    listed = f'<i:InclusiveNamespaces xmlns:i="{EXCLUSIVE}" PrefixList="q"/>'
    transforms = (
        '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}">{listed}</ds:Transform>'
    )
    octets = c14n(etree.fromstring(document).getroottree(), prefixes=["q"])
    verified = receive(compose(Recipe(document=document, transforms=transforms, digest_of=octets)))
    assert verified.content == b'<a xmlns:q="urn:q"><b type="q:t"></b></a>'


def test_another_format_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        verify(Envelope("jws", "application/json", (), JwsSigned({}, b"", b"", b"")), ())
