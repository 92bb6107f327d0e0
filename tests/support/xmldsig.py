"""Keys, documents and signatures for the XML tests. `compose` builds and signs what no honest signer would."""

import base64
import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from edi_gateway.envelopes.xml import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.signatures.xmldsig import verify
from edi_gateway.signing.xmldsig import Placement, sign
from tests.support.private_keys import key as private_key

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ECDSA = f"{MORE}ecdsa-sha256"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"

INVOICE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
    ' xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'
    ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">\n'
    "  <cbc:ID>INV-1</cbc:ID>\n"
    "  <cbc:Note>Bücher &amp; mehr, 5 &lt; 6&#13;\n</cbc:Note>\n"
    "  <cac:LegalMonetaryTotal>\n"
    '    <cbc:PayableAmount currencyID="EUR">100.00</cbc:PayableAmount>\n'
    "  </cac:LegalMonetaryTotal>\n"
    "</Invoice>\n"
).encode()


@functools.cache
def _certified(kind: str, owner: str, serial: int) -> bytes:
    key = private_key(kind, owner)
    name = x509.Name.from_rfc4514_string(f"CN={owner},O=Test\\, Ltd,C=DE")
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, NOW, NOW + timedelta(days=365))
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    digest = None if kind.startswith("ed") else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.DER)


def certificate(kind: str = "p256", owner: str = "acme", serial: int = 7) -> bytes:
    """A self-signed certificate, DER; the same one for the same arguments."""
    return _certified(kind, owner, serial)


def partner_key(kind: str = "p256", owner: str = "acme", *, certified: bool = False) -> PartnerKey:
    public = private_key(kind, owner).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    fingerprint = hashlib.sha256(spki).hexdigest()
    der = certificate(kind, owner) if certified else None
    return PartnerKey(fingerprint, owner, spki, certificate=der, public_key=public)


def transmission(body: bytes) -> Transmission:
    return Transmission(body, "application/xml", NOW)


def receive(body: bytes, *keys: PartnerKey) -> Verified:
    """Unwrap and verify, as the gateway does."""
    return verify(unwrap(transmission(body)), keys or (partner_key(),))


def refusal(body: bytes, *keys: PartnerKey) -> Rejection:
    """The Rejection that this body meets; any other outcome fails the test."""
    with pytest.raises(Rejection) as caught:
        receive(body, *keys)
    assert len(caught.value.detail) <= 400
    return caught.value


def signed(
    kind: str = "p256",
    *,
    document: bytes = INVOICE,
    xades: bool = False,
    owner: str = "acme",
    placement: Placement = "root",
) -> bytes:
    """A document signed by our own signer."""
    der = certificate(kind, owner) if xades else None
    return sign(document, private_key(kind, owner), der, xades_time=NOW if xades else None, placement=placement)


def tamper(body: bytes, before: bytes | str, after: bytes | str) -> bytes:
    """Replace the first occurrence, which must be there."""
    old, new = (text.encode() if isinstance(text, str) else text for text in (before, after))
    assert old in body, f"{old!r} is not in the document"
    return body.replace(old, new, 1)


@dataclass(frozen=True)
class Recipe:
    """A signature to compose. XML texts are put in as they are."""

    document: bytes = INVOICE
    kind: str = "p256"
    method: str = ECDSA
    canonicalization: str = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
    uri: str | None = ""
    transforms: str = f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{EXCLUSIVE}"/>'
    digest: str = SHA256
    attributes: str = ""
    """Further attributes of the document's reference."""
    references: str = ""
    """Further references, after the document's."""
    method_content: str = ""
    objects: str = ""
    key_info: str = ""
    place: str = "."
    """ElementPath of the Signature's parent, from the root."""
    declarations: str = ""
    """Further attributes of the Signature."""
    digest_of: bytes | None = None
    """The octets to digest, where the transforms alone don't tell."""
    sign: Callable[[bytes], bytes] | None = field(default=None, compare=False)
    fill: Callable[[etree._Element], None] | None = field(default=None, compare=False)
    """Called with the Signature in place, before SignedInfo is signed."""

    def but(self, **changes: Any) -> "Recipe":
        return replace(self, **changes)


_HASHES: dict[str, Callable[[bytes], Any]] = {
    SHA256: hashlib.sha256,
    f"{DS}sha1": hashlib.sha1,
    f"{MORE}md5": hashlib.md5,
    f"{MORE}sha224": hashlib.sha224,
    f"{MORE}sha384": hashlib.sha384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashlib.sha512,
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": hashlib.sha3_256,
}


def digest_value(method: str, octets: bytes) -> str:
    return base64.b64encode(_HASHES.get(method, hashlib.sha256)(octets).digest()).decode()


def c14n(part: Any, *, exclusive: bool = True, prefixes: list[str] | None = None) -> bytes:
    return etree.tostring(part, method="c14n", exclusive=exclusive, with_comments=False, inclusive_ns_prefixes=prefixes)


def compose(recipe: Recipe) -> bytes:
    """Sign as the recipe says, with a correct digest and signature value wherever that can be."""
    root = etree.fromstring(recipe.document)
    tree = root.getroottree()
    exclusive = EXCLUSIVE in recipe.transforms
    octets = recipe.digest_of
    if octets is None:
        octets = c14n(tree if not recipe.uri else root, exclusive=exclusive)
    uri = "" if recipe.uri is None else f' URI="{recipe.uri}"'
    text = (
        f'<ds:Signature xmlns:ds="{DS}" {recipe.declarations}><ds:SignedInfo>{recipe.canonicalization}'
        f'<ds:SignatureMethod Algorithm="{recipe.method}">{recipe.method_content}</ds:SignatureMethod>'
        f"<ds:Reference{uri}{recipe.attributes}>"
        + (f"<ds:Transforms>{recipe.transforms}</ds:Transforms>" if recipe.transforms else "")
        + f'<ds:DigestMethod Algorithm="{recipe.digest}"/>'
        f"<ds:DigestValue>{digest_value(recipe.digest, octets)}</ds:DigestValue></ds:Reference>"
        f"{recipe.references}</ds:SignedInfo>"
        f"<ds:SignatureValue/>{recipe.key_info}{recipe.objects}</ds:Signature>"
    )
    signature = etree.fromstring(text)
    parent = root.find(recipe.place)
    assert parent is not None
    parent.append(signature)
    if recipe.fill:
        recipe.fill(signature)
    sign_info(signature, recipe)
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True)


def sign_info(signature: etree._Element, recipe: Recipe) -> None:
    """(Re)compute SignatureValue over the SignedInfo that is there."""
    signed_info = signature.find(f"{{{DS}}}SignedInfo")
    value = signature.find(f"{{{DS}}}SignatureValue")
    assert signed_info is not None
    assert value is not None
    message = c14n(signed_info, exclusive=EXCLUSIVE in recipe.canonicalization)
    value.text = base64.b64encode((recipe.sign or default_signer(recipe))(message)).decode()


def default_signer(recipe: Recipe) -> Callable[[bytes], bytes]:
    key = private_key(recipe.kind)
    hash_ = _signature_hash(recipe.method)
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(hash_), hash_.digest_size)
        return lambda message: key.sign(message, pss if "MGF1" in recipe.method else padding.PKCS1v15(), hash_)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return lambda message: raw(key.sign(message, ec.ECDSA(hash_)), (key.key_size + 7) // 8)
    return key.sign


def _signature_hash(method: str) -> Any:
    names = {
        "sha3-256": hashes.SHA3_256(),
        "sha3-384": hashes.SHA3_384(),
        "sha3-512": hashes.SHA3_512(),
        "sha224": hashes.SHA224(),
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
        "sha1": hashes.SHA1(),
        "md5": hashes.MD5(),
    }
    return next((hash_ for name, hash_ in names.items() if name in method.rpartition("#")[2]), hashes.SHA256())


def raw(der: bytes, size: int = 32) -> bytes:
    r, s = decode_dss_signature(der)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
