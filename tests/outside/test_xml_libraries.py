"""Three XML signature programs that we did not write: what one signs, the others verify, over the same octets."""

import shutil
from pathlib import Path
from typing import Any

import pybergshamra as bergshamra
import pytest
import signxml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from lxml import etree
from signxml.xades import XAdESSigner, XAdESVerifier

from edi_gateway.signing import ubl
from edi_gateway.signing.ubl import with_place
from edi_gateway.signing.xmldsig import Placement
from edi_gateway.syntax.xml import UBL_SIGNATURE_PARTS, UBL_SIGNATURES, parse
from tests.support import programs
from tests.support.xmldsig import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    INVOICE,
    MORE,
    SHA256,
    XADES,
    c14n,
    certificate,
    partner_key,
    private_key,
    receive,
    refusal,
    signed,
    tamper,
)

C14N11 = "http://www.w3.org/2006/12/xml-c14n11"
XMLSEC1 = shutil.which("xmlsec1")
needs_xmlsec1 = pytest.mark.skipif(XMLSEC1 is None, reason="needs xmlsec1: apt-get install xmlsec1")

WITH_ID = tamper(INVOICE, "<Invoice ", '<Invoice Id="root" ')
TRICKY = {
    "plain": b"<a/>",
    "byte-order-mark": "\ufeff<a>é</a>".encode(),
    "carriage-returns": b"<a b='1&#13;2&#10;3&#9;4  5'>\r\n x &#13;\n y\r z</a>",
    "cdata": b"<a>1<![CDATA[<b>&amp;]]>2<![CDATA[]]></a>",
    "character-references": b"<a b='&#x1F600;&quot;&lt;&gt;'>&#x1F600;&#xE9;&gt;&lt;&amp;&apos;</a>",
    "white-space": b"<a xml:space='preserve'>\n\t<b xml:space='default'> </b> \n</a>",
    "languages": b"<a xml:lang='de'><b xml:lang=''><c/></b></a>",
    "undeclared-default": b"<a xmlns='urn:a'><b xmlns=''><c xmlns='urn:a'/></b></a>",
    "redeclared-prefixes": b"<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c xmlns:p='urn:1' p:d='1'/></p:b></p:a>",
    "unused-prefixes": b"<a xmlns:x='urn:x' xmlns:y='urn:y'><b xmlns:z='urn:z' y:c='1'><x:d/></b></a>",
    "attribute-order": b"<a xmlns:b='urn:z' xmlns:c='urn:a' d='1' b:x='2' c:y='3' a='4' B='5'/>",
    "surroundings": b"<?one 1?>\n\n<!-- gone -->\n<?two   2 ?><a>x<!-- gone -->y</a>\n<?three?><!-- gone -->\n",
    "invoice": INVOICE,
}


def _pem(kind: str) -> str:
    return x509.load_der_x509_certificate(certificate(kind)).public_bytes(Encoding.PEM).decode()


def _private_pem(kind: str) -> bytes:
    return bytes(private_key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _content(document: bytes, *, exclusive: bool = True) -> bytes:
    return c14n(parse(document).getroottree(), exclusive=exclusive)


def _bergshamra(key: Any, *, strict: bool = True) -> Any:
    manager = bergshamra.KeysManager()
    manager.add_key(key)
    context = bergshamra.DsigContext(manager)
    context.strict_verification = strict
    return context


@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "p521", "ed25519"])
@pytest.mark.parametrize("xades", [False, True])
def test_bergshamra_verifies_what_we_sign(kind: str, xades: bool) -> None:
    # Its strict mode knows no XAdES: it takes the signed properties for a wrapped part.
    context = _bergshamra(bergshamra.load_spki_der(partner_key(kind).spki), strict=not xades)
    body = signed(kind, xades=xades)
    assert bergshamra.verify(context, body.decode()).is_valid
    assert not bergshamra.verify(context, tamper(body, "100.00", "999.00").decode()).is_valid


@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "p521"])
def test_signxml_verifies_what_we_sign(kind: str) -> None:
    config = signxml.SignatureConfiguration(location="./")
    result = signxml.XMLVerifier().verify(signed(kind), x509_cert=_pem(kind), expect_config=config)
    assert isinstance(result, signxml.VerifyResult)
    assert result.signed_data == receive(signed(kind), partner_key(kind)).content


def test_signxml_verifies_our_xades() -> None:
    config = signxml.xades.XAdESSignatureConfiguration(location="./", expect_references=2)
    body = signed("p256", xades=True)
    results = XAdESVerifier().verify(body, x509_cert=_pem("p256"), expect_config=config)
    assert results[0].signed_data == receive(body).content


@needs_xmlsec1
@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "p521"])
@pytest.mark.parametrize("xades", [False, True])
@pytest.mark.parametrize("placement", ["root", "ubl"])
def test_xmlsec1_verifies_what_we_sign(kind: str, xades: bool, placement: Placement, tmp_path: Path) -> None:
    key, good, bad = (tmp_path / name for name in ("key.pem", "good.xml", "bad.xml"))
    key.write_bytes(private_key(kind).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    good.write_bytes(signed(kind, xades=xades, placement=placement))
    bad.write_bytes(tamper(good.read_bytes(), "100.00", "999.00"))
    command = [str(XMLSEC1), "--verify", "--pubkey-pem", str(key), "--enabled-reference-uris", "empty,same-doc"]
    command += ["--id-attr:Id", f"{XADES}:SignedProperties", "--enabled-key-data", "key-name"]
    assert programs.run([*command, str(good)]).returncode == 0
    assert programs.run([*command, str(bad)]).returncode != 0


@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "ed25519"])
@pytest.mark.parametrize("root_id", [None, "root"])
def test_we_verify_what_bergshamra_signs(kind: str, root_id: str | None) -> None:
    methods = {
        "rsa": bergshamra.Algorithm.RSA_PSS_SHA256,
        "p256": bergshamra.Algorithm.ECDSA_SHA256,
        "p384": bergshamra.Algorithm.ECDSA_SHA384,
        "ed25519": bergshamra.Algorithm.EDDSA_ED25519,
    }
    body = bergshamra.sign_enveloped(
        _bergshamra(bergshamra.load_pem_auto(_private_pem(kind))),
        WITH_ID.decode(),
        reference_id=root_id,
        signature_method=methods[kind],
        cert_pem=_pem(kind),
    )
    assert receive(body.encode(), partner_key(kind)).content == _content(WITH_ID)


@pytest.mark.parametrize("kind", ["rsa", "p256"])
@pytest.mark.parametrize("algorithm", [EXCLUSIVE, INCLUSIVE, C14N11])
@pytest.mark.parametrize("root_id", [None, "root"])
def test_we_verify_what_signxml_signs(kind: str, algorithm: str, root_id: str | None) -> None:
    method = signxml.SignatureMethod.RSA_SHA512 if kind == "rsa" else signxml.SignatureMethod.ECDSA_SHA3_256
    signer = signxml.XMLSigner(signature_algorithm=method, c14n_algorithm=signxml.CanonicalizationMethod(algorithm))
    root = signer.sign(parse(WITH_ID), key=private_key(kind), cert=_pem(kind), reference_uri=root_id)
    verified = receive(etree.tostring(root), partner_key(kind))
    assert verified.content == _content(WITH_ID, exclusive=algorithm == EXCLUSIVE)


def test_we_verify_the_xades_that_signxml_signs() -> None:
    """With three references: the document, the signed properties, and the KeyInfo."""
    body = etree.tostring(XAdESSigner().sign(parse(INVOICE), key=private_key("rsa"), cert=_pem("rsa")))
    verified = receive(body, partner_key("rsa"))
    assert verified.content == _content(INVOICE, exclusive=False)
    assert verified.signed_at is not None


@needs_xmlsec1
@pytest.mark.parametrize(("kind", "method"), [("rsa", f"{MORE}rsa-sha256"), ("p256", f"{MORE}ecdsa-sha256")])
@pytest.mark.parametrize("algorithm", [EXCLUSIVE, INCLUSIVE, C14N11])
def test_we_verify_what_xmlsec1_signs(kind: str, method: str, algorithm: str, tmp_path: Path) -> None:
    template = _template(method, algorithm, f'<Transform Algorithm="{ENVELOPED}"/>')
    body = _signed_by_xmlsec1(tamper(INVOICE, "</Invoice>", f"{template}</Invoice>"), kind, tmp_path)
    assert receive(body, partner_key(kind)).content == _content(INVOICE, exclusive=algorithm == EXCLUSIVE)


@needs_xmlsec1
@pytest.mark.parametrize(("kind", "method"), [("rsa", f"{MORE}rsa-sha256"), ("p256", f"{MORE}ecdsa-sha256")])
@pytest.mark.parametrize("algorithm", [EXCLUSIVE, INCLUSIVE])
def test_we_verify_what_xmlsec1_signs_in_a_ubl_extension(
    kind: str, method: str, algorithm: str, tmp_path: Path
) -> None:
    place = with_place(INVOICE)
    template = _template(method, algorithm, etree.tostring(ubl.transform()).decode())
    holder = (
        f'<sig:UBLDocumentSignatures xmlns:sig="{UBL_SIGNATURES}"><sac:SignatureInformation'
        f' xmlns:sac="{UBL_SIGNATURE_PARTS}">{template}</sac:SignatureInformation></sig:UBLDocumentSignatures>'
    )
    filled = tamper(place, "<ext:ExtensionContent/>", f"<ext:ExtensionContent>{holder}</ext:ExtensionContent>")
    body = _signed_by_xmlsec1(filled, kind, tmp_path)
    assert receive(body, partner_key(kind)).content == _content(place, exclusive=algorithm == EXCLUSIVE)
    assert refusal(tamper(body, "100.00", "999.00"), partner_key(kind)).code == "signature-invalid"


def _template(method: str, algorithm: str, leave_out: str) -> str:
    return (
        f'<Signature xmlns="{DS}"><SignedInfo>\n<CanonicalizationMethod Algorithm="{algorithm}"/>'
        f'<SignatureMethod Algorithm="{method}"/><Reference URI=""><Transforms>'
        f'{leave_out}<Transform Algorithm="{algorithm}"/></Transforms>\n'
        f'<DigestMethod Algorithm="{SHA256}"/><DigestValue/></Reference></SignedInfo><SignatureValue/>'
        "<KeyInfo><X509Data/></KeyInfo></Signature>"
    )


def _signed_by_xmlsec1(template: bytes, kind: str, folder: Path) -> bytes:
    paths = [folder / name for name in ("template.xml", "key.pem", "certificate.pem", "signed.xml")]
    paths[0].write_bytes(template)
    paths[1].write_bytes(_private_pem(kind))
    paths[2].write_text(_pem(kind))
    command = [str(XMLSEC1), "--sign", "--privkey-pem", f"{paths[1]},{paths[2]}", "--output", str(paths[3])]
    programs.run([*command, str(paths[0])], check=True)
    return paths[3].read_bytes()


@pytest.mark.parametrize("name", TRICKY)
@pytest.mark.parametrize("exclusive", [True, False])
def test_bergshamra_makes_the_same_canonical_octets(name: str, exclusive: bool) -> None:
    mode = bergshamra.C14nMode.Exclusive if exclusive else bergshamra.C14nMode.Inclusive
    text = TRICKY[name].decode("utf-8-sig")
    assert _content(TRICKY[name], exclusive=exclusive) == bergshamra.canonicalize(text, mode)


@pytest.mark.parametrize("name", TRICKY)
def test_bergshamra_verifies_our_signature_over_a_tricky_document(name: str) -> None:
    context = _bergshamra(bergshamra.load_spki_der(partner_key().spki))
    body = signed(document=TRICKY[name])
    assert bergshamra.verify(context, body.decode()).is_valid
    assert receive(body).content == _content(TRICKY[name])
