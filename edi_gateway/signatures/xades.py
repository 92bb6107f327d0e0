"""What a XAdES signature says about itself (ETSI EN 319 132-1): when it was made, and with which certificate."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.signatures.policy import DIGESTS
from edi_gateway.signatures.xmldsig_algorithms import DIGEST_METHODS
from edi_gateway.syntax.xml import DS, XADES, base64_of, text_of

_X = f"{{{XADES}}}"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_HAVING_ID = etree.XPath("//@*[translate(local-name(), 'ID', 'id') = 'id' and . = $id]")


@dataclass(frozen=True, slots=True)
class CertificateDigest:
    """`digest` is a name in `signatures.policy.DIGESTS`."""

    digest: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Properties:
    """`signed_at` is None where the signer names no moment, or one without a zone, which is no moment."""

    signed_at: datetime | None = None
    certificates: tuple[CertificateDigest, ...] = ()


def bears_id(element: etree._Element, identifier: str) -> bool:
    """Whether `element` has this Id and nothing else in its document has, in whatever case or namespace.

    XMLDSig leaves it to each vocabulary which attributes are Ids; two processors must not follow one to two places.
    """
    found = _HAVING_ID(element.getroottree(), id=identifier)
    assert isinstance(found, list)
    return len(found) == 1 and element.get("Id", element.get("ID", element.get("id"))) == identifier


def signed_properties(signature: etree._Element, uri: str | None) -> etree._Element | None:
    """The one SignedProperties of a signature, which the reference with this URI must mean; None without either.

    EN 319 132-1 §4.4: in the QualifyingProperties of the signature's own Object, which name it as their target.
    Raises Rejection("signature-profile").
    """
    found = list(signature.iter(f"{_X}SignedProperties"))
    if uri is None and not found:
        return None
    if uri is None:
        raise Rejection("signature-profile", "No reference with the Type of XAdES covers the SignedProperties.")
    if len(found) != 1 or not bears_id(found[0], uri.removeprefix("#")) or not uri:
        raise Rejection("signature-profile", "The reference does not mean the one SignedProperties of the signature.")
    qualifying = found[0].getparent()
    wrapper = None if qualifying is None else qualifying.getparent()
    if (
        qualifying is None
        or wrapper is None
        or (qualifying.tag, wrapper.tag) != (f"{_X}QualifyingProperties", f"{{{DS}}}Object")
        or wrapper.getparent() is not signature
        or qualifying.get("Target") != f"#{signature.get('Id')}"
    ):
        raise Rejection(
            "signature-profile", "The SignedProperties are not where XAdES puts them, or of another target."
        )
    return found[0]


def read_properties(element: etree._Element) -> Properties:
    """Read the SignedProperties. Raises Rejection("signature-profile") or ("algorithm-unknown")."""
    signed = f"{_X}SignedSignatureProperties/{_X}"
    time = element.find(f"{signed}SigningTime")
    # The first certificate listed is the signer's, the others are its issuers' (EN 319 132-1 §5.2.2.2).
    listed = [element.find(f"{signed}{name}/{_X}Cert") for name in ("SigningCertificateV2", "SigningCertificate")]
    return Properties(
        signed_at=None if time is None else _moment(text_of(time)),
        certificates=tuple(_certificate_digest(certificate) for certificate in listed if certificate is not None),
    )


def check_certificate(properties: Properties, key: PartnerKey, signature: etree._Element) -> None:
    """The certificate that was signed along must be the key's own, or one in KeyInfo that certifies this very key.

    Raises Rejection("signature-invalid"): otherwise a certificate could be put in another's place afterwards.
    """
    if not properties.certificates:
        return
    candidates = [certificate for certificate in _certificates(key, signature) if certificate]
    for expected in properties.certificates:
        digests = (DIGESTS[expected.digest](candidate).digest() for candidate in candidates)
        if not any(hmac.compare_digest(digest, expected.value) for digest in digests):
            raise Rejection("signature-invalid", "The signed certificate digest is not that of the key's certificate.")


def _certificates(key: PartnerKey, signature: etree._Element) -> Iterable[bytes]:
    yield from key.certificates
    for element in signature.iterfind(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate"):
        der = base64_of(element)
        if _certified_key(der) == key.fingerprint:
            yield der


def _certified_key(der: bytes) -> str | None:
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
        return None
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _certificate_digest(certificate: etree._Element) -> CertificateDigest:
    method = certificate.find(f"{_X}CertDigest/{{{DS}}}DigestMethod")
    value = certificate.find(f"{_X}CertDigest/{{{DS}}}DigestValue")
    if method is None or value is None:
        raise Rejection("signature-profile", "A signing certificate needs its digest.")
    name = DIGEST_METHODS.get(method.get("Algorithm", ""))
    if name is None:
        raise Rejection("algorithm-unknown", "The digest method of the signing certificate is not known.")
    return CertificateDigest(name, base64_of(value))


def _moment(text: str) -> datetime | None:
    """xs:dateTime (XML Schema 2 §3.2.7). In UTC, too, it must lie in the years 1 to 9999."""
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError("not an xs:dateTime")
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo and moment.astimezone(UTC) else None
    except (ValueError, OverflowError) as error:
        raise Rejection("signature-profile", "SigningTime is not a date and time.") from error
