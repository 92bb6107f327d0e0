"""Sign an XML document inside itself (XMLDSig 1.1, enveloped; XAdES-B-B with a time): a partner's client."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from lxml.builder import ElementMaker

from edi_gateway.errors import Misuse
from edi_gateway.signing import ubl
from edi_gateway.syntax.xml import DS, DSIG11, XADES, parse

Placement = Literal["root", "ubl"]
"""As the root's last child, or where the UBL signature profile puts it, in an extension."""
PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)

_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = f"{DS}enveloped-signature"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_EDDSA = "http://www.w3.org/2021/04/xmldsig-more#eddsa-"
_SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
# Each curve with the hash that is as strong, and its name in ds:KeyValue (RFC 5480 §2.1.1.1).
_CURVES: dict[str, tuple[str, hashes.HashAlgorithm, str]] = {
    "secp256r1": ("ecdsa-sha256", hashes.SHA256(), "urn:oid:1.2.840.10045.3.1.7"),
    "secp384r1": ("ecdsa-sha384", hashes.SHA384(), "urn:oid:1.3.132.0.34"),
    "secp521r1": ("ecdsa-sha512", hashes.SHA512(), "urn:oid:1.3.132.0.35"),
}
_SIGNATURE_ID = "xmldsig-1"
_REFERENCE_ID = "xmldsig-1-document"
_PROPERTIES_ID = "xmldsig-1-properties"

_ds = ElementMaker(namespace=DS, nsmap={"ds": DS})
_dsig11 = ElementMaker(namespace=DSIG11, nsmap={"dsig11": DSIG11})
_xades = ElementMaker(namespace=XADES, nsmap={"xades": XADES, "ds": DS})


def sign(
    document: bytes,
    private_key: PrivateKey,
    certificate: bytes | None = None,
    *,
    xades_time: datetime | None = None,
    placement: Placement = "root",
) -> bytes:
    """The document in UTF-8 with a `ds:Signature` at its place. Its comments are dropped.

    The key is named by its `certificate` (DER), or by its public value. With `xades_time` (aware) it is a XAdES-B-B
    signature (ETSI EN 319 132-1 §6), which needs the certificate. Raises Rejection as `syntax.xml.parse` does, and
    Misuse for a document that is signed already or has no such place, a key of another type, or a certificate for
    another key.
    """
    root = parse(document)
    if next(root.iter(f"{{{DS}}}Signature"), None) is not None:
        raise Misuse("The document is signed already.")
    method, make_signature = _signer(private_key)
    place = ubl.place(root) if placement == "ubl" else root
    leave_out = ubl.transform() if placement == "ubl" else _transform(_ENVELOPED)
    octets = _canonical(root.getroottree())
    references = [_reference("", octets, leave_out, _transform(_EXCLUSIVE), Id=_REFERENCE_ID)]
    signature = _ds.Signature(Id=_SIGNATURE_ID)
    place.append(ubl.hold(signature) if placement == "ubl" else signature)
    if xades_time is not None:
        properties = _qualifying_properties(xades_time, certificate)
        signature.append(_ds.Object(properties))
        octets = _canonical(properties[0])
        references.append(_reference(f"#{_PROPERTIES_ID}", octets, _transform(_EXCLUSIVE), Type=_SIGNED_PROPERTIES))
    signed_info = _ds.SignedInfo(
        _ds.CanonicalizationMethod(Algorithm=_EXCLUSIVE), _ds.SignatureMethod(Algorithm=method), *references
    )
    signature.insert(0, signed_info)
    signature.insert(1, _ds.SignatureValue(_base64(make_signature(_canonical(signed_info)))))
    signature.insert(2, _ds.KeyInfo(_key_name(private_key, certificate)))
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def _canonical(part: etree._Element | etree._ElementTree) -> bytes:
    return etree.tostring(part, method="c14n", exclusive=True, with_comments=False)


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _transform(algorithm: str) -> etree._Element:
    return _ds.Transform(Algorithm=algorithm)


def _reference(uri: str, octets: bytes, *transforms: etree._Element, **attributes: str) -> etree._Element:
    return _ds.Reference(
        _ds.Transforms(*transforms),
        _ds.DigestMethod(Algorithm=_SHA256),
        _ds.DigestValue(_base64(hashlib.sha256(octets).digest())),
        URI=uri,
        **attributes,
    )


def _qualifying_properties(moment: datetime, certificate: bytes | None) -> etree._Element:
    """What baseline level B asks for (EN 319 132-1 §6.3): time, signing certificate, format of the document."""
    if certificate is None or moment.tzinfo is None:
        raise Misuse("A XAdES signature needs the certificate and a time with its zone.")
    digest = _base64(hashlib.sha256(certificate).digest())
    return _xades.QualifyingProperties(
        _xades.SignedProperties(
            _xades.SignedSignatureProperties(
                _xades.SigningTime(moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
                _xades.SigningCertificateV2(
                    _xades.Cert(_xades.CertDigest(_ds.DigestMethod(Algorithm=_SHA256), _ds.DigestValue(digest)))
                ),
            ),
            _xades.SignedDataObjectProperties(
                _xades.DataObjectFormat(_xades.MimeType("application/xml"), ObjectReference=f"#{_REFERENCE_ID}")
            ),
            Id=_PROPERTIES_ID,
        ),
        Target=f"#{_SIGNATURE_ID}",
    )


def _signer(key: PrivateKey) -> tuple[str, Callable[[bytes], bytes]]:
    match key:
        case rsa.RSAPrivateKey():
            return f"{_MORE}rsa-sha256", lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            name, digest, _ = _CURVES[key.curve.name]
            return f"{_MORE}{name}", lambda message: _raw(key.sign(message, ec.ECDSA(digest)), (key.key_size + 7) // 8)
        case ed25519.Ed25519PrivateKey():
            return f"{_EDDSA}ed25519", key.sign
        case ed448.Ed448PrivateKey():
            return f"{_EDDSA}ed448", key.sign
    raise Misuse("An XML document is signed with RSA, P-256, P-384, P-521, Ed25519 or Ed448.")


def _raw(der: bytes, size: int) -> bytes:
    """r ‖ s (XMLDSig 1.1 §6.4.3)."""
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _key_name(key: PrivateKey, certificate: bytes | None) -> etree._Element:
    if certificate is not None:
        if _certified(certificate) != _spki(key.public_key()):
            raise Misuse("The certificate is for another key.")
        return _ds.X509Data(_ds.X509Certificate(_base64(certificate)))
    match key.public_key():
        case rsa.RSAPublicKey() as public:
            numbers = public.public_numbers()
            parts = (_ds.Modulus(_crypto_binary(numbers.n)), _ds.Exponent(_crypto_binary(numbers.e)))
            return _ds.KeyValue(_ds.RSAKeyValue(*parts))
        case ec.EllipticCurvePublicKey() as public:
            point = _base64(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
            curve = _dsig11.NamedCurve(URI=_CURVES[public.curve.name][2])
            return _ds.KeyValue(_dsig11.ECKeyValue(curve, _dsig11.PublicKey(point)))
        case public:
            return _dsig11.DEREncodedKeyValue(_base64(_spki(public)))


def _crypto_binary(number: int) -> str:
    """Without leading zero octets (XMLDSig 1.1 §4.1)."""
    return _base64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _certified(certificate: bytes) -> bytes:
    try:
        return _spki(x509.load_der_x509_certificate(certificate).public_key())
    except ValueError as error:
        raise Misuse("The certificate can't be read; it must be DER.") from error


def _spki(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
