"""XAdES: signed properties that aren't the signed ones, and certificates that aren't the signer's."""

import base64
import hashlib
from typing import Any

import pytest
from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.signatures.policy import Policy, judge
from tests.support.xmldsig import (
    DS,
    EXCLUSIVE,
    INCLUSIVE,
    MORE,
    NOW,
    SHA256,
    SIGNED_PROPERTIES,
    XADES,
    Recipe,
    c14n,
    certificate,
    compose,
    digest_value,
    partner_key,
    receive,
    refusal,
    signed,
    tamper,
)

ACME = partner_key(certified=True)


def _empty_properties(identifier: str) -> str:
    return (
        f'<ds:Object><x:QualifyingProperties xmlns:x="{XADES}" Target="#sig"><x:SignedProperties Id="{identifier}"/>'
        "</x:QualifyingProperties></ds:Object>"
    )


def _key_info(der: bytes) -> str:
    text = base64.b64encode(der).decode()
    return f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"


def _certificate_digest(der: bytes, method: str = SHA256, name: str = "SigningCertificateV2") -> str:
    value = digest_value(method, der)
    return (
        f'<x:{name}><x:Cert><x:CertDigest><ds:DigestMethod Algorithm="{method}"/>'
        f"<ds:DigestValue>{value}</ds:DigestValue></x:CertDigest></x:Cert></x:{name}>"
    )


def _xades(
    *,
    time: str = "<x:SigningTime>2026-11-22T12:00:00Z</x:SigningTime>",
    signing_certificate: str | None = None,
    type_: str = f' Type="{SIGNED_PROPERTIES}"',
    target: str = ' Target="#sig"',
    uri: str = "#props",
    digest: str = SHA256,
    transforms: str = f'<ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>',
    extra_object: str = "",
    document: Recipe | None = None,
) -> bytes:
    """A XAdES signature, correct but for what the arguments change."""
    named = _certificate_digest(certificate()) if signing_certificate is None else signing_certificate
    properties = (
        f'<ds:Object><x:QualifyingProperties xmlns:x="{XADES}"{target}><x:SignedProperties Id="props">'
        f"<x:SignedSignatureProperties>{time}{named}</x:SignedSignatureProperties></x:SignedProperties>"
        f"</x:QualifyingProperties></ds:Object>{extra_object}"
    )
    reference = (
        f'<ds:Reference URI="{uri}"{type_}>{transforms}<ds:DigestMethod Algorithm="{digest}"/>'
        "<ds:DigestValue/></ds:Reference>"
    )

    def fill(signature: Any) -> None:
        found = signature.find(f".//{{{XADES}}}SignedProperties")
        value = signature[0][-1][-1]
        value.text = digest_value(digest, c14n(found, exclusive=EXCLUSIVE in transforms))

    recipe = document or Recipe()
    return compose(recipe.but(references=reference, objects=properties, declarations='Id="sig"', fill=fill))


def test_the_signature_that_these_vectors_change_verifies() -> None:
    verified = receive(_xades(), ACME)
    assert (verified.signed_at, verified.digest) == (NOW, "sha256")


def test_a_second_signed_properties_is_refused() -> None:
    assert refusal(_xades(extra_object=_empty_properties("p2")), ACME).code == "signature-profile"


def test_a_second_signed_properties_with_the_same_id_is_refused() -> None:
    forged = f'<ds:Object><x:SignedProperties xmlns:x="{XADES}" Id="props"/></ds:Object>'
    assert refusal(_xades(extra_object=forged), ACME).code == "signature-profile"


@pytest.mark.parametrize(
    "type_", ["", ' Type=""', f' Type="{DS}Object"', ' Type="http://uri.etsi.org/01903/v1.1.1#SignedProperties"']
)
def test_a_reference_to_signed_properties_without_their_type_is_refused(type_: str) -> None:
    assert refusal(_xades(type_=type_), ACME).code == "signature-profile"


def test_signed_properties_that_no_reference_covers_are_refused() -> None:
    unsigned = _empty_properties("props")
    assert refusal(compose(Recipe(objects=unsigned, declarations='Id="sig"'))).code == "signature-profile"


@pytest.mark.parametrize("uri", ["", "#sig", "#nobody", "#xpointer(id('props'))", "props"])
def test_a_reference_of_the_type_to_something_else_is_refused(uri: str) -> None:
    assert refusal(_xades(uri=uri), ACME).code == "signature-profile"


@pytest.mark.parametrize("target", ["", ' Target="#other"', ' Target="sig"'])
def test_properties_of_another_signature_are_refused(target: str) -> None:
    assert refusal(_xades(target=target), ACME).code == "signature-profile"


def test_signed_properties_outside_of_the_signature_are_refused() -> None:
    root = etree.fromstring(_xades())
    root.insert(0, root[-1][-1][0])
    assert refusal(etree.tostring(root), ACME).code == "signature-profile"


def test_a_changed_signing_time_is_refused() -> None:
    assert refusal(tamper(_xades(), "2026-11-22", "2025-11-22"), ACME).code == "signature-invalid"
    assert refusal(tamper(signed(xades=True), "2026-11-22", "2025-11-22")).code == "signature-invalid"


def test_the_digest_of_another_certificate_is_refused() -> None:
    body = _xades(signing_certificate=_certificate_digest(certificate(owner="mallory")))
    assert refusal(body, ACME).code == "signature-invalid"


def test_the_digest_of_another_certificate_for_the_same_key_is_refused() -> None:
    body = _xades(signing_certificate=_certificate_digest(certificate(serial=8)))
    assert refusal(body, ACME).code == "signature-invalid"


def test_two_certificate_digests_must_both_be_right() -> None:
    right = _certificate_digest(certificate())
    wrong = _certificate_digest(certificate(owner="mallory"), name="SigningCertificate")
    assert refusal(_xades(signing_certificate=right + wrong), ACME).code == "signature-invalid"


def test_a_certificate_digest_that_no_certificate_can_confirm_is_refused() -> None:
    assert refusal(_xades(), partner_key()).code == "signature-invalid"


def test_an_embedded_certificate_of_another_key_confirms_nothing() -> None:
    mallory = certificate(owner="mallory")
    body = _xades(signing_certificate=_certificate_digest(mallory), document=Recipe(key_info=_key_info(mallory)))
    assert refusal(body, ACME).code == "signature-invalid"


def test_an_unknown_digest_of_the_certificate_is_refused() -> None:
    body = tamper(_xades(signing_certificate=_certificate_digest(certificate(), "urn:x:whirlpool")), "INV-1", "INV-1")
    assert refusal(body, ACME).code == "algorithm-unknown"


def test_a_certificate_digest_without_value_is_refused() -> None:
    empty = "<x:SigningCertificateV2><x:Cert/></x:SigningCertificateV2>"
    assert refusal(_xades(signing_certificate=empty), ACME).code == "signature-profile"


@pytest.mark.parametrize("where", ["properties", "certificate"])
def test_a_broken_digest_of_the_properties_is_barred_though_the_documents_is_sound(where: str) -> None:
    sha1 = f"{DS}sha1"
    by_certificate = _certificate_digest(certificate(), sha1, "SigningCertificate")
    body = _xades(digest=sha1) if where == "properties" else _xades(signing_certificate=by_certificate)
    verified = receive(body, ACME)
    with pytest.raises(Rejection, match="sha1"):
        judge(verified.algorithm, verified.digest, verified.key.public_key, Policy())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-22",
        "2026-13-01T00:00:00Z",
        "20261122T120000Z",
        "2026-W47-7T12:00:00Z",
        "２026-11-22T12:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_malformed_signing_time_is_refused(text: str) -> None:
    assert refusal(_xades(time=f"<x:SigningTime>{text}</x:SigningTime>"), ACME).code == "signature-profile"


def test_a_signing_time_far_off_is_handed_on_as_the_claim_that_it_is() -> None:
    verified = receive(_xades(time="<x:SigningTime>1999-01-01T00:00:00.5+01:00</x:SigningTime>"), ACME)
    assert verified.signed_at is not None
    assert verified.signed_at.isoformat() == "1999-01-01T00:00:00.500000+01:00"


@pytest.mark.parametrize("time", ["", "<x:SigningTime>2026-11-22T12:00:00</x:SigningTime>"])
def test_no_signing_time_or_one_without_zone_names_no_moment(time: str) -> None:
    assert receive(_xades(time=time), ACME).signed_at is None


@pytest.mark.parametrize(
    "transforms",
    [
        f'<ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"/></ds:Transforms>',
        '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/></ds:Transforms>',
        "<ds:Transforms>" + f'<ds:Transform Algorithm="{EXCLUSIVE}"/>' * 2 + "</ds:Transforms>",
    ],
)
def test_a_transform_of_the_properties_beyond_canonical_xml_is_refused(transforms: str) -> None:
    assert refusal(_xades(transforms=transforms), ACME).code == "signature-profile"


@pytest.mark.parametrize("transforms", ["", f'<ds:Transforms><ds:Transform Algorithm="{INCLUSIVE}"/></ds:Transforms>'])
def test_properties_by_inclusive_canonical_xml_verify(transforms: str) -> None:
    assert receive(_xades(transforms=transforms), ACME).signed_at == NOW


def test_the_older_form_of_the_certificate_digest_verifies() -> None:
    older = _certificate_digest(certificate(), f"{MORE}sha384", "SigningCertificate")
    assert receive(_xades(signing_certificate=older), ACME).digest == "sha256"
    assert len(hashlib.sha384(certificate()).digest()) == 48


def _with_key_info_signed(change: str = "", *, key_id: str = "keys", uri: str = "#keys") -> bytes:
    """A signature that covers its KeyInfo too; `change` is put into the KeyInfo after its digest was made."""
    reference = (
        f'<ds:Reference URI="{uri}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/></ds:Reference>'
    )
    key_info = f'<ds:KeyInfo Id="{key_id}"><ds:KeyName>acme</ds:KeyName></ds:KeyInfo>'

    def fill(signature: Any) -> None:
        found = signature.find(f"{{{DS}}}KeyInfo")
        signature[0][-1][-1].text = digest_value(SHA256, c14n(found))
        found[0].text += change

    return compose(Recipe(references=reference, key_info=key_info, fill=fill))


def test_a_key_info_that_is_signed_along_verifies() -> None:
    assert receive(_with_key_info_signed()).key == partner_key()


def test_a_key_info_that_is_signed_along_and_changed_is_refused() -> None:
    assert refusal(_with_key_info_signed("!")).code == "signature-invalid"


def test_a_key_info_with_the_id_of_something_else_is_refused() -> None:
    forged = tamper(_with_key_info_signed(), "<cbc:Note>", '<cbc:Note ID="keys">')
    assert refusal(forged).code == "signature-profile"


def test_a_second_reference_that_is_to_no_part_of_the_signature_is_refused() -> None:
    assert refusal(_with_key_info_signed(uri="#other")).code == "signature-profile"
    assert refusal(_with_key_info_signed(key_id="other")).code == "signature-profile"
