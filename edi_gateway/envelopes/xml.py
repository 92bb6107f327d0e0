"""An XML document with its signature inside (XMLDSig §2: enveloped), or a XAdES one: find it, and whom it names.

Nothing is verified here. The one `ds:Signature` stands directly under the root, or where the UBL signature profile
puts it (UBL 2.1 §5): in an extension's content, on its own or within `sig:UBLDocumentSignatures`.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509.oid import NameOID
from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Envelope, KeyName, Transmission, XmlSigned
from edi_gateway.syntax.xml import (
    DS,
    DSIG11,
    UBL_SIGNATURE_PARTS,
    UBL_SIGNATURES,
    XADES,
    base64_of,
    comments_within,
    octets_of,
    parse,
    text_of,
)

MAX_CERTIFICATES = 16
MAX_CERTIFICATE = 65_536
"""Characters of one in base64; the largest keys and signatures in use make it about twelve thousand."""
MAX_KEY_NAMES = 64
_MAX_RSA_BYTES = 2048
_MAX_NAME = 2000

_SIGNATURE = f"{{{DS}}}Signature"
_KEY_INFO = f"{{{DS}}}KeyInfo"
_OBJECT = f"{{{DS}}}Object"
_X509_CERTIFICATE = f"{{{DS}}}X509Certificate"
_DIGEST_METHOD = f"{{{DS}}}DigestMethod"
_DIGEST_VALUE = f"{{{DS}}}DigestValue"
_GROUPS = (f"{{{DS}}}X509Data", f"{{{DS}}}KeyValue")
_POINTERS = (f"{{{DS}}}RetrievalMethod", f"{{{DSIG11}}}KeyInfoReference")
_XA = f"{{{XADES}}}"
_SIGNED_PROPERTIES = f"{_OBJECT}/{_XA}QualifyingProperties/{_XA}SignedProperties/{_XA}SignedSignatureProperties"
_SIGNING_CERTIFICATES = tuple(
    f"{_SIGNED_PROPERTIES}/{_XA}{name}/{_XA}Cert/{_XA}CertDigest"
    for name in ("SigningCertificateV2", "SigningCertificate")
)
_EXT = "{urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2}"
_EXTENSION = (f"{_EXT}UBLExtensions", f"{_EXT}UBLExtension", f"{_EXT}ExtensionContent")
_PLACES = (
    (),
    _EXTENSION,
    (*_EXTENSION, f"{{{UBL_SIGNATURES}}}UBLDocumentSignatures", f"{{{UBL_SIGNATURE_PARTS}}}SignatureInformation"),
)
"""The names of the elements between the root and the Signature."""

_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_SERIAL = re.compile(r"[0-9]{1,60}", re.ASCII)
# Blanks around a comma or a plus, but not an escaped one. Begun only where a run of them begins: else it takes the
# square of their number.
_SEPARATOR = re.compile(r"(?:(?<![\\ ])|(?<=\\ )) *+([,+]) *+")
_CURVES: Mapping[str, ec.EllipticCurve] = {
    "urn:oid:1.2.840.10045.3.1.7": ec.SECP256R1(),
    "urn:oid:1.3.132.0.34": ec.SECP384R1(),
    "urn:oid:1.3.132.0.35": ec.SECP521R1(),
}
# What signers write beyond the table of RFC 4514 §3.
_ABBREVIATIONS = {
    "E": NameOID.EMAIL_ADDRESS,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "S": NameOID.STATE_OR_PROVINCE_NAME,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}
_Reader = Callable[[etree._Element], Iterator[KeyName]]


def unwrap(transmission: Transmission) -> Envelope:
    """Find the one signature in an XML document, and the names that it gives its key.

    Raises Rejection: those of `syntax.xml.parse`, `unsigned`, and `signature-profile` where there are several
    signatures, or one at another place, or one whose KeyInfo asks for something to be fetched or can't be read.
    """
    body = transmission.body
    root = parse(body)
    signatures = list(root.iter(_SIGNATURE))
    if not signatures:
        raise Rejection("unsigned", "The document holds no ds:Signature.")
    if len(signatures) > 1:
        raise Rejection("signature-profile", f"The document holds {len(signatures)} signatures; one is allowed.")
    _check_place(signatures[0])
    if comments_within(body, _SIGNATURE):
        raise Rejection("signature-profile", "A comment inside the Signature would split a value.")
    return Envelope("xmldsig", "application/xml", _key_names(signatures[0]), XmlSigned(root, signatures[0], body))


def placed_signatures(root: etree._Element) -> list[etree._Element]:
    """The signatures that stand where one may, be they one, none, or several."""
    return [signature for signature in root.iter(_SIGNATURE) if _is_placed(signature)]


def _is_placed(signature: etree._Element) -> bool:
    above = [ancestor.tag for ancestor in signature.iterancestors()]
    return bool(above) and tuple(reversed(above[:-1])) in _PLACES


def _check_place(signature: etree._Element) -> None:
    if not _is_placed(signature):
        raise Rejection("signature-profile", "The Signature is neither a child of the root nor in a UBL extension.")


def _key_names(signature: etree._Element) -> tuple[KeyName, ...]:
    # Counted while reading: what is over the limit is never decoded.
    names = tuple(islice(chain(_named_by_key_info(signature), _named_by_properties(signature)), MAX_KEY_NAMES + 1))
    if len(names) > MAX_KEY_NAMES:
        raise Rejection("signature-profile", f"The signature names more than {MAX_KEY_NAMES} keys.")
    return tuple(dict.fromkeys(names))


def _named_by_key_info(signature: etree._Element) -> Iterator[KeyName]:
    """XMLDSig 1.1 §4.5. Elements that are not read, such as PGPData, name no key that could be registered."""
    certificates = 0
    for element in _key_info_parts(signature):
        certificates += element.tag == _X509_CERTIFICATE
        if certificates > MAX_CERTIFICATES:
            raise Rejection("signature-profile", f"More than {MAX_CERTIFICATES} certificates.")
        if element.tag == _X509_CERTIFICATE and len(element.text or "") > MAX_CERTIFICATE:
            raise Rejection("signature-profile", f"A certificate has more than {MAX_CERTIFICATE} characters.")
        if element.tag in _POINTERS:
            raise Rejection("signature-profile", "KeyInfo points elsewhere; nothing is ever fetched.")
        yield from _READERS.get(str(element.tag), _no_name)(element)


def _key_info_parts(signature: etree._Element) -> Iterator[etree._Element]:
    for key_info in signature.iterchildren(_KEY_INFO):
        for child in key_info.iterchildren("*"):
            if child.tag in _GROUPS:
                yield from child.iterchildren("*")
            else:
                yield child


def certificates(signature: etree._Element) -> tuple[bytes, ...]:
    """The certificates in the KeyInfo of a signature that was unwrapped, DER."""
    return tuple(_decoded(text_of(part)) for part in _key_info_parts(signature) if part.tag == _X509_CERTIFICATE)


@lru_cache(maxsize=1024)
def _decoded(certificate: str) -> bytes:
    try:
        return octets_of(certificate)
    except ValueError as error:
        raise Rejection("signature-profile", "An X509Certificate is not base64.") from error


def _named_by_properties(signature: etree._Element) -> Iterator[KeyName]:
    """XAdES (ETSI EN 319 132-1 §5.2.2): the digest of the signing certificate, the first one listed."""
    if signature.find(_OBJECT) is None:
        return
    for path in _SIGNING_CERTIFICATES:
        digest = signature.find(path)
        method, value = (None, None) if digest is None else (digest.find(_DIGEST_METHOD), digest.find(_DIGEST_VALUE))
        if method is not None and value is not None and method.get("Algorithm") == _SHA256:
            yield KeyName("certificate", base64_of(value).hex())


def _no_name(_: etree._Element) -> Iterator[KeyName]:
    return iter(())


def _certificate(element: etree._Element) -> Iterator[KeyName]:
    try:
        yield _certified(text_of(element))
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise Rejection("signature-profile", "An X509Certificate can't be read.") from error


@lru_cache(maxsize=1024)
def _certified(certificate: str) -> KeyName:
    # Partners send the same certificate with every document: it isn't even decoded again.
    return _fingerprint(x509.load_der_x509_certificate(octets_of(certificate)).public_key())


def _rsa_key_value(element: etree._Element) -> Iterator[KeyName]:
    modulus, exponent = (element.find(f"{{{DS}}}{name}") for name in ("Modulus", "Exponent"))
    if modulus is None or exponent is None:
        raise Rejection("signature-profile", "An RSAKeyValue needs Modulus and Exponent.")
    n, e = base64_of(modulus), base64_of(exponent)
    if max(len(n), len(e)) > _MAX_RSA_BYTES:
        raise Rejection("signature-profile", "The RSAKeyValue is too large.")
    try:
        yield _fingerprint(rsa.RSAPublicNumbers(int.from_bytes(e, "big"), int.from_bytes(n, "big")).public_key())
    except ValueError as error:
        raise Rejection("signature-profile", "The RSAKeyValue is not an RSA key.") from error


def _ec_key_value(element: etree._Element) -> Iterator[KeyName]:
    curve, point = (element.find(f"{{{DSIG11}}}{name}") for name in ("NamedCurve", "PublicKey"))
    if curve is None or point is None or (named := _CURVES.get(curve.get("URI", ""))) is None:
        raise Rejection("signature-profile", "An ECKeyValue needs a NamedCurve, P-256, P-384 or P-521, and PublicKey.")
    try:
        yield _fingerprint(ec.EllipticCurvePublicKey.from_encoded_point(named, base64_of(point)))
    except ValueError as error:
        raise Rejection("signature-profile", "The ECKeyValue is not a point on its curve.") from error


def _der_encoded_key_value(element: etree._Element) -> Iterator[KeyName]:
    try:
        yield _fingerprint(load_der_public_key(base64_of(element)))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Rejection("signature-profile", "The DEREncodedKeyValue can't be read.") from error


def _dsa_key_value(_: etree._Element) -> Iterator[KeyName]:
    raise Rejection("algorithm-unknown", "DSA signatures are not verified here.")


def _issuer_serial(element: etree._Element) -> Iterator[KeyName]:
    issuer, serial = (element.find(f"{{{DS}}}{name}") for name in ("X509IssuerName", "X509SerialNumber"))
    if issuer is None or serial is None or not _SERIAL.fullmatch(text_of(serial)):
        raise Rejection("signature-profile", "An X509IssuerSerial needs a name and a number.")
    yield KeyName("issuer-name", f"{_distinguished_name(text_of(issuer))}:{int(text_of(serial))}")


def _subject_name(element: etree._Element) -> Iterator[KeyName]:
    yield KeyName("subject-name", _distinguished_name(text_of(element)))


def _subject_key_id(element: etree._Element) -> Iterator[KeyName]:
    yield KeyName("subject-key-id", base64_of(element).hex())


def _certificate_digest(element: etree._Element) -> Iterator[KeyName]:
    if element.get("Algorithm") == _SHA256:
        yield KeyName("certificate", base64_of(element).hex())


def _name(element: etree._Element) -> Iterator[KeyName]:
    if _FINGERPRINT.fullmatch(text := text_of(element)):
        yield KeyName("fingerprint", text)


_READERS: Mapping[str, _Reader] = {
    _X509_CERTIFICATE: _certificate,
    f"{{{DS}}}X509IssuerSerial": _issuer_serial,
    f"{{{DS}}}X509SKI": _subject_key_id,
    f"{{{DS}}}X509SubjectName": _subject_name,
    f"{{{DSIG11}}}X509Digest": _certificate_digest,
    f"{{{DS}}}RSAKeyValue": _rsa_key_value,
    f"{{{DSIG11}}}ECKeyValue": _ec_key_value,
    f"{{{DS}}}DSAKeyValue": _dsa_key_value,
    f"{{{DSIG11}}}DEREncodedKeyValue": _der_encoded_key_value,
    f"{{{DS}}}KeyName": _name,
}


def _fingerprint(key: object) -> KeyName:
    if not hasattr(key, "public_bytes"):
        raise ValueError("no public key")
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return KeyName("fingerprint", hashlib.sha256(spki).hexdigest())


def _distinguished_name(text: str) -> str:
    """RFC 4514, written in one way: signers put blanks after commas, and differ in what they abbreviate and escape."""
    if len(text) > _MAX_NAME:
        raise Rejection("signature-profile", "A distinguished name is too long.")
    try:
        return x509.Name.from_rfc4514_string(_SEPARATOR.sub(r"\1", text), _ABBREVIATIONS).rfc4514_string()
    except ValueError:
        return text
