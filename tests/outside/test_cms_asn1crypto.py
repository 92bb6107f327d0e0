"""asn1crypto, another reader of CMS, sees the same fields in the same octets."""

import hashlib

import pytest
from asn1crypto import cms as other

from edi_gateway.model.transmission import CmsSigned
from edi_gateway.signing.cms import sign
from tests.support import cms


def bodies() -> dict[str, bytes]:
    return {
        "ours": sign(cms.DOCUMENT, cms.key(), cms.certificate()),
        "ours, RSA": sign(cms.DOCUMENT, cms.key("rsa"), cms.certificate("rsa")),
        "a key identifier": cms.signed_data(sid=cms.key_id_sid()),
        "PSS": cms.signed_data(kind="rsa", scheme="rsa-pss-sha256"),
        "two certificates": cms.signed_data(certificates=[cms.certificate(), cms.certificate("p256", "globex")]),
        "no certificate": cms.signed_data(certificates=[]),
    }


@pytest.mark.parametrize("name", bodies())
def test_the_fields_are_the_same(name: str) -> None:
    body = bodies()[name]
    signed = cms.unwrap("application/cms", body).signed
    assert isinstance(signed, CmsSigned)
    theirs = other.ContentInfo.load(body, strict=True)["content"]
    (signer,) = theirs["signer_infos"]
    assert signed.content == theirs["encap_content_info"]["content"].native
    assert signed.content_type == theirs["encap_content_info"]["content_type"].dotted
    assert signed.digest_algorithm.oid == signer["digest_algorithm"]["algorithm"].dotted
    assert signed.signature_algorithm.oid == signer["signature_algorithm"]["algorithm"].dotted
    assert signed.signature == signer["signature"].native
    assert signed.signed_attributes == signer["signed_attrs"].untag().dump()
    assert dict(signed.attributes) == {each["type"].dotted: each["values"][0].dump() for each in signer["signed_attrs"]}
    assert list(signed.certificates) == [each.chosen.dump() for each in theirs["certificates"]]


@pytest.mark.parametrize("kind", ["p256", "rsa"])
def test_the_names_of_the_key_are_the_same(kind: str) -> None:
    body = sign(cms.DOCUMENT, cms.key(kind), cms.certificate(kind))
    (signer,) = other.ContentInfo.load(body)["content"]["signer_infos"]
    issuer, serial = signer["sid"].chosen["issuer"], signer["sid"].chosen["serial_number"]
    expected = f"{hashlib.sha256(issuer.dump()).hexdigest()}:{serial.native}"
    assert cms.unwrap("application/cms", body).key_names[0].value == expected
