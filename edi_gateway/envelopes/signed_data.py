"""CMS SignedData (RFC 5652 §5) taken apart: what CMS and S/MIME envelopes have in common.

The profile: one signer, who signed attributes (RFC 5652 §5.3), over a document of type id-data. A SignerInfo without
signed attributes is refused because its signature could be that of another message's attributes. Whatever isn't
signed (other certificates, CRLs, unsigned attributes) is stepped over.
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import AlgorithmIdentifier, CmsSigned, KeyName
from edi_gateway.syntax import ber, der

MAX_CERTIFICATES = 16
MAX_CERTIFICATE = 32_768
"""Octets of one; the largest keys and signatures in use make it about eight thousand."""
MAX_ATTRIBUTES = 32
ID_DATA = "1.2.840.113549.1.7.1"
ID_SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SUBJECT_KEY_ID = "2.5.29.14"
_SIGNED_ATTRIBUTES = der.context(0)
_SKI_CHOICE = 0x80
_VERSIONS = (1, 3, 4, 5)


class SignerId(NamedTuple):
    """RFC 5652 §5.3: the issuer's Name and the serial number, or the subject key identifier alone."""

    issuer: bytes = b""
    serial: int = 0
    key_id: bytes = b""


class _Signer(NamedTuple):
    sid: SignerId
    digest_algorithm: AlgorithmIdentifier
    signed_attributes: bytes
    signature_algorithm: AlgorithmIdentifier
    signature: bytes


def read(octets: bytes, detached: bytes | None = None) -> tuple[CmsSigned, tuple[KeyName, ...]]:
    """Read a ContentInfo with SignedData in DER, or failing that in BER, and the names it has for its key.

    `detached` is the content where it travels beside the signature; then none may be encapsulated, else one must be.
    Raises Rejection("not-cms") for what doesn't parse, Rejection("signature-profile") for what we don't take.
    """
    try:
        return _read(octets, detached)
    except Rejection as refusal:
        plain = ber.to_der(octets) if refusal.code == "not-cms" else octets
        if plain == octets:
            raise
    signed, names = _read(plain, detached)
    if bytes((_SIGNED_ATTRIBUTES,)) + signed.signed_attributes[1:] not in octets:
        raise Rejection("signature-profile", "Signed attributes must be DER even where the rest is BER (§5.3).")
    return signed, names


def _read(octets: bytes, detached: bytes | None) -> tuple[CmsSigned, tuple[KeyName, ...]]:
    fields = _signed_data(octets)
    if fields.integer() not in _VERSIONS:
        raise Rejection("not-cms", "This version of SignedData is not known.")
    fields.skip(der.SET)
    content = _content(fields.enter(der.SEQUENCE), detached)
    certificates = _certificates(fields.optional(der.context(0)))
    fields.optional(der.context(1))
    signer = _signer(_only_signer(fields.enter(der.SET)))
    fields.finish()
    signed = CmsSigned(
        content=content,
        content_type=ID_DATA,
        digest_algorithm=signer.digest_algorithm,
        signature_algorithm=signer.signature_algorithm,
        signature=signer.signature,
        signed_attributes=signer.signed_attributes,
        attributes=_attributes(signer.signed_attributes),
        certificates=certificates,
    )
    return signed, _key_names(signer.sid, certificates)


def _signed_data(octets: bytes) -> der.Reader:
    outer = der.Reader(octets)
    content_info = outer.enter(der.SEQUENCE)
    outer.finish()
    if (content_type := content_info.oid()) != ID_SIGNED_DATA:
        raise Rejection("not-cms", f"The content type is {content_type[:200]}, not SignedData.")
    explicit = content_info.enter(der.context(0))
    content_info.finish()
    fields = explicit.enter(der.SEQUENCE)
    explicit.finish()
    return fields


def _content(encapsulated: der.Reader, detached: bytes | None) -> bytes:
    # Only id-data: signatures over other types (time-stamp tokens, receipts) belong to other protocols (§5.2).
    if (content_type := encapsulated.oid()) != ID_DATA:
        raise Rejection("signature-profile", f"The signed content has the type {content_type[:200]}, not id-data.")
    explicit = encapsulated.optional(der.context(0))
    encapsulated.finish()
    if explicit is None:
        if detached is None:
            raise Rejection("signature-profile", "The signature is detached, and nothing was sent with it.")
        return detached
    if detached is not None:
        raise Rejection("signature-profile", "There is content beside the signature and also inside it.")
    content = explicit.value(der.OCTET_STRING)
    explicit.finish()
    return content


def _certificates(choices: der.Reader | None) -> tuple[bytes, ...]:
    """The X.509 certificates among the choices (§10.2.2), as they are."""
    certificates: list[bytes] = []
    seen = 0
    while choices and (tag := choices.peek()) is not None:
        seen += 1
        if seen > MAX_CERTIFICATES:
            raise Rejection("signature-profile", f"There are more than {MAX_CERTIFICATES} certificates.")
        certificate = choices.element()
        if len(certificate) > MAX_CERTIFICATE:
            raise Rejection("signature-profile", f"A certificate has more than {MAX_CERTIFICATE} octets.")
        if tag == der.SEQUENCE:
            certificates.append(certificate)
    return tuple(certificates)


def _only_signer(signers: der.Reader) -> der.Reader:
    if signers.peek() is None:
        raise Rejection("unsigned", "The SignedData has no signer.")
    signer = signers.enter(der.SEQUENCE)
    if signers.peek() is not None:
        raise Rejection("signature-profile", "The SignedData has more than one signer.")
    return signer


def _signer(fields: der.Reader) -> _Signer:
    version = fields.integer()
    sid = _sid(fields)
    # §5.3: version 1 goes with the issuer and serial number, version 3 with the subject key identifier.
    if version != (3 if sid.key_id else 1):
        raise Rejection("not-cms", f"The SignerInfo has version {version}, which its signer identifier forbids.")
    digest_algorithm = fields.algorithm()
    if fields.peek() != _SIGNED_ATTRIBUTES:
        raise Rejection("signature-profile", "The signer must sign attributes (§5.3), not the content alone.")
    # §5.4: what is signed has the tag of a SET OF in place of [0].
    attributes = bytes((der.SET,)) + fields.element()[1:]
    signature_algorithm = fields.algorithm()
    signature = fields.value(der.OCTET_STRING)
    fields.optional(der.context(1))
    fields.finish()
    return _Signer(sid, digest_algorithm, attributes, signature_algorithm, signature)


def _sid(fields: der.Reader) -> SignerId:
    if fields.peek() == _SKI_CHOICE:
        key_id = fields.value(_SKI_CHOICE)
        if not 0 < len(key_id) <= der.MAX_INTEGER:
            raise Rejection("not-cms", f"A subject key identifier has 1 to {der.MAX_INTEGER} octets here.")
        return SignerId(key_id=key_id)
    names = fields.enter(der.SEQUENCE)
    sid = SignerId(issuer=names.element(der.SEQUENCE), serial=names.integer())
    names.finish()
    return sid


def _attributes(octets: bytes) -> Mapping[str, bytes]:
    """OID → DER of its one value. DER's order is demanded, for it is what the signature covers (§5.4)."""
    members = der.Reader(octets).enter(der.SET)
    attributes: dict[str, bytes] = {}
    previous = b""
    while members.peek() is not None:
        member = members.element(der.SEQUENCE)
        oid, value = _attribute(member)
        if member <= previous or oid in attributes or len(attributes) == MAX_ATTRIBUTES:
            raise Rejection(
                "signature-profile", "Signed attributes come in DER order, each once, no more than 32 of them."
            )
        attributes[oid], previous = value, member
    if CONTENT_TYPE not in attributes or MESSAGE_DIGEST not in attributes:
        raise Rejection("signature-profile", "The signed attributes lack the content type or the message digest (§11).")
    return attributes


def _attribute(member: bytes) -> tuple[str, bytes]:
    fields = der.Reader(member).enter(der.SEQUENCE)
    oid = fields.oid()
    values = fields.enter(der.SET)
    fields.finish()
    value = values.element() if values.peek() is not None else b""
    if not value or values.peek() is not None:
        raise Rejection("signature-profile", f"The signed attribute {oid[:200]} must have exactly one value.")
    return oid, value


def _key_names(sid: SignerId, certificates: tuple[bytes, ...]) -> tuple[KeyName, ...]:
    """Every certificate that answers to the signer identifier names its key; none of them is trusted."""
    if sid.key_id:
        names = [KeyName("subject-key-id", sid.key_id.hex())]
    else:
        names = [KeyName("issuer-serial", f"{hashlib.sha256(sid.issuer).hexdigest()}:{sid.serial}")]
    for certificate in certificates:
        subject, spki = _subject(certificate, by_key_id=bool(sid.key_id))
        name = KeyName("fingerprint", hashlib.sha256(spki).hexdigest())
        if subject == sid and name not in names:
            names.append(name)
    return tuple(names)


def _subject(certificate: bytes, *, by_key_id: bool) -> tuple[SignerId, bytes]:
    """What a SignerIdentifier for this certificate (RFC 5280 §4.1) would be, and its SubjectPublicKeyInfo."""
    fields = der.Reader(certificate).enter(der.SEQUENCE).enter(der.SEQUENCE)
    fields.optional(der.context(0))
    serial = fields.integer()
    fields.skip(der.SEQUENCE)
    issuer = fields.element(der.SEQUENCE)
    fields.skip(der.SEQUENCE)
    fields.skip(der.SEQUENCE)
    spki = fields.element(der.SEQUENCE)
    if not by_key_id:
        return SignerId(issuer, serial), spki
    return SignerId(key_id=_key_id(fields)), spki


def _key_id(fields: der.Reader) -> bytes:
    """The SubjectKeyIdentifier among the extensions (RFC 5280 §4.2.1.2), or nothing."""
    while (tag := fields.peek()) is not None and tag != der.context(3):
        fields.skip()
    extensions = fields.enter(der.context(3)).enter(der.SEQUENCE) if tag else None
    while extensions and extensions.peek() is not None:
        extension = extensions.enter(der.SEQUENCE)
        if extension.oid() == _SUBJECT_KEY_ID:
            while extension.peek() not in (der.OCTET_STRING, None):
                extension.skip()
            return der.Reader(extension.value(der.OCTET_STRING)).value(der.OCTET_STRING)
    return b""
