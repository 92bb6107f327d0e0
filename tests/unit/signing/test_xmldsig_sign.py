"""Signing XML: what the client makes, and what it won't."""

from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from lxml import etree

from edi_gateway.errors import Misuse, Rejection
from edi_gateway.signing.ubl import with_place
from edi_gateway.signing.xmldsig import sign
from tests.support.xmldsig import INVOICE, NOW, XADES, c14n, certificate, partner_key, private_key, receive, signed

KINDS = {
    "rsa": "rsa-sha256",
    "p256": "ecdsa-sha256",
    "p384": "ecdsa-sha384",
    "p521": "ecdsa-sha512",
    "ed25519": "ed25519",
    "ed448": "ed448",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("xades", [False, True])
def test_what_is_signed_verifies(kind: str, xades: bool) -> None:
    verified = receive(signed(kind, xades=xades), partner_key(kind))
    assert verified.algorithm == KINDS[kind]
    assert verified.signed_at == (NOW if xades else None)


def test_a_baseline_signature_says_what_baseline_b_asks_for() -> None:
    root = etree.fromstring(signed(xades=True))
    for name in ("SigningTime", "SigningCertificateV2", "DataObjectFormat"):
        assert len(list(root.iter(f"{{{XADES}}}{name}"))) == 1
    (reference,) = (element.get("ObjectReference") for element in root.iter(f"{{{XADES}}}DataObjectFormat"))
    assert len(root.xpath("//*[@Id = $id]", id=str(reference)[1:])) == 1


def test_the_document_around_the_signature_stays_as_it_was() -> None:
    body = signed()
    start, end = body.index(b"<ds:Signature "), body.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert etree.tostring(etree.fromstring(body[:start] + body[end:])) == etree.tostring(etree.fromstring(INVOICE))


def test_a_document_that_uses_the_signature_namespace_under_another_prefix_is_signed() -> None:
    document = b'<a xmlns:other="http://www.w3.org/2000/09/xmldsig#" xmlns="urn:a"><other:KeyName/></a>'
    assert receive(sign(document, private_key())).content.startswith(b'<a xmlns="urn:a">')


def test_a_document_that_is_signed_already_is_not_signed_again() -> None:
    with pytest.raises(Misuse):
        sign(signed(), private_key())


def test_a_document_that_the_gateway_would_not_read_is_not_signed() -> None:
    with pytest.raises(Rejection, match="xml-doctype"):
        sign(b"<!DOCTYPE a><a/>", private_key())


def test_a_certificate_must_be_readable_and_for_the_key() -> None:
    for der in (b"no certificate", certificate(owner="globex")):
        with pytest.raises(Misuse):
            sign(INVOICE, private_key(), der)


def test_a_baseline_signature_needs_a_certificate_and_a_time_with_its_zone() -> None:
    with pytest.raises(Misuse):
        sign(INVOICE, private_key(), xades_time=NOW)
    with pytest.raises(Misuse):
        sign(INVOICE, private_key(), certificate(), xades_time=datetime(2026, 11, 22))  # noqa: DTZ001 - that it has no zone is the fault


def test_a_key_that_cannot_sign_is_refused() -> None:
    for key in (private_key("k256"), x25519.X25519PrivateKey.generate()):
        with pytest.raises(Misuse):
            sign(INVOICE, key)


@pytest.mark.parametrize("kind", KINDS)
def test_a_ubl_document_is_signed_in_an_extension_where_that_is_asked_for(kind: str) -> None:
    body = sign(INVOICE, private_key(kind), placement="ubl")
    root = etree.fromstring(body)
    signature = next(root.iter("{*}Signature"))
    assert [etree.QName(each).localname for each in signature.iterancestors()] == [
        *("SignatureInformation", "UBLDocumentSignatures", "ExtensionContent", "UBLExtension", "UBLExtensions"),
        "Invoice",
    ]
    assert root[0].tag.endswith("}UBLExtensions")
    verified = receive(body, partner_key(kind))
    assert verified.content == c14n(etree.fromstring(with_place(INVOICE)).getroottree())


def test_a_place_that_is_there_is_used() -> None:
    assert receive(sign(with_place(INVOICE), private_key(), placement="ubl")).content == (
        receive(sign(INVOICE, private_key(), placement="ubl")).content
    )


def test_a_document_that_is_not_ubl_has_no_extensions() -> None:
    with pytest.raises(Misuse, match="UBL"):
        sign(b"<a/>", private_key(), placement="ubl")
