import pytest

from edi_gateway.errors import Misuse
from edi_gateway.signing.cms import sign, sign_smime
from tests.support import cms

KINDS = [("p256", "ecdsa-sha256"), ("p384", "ecdsa-sha384"), ("p521", "ecdsa-sha512"), ("rsa", "rsa-sha256")]


@pytest.mark.parametrize(("kind", "algorithm"), KINDS)
def test_what_is_signed_verifies_and_is_the_document(kind: str, algorithm: str) -> None:
    body = sign(cms.DOCUMENT, cms.key(kind), cms.certificate(kind))
    verified = cms.verify_cms(body, [cms.partner_key(kind)])
    assert (verified.content, verified.algorithm) == (cms.DOCUMENT, algorithm)
    assert verified.signed_at is not None


@pytest.mark.parametrize(("kind", "algorithm"), KINDS)
@pytest.mark.parametrize("content", [cms.DOCUMENT, b"", b"--\r\n\n\r" * 99, bytes(range(256))])
def test_any_octets_signed_as_smime_come_back_as_they_were(kind: str, algorithm: str, content: bytes) -> None:
    message = sign_smime(content, "application/json", cms.key(kind), cms.certificate(kind))
    verified = cms.verify_smime(*message, [cms.partner_key(kind)])
    assert (verified.content, verified.algorithm) == (content, algorithm)
    assert (verified.format, verified.media_type) == ("smime", "application/json")


def test_the_header_says_how_the_parts_are_made() -> None:
    content_type, body = sign_smime(cms.DOCUMENT, "application/xml", cms.key("p384"), cms.certificate("p384"))
    assert content_type.startswith(
        'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-384; boundary='
    )
    assert body.isascii()
    assert max(map(len, body.split(b"\r\n"))) <= 76


def test_a_certificate_of_another_key_is_a_mistake() -> None:
    with pytest.raises(Misuse, match="not this key's"):
        sign(cms.DOCUMENT, cms.key(), cms.certificate("p256", "globex"))


def test_a_key_that_cms_is_not_signed_with_here_is_a_mistake() -> None:
    with pytest.raises(Misuse, match="RSA or an elliptic curve"):
        sign(cms.DOCUMENT, cms.key("ed25519"), cms.certificate("ed25519"))


@pytest.mark.parametrize("media_type", ["xml", "text/xml; charset=utf-8", "text/xml\r\nX: 1", ""])
def test_a_media_type_that_is_none_is_a_mistake(media_type: str) -> None:
    with pytest.raises(Misuse, match="not a media type"):
        sign_smime(cms.DOCUMENT, media_type, cms.key(), cms.certificate())
