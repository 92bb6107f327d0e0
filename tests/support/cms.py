"""Keys, SignedData and S/MIME messages for tests. `signed_data` builds what no honest signer would."""

import base64
import functools
import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.envelopes import cms as cms_envelope
from edi_gateway.envelopes import smime as smime_envelope
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope, Transmission, Verified
from edi_gateway.signatures import cms
from edi_gateway.syntax.der import Reader
from tests.support.cms_algorithms import DIGEST_OIDS, HASHES, MGF1, RSASSA_PSS, SIGNATURE_OIDS
from tests.support.der import algorithm, integer, octet_string, oid, sequence, set_of, tlv

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DOCUMENT = b"<Invoice><ID>INV-1</ID></Invoice>\n"

ID_DATA = "1.2.840.113549.1.7.1"
ID_SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
RSA_ENCRYPTION = "1.2.840.113549.1.1.1"

_MAKERS: dict[str, Callable[[], Any]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "k256": lambda: ec.generate_private_key(ec.SECP256K1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "ml-dsa-44": mldsa.MLDSA44PrivateKey.generate,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey.generate,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey.generate,
}


def key(kind: str = "p256", owner: str = "acme") -> Any:
    """The private key of this kind that `owner` has, made once per run."""
    return _made(kind, owner)


@functools.cache
def _made(kind: str, owner: str) -> Any:
    return _MAKERS[kind]()


def spki(private_key: Any) -> bytes:
    return private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def certificate(kind: str = "p256", owner: str = "acme", serial: int = 4711) -> bytes:
    """The self-signed certificate (in DER) of that key."""
    return _certified(kind, owner, serial)


@functools.cache
def _certified(kind: str, owner: str, serial: int) -> bytes:
    private_key = key(kind, owner)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, owner)])
    builder = x509.CertificateBuilder(name, name, private_key.public_key(), serial, NOW, NOW + timedelta(days=3650))
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(private_key.public_key()), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    hash_ = hashes.SHA256() if isinstance(private_key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)) else None
    return builder.sign(private_key, hash_).public_bytes(Encoding.DER)


def partner_key(kind: str = "p256", owner: str = "acme", *, with_certificate: bool = True) -> PartnerKey:
    octets = spki(key(kind, owner))
    held = certificate(kind, owner) if with_certificate else None
    fingerprint = hashlib.sha256(octets).hexdigest()
    return PartnerKey(fingerprint, owner, octets, held, public_key=key(kind, owner).public_key())


def pss_parameters(hash_name: str, salt: int | None = None, mask_hash: str | None = None) -> bytes:
    salt = HASHES[hash_name].digest_size if salt is None else salt
    mask = algorithm(MGF1, algorithm(DIGEST_OIDS[mask_hash or hash_name]))
    return sequence(tlv(0xA0, algorithm(DIGEST_OIDS[hash_name])), tlv(0xA1, mask), tlv(0xA2, integer(salt)))


def digest(name: str, content: bytes) -> bytes:
    return hashlib.shake_256(content).digest(64) if name == "shake256" else hashlib.new(name, content).digest()


def attribute(dotted: str, *values: bytes) -> bytes:
    return sequence(oid(dotted), set_of(*values))


def honest_attributes(content: bytes = DOCUMENT, hash_name: str = "sha256") -> list[bytes]:
    return [
        attribute(CONTENT_TYPE, oid(ID_DATA)),
        attribute(SIGNING_TIME, tlv(0x17, b"261122120000Z")),
        attribute(MESSAGE_DIGEST, octet_string(digest(hash_name, content))),
    ]


def sign_octets(private_key: Any, scheme: str, message: bytes) -> bytes:
    """Sign as `scheme`, a name such as `ecdsa-sha256`, says."""
    if scheme.startswith("rsa-pss-"):
        hash_ = HASHES[scheme.removeprefix("rsa-pss-")]
        return private_key.sign(message, padding.PSS(padding.MGF1(hash_), hash_.digest_size), hash_)
    family, _, hash_name = scheme.partition("-")
    if family == "rsa":
        return private_key.sign(message, padding.PKCS1v15(), HASHES[hash_name])
    if family == "ecdsa":
        return private_key.sign(message, ec.ECDSA(HASHES[hash_name]))
    return private_key.sign(message)


def default_sid(kind: str = "p256", owner: str = "acme") -> bytes:
    held = x509.load_der_x509_certificate(certificate(kind, owner))
    return sequence(held.issuer.public_bytes(), integer(held.serial_number))


def key_id_sid(kind: str = "p256", owner: str = "acme") -> bytes:
    return tlv(0x80, x509.SubjectKeyIdentifier.from_public_key(key(kind, owner).public_key()).digest)


def signer_info(
    content: bytes = DOCUMENT,
    *,
    kind: str = "p256",
    owner: str = "acme",
    scheme: str = "ecdsa-sha256",
    hash_name: str = "sha256",
    attributes: Sequence[bytes] | None = None,
    attributes_element: bytes | None = None,
    ordered: bool = True,
    digest_algorithm: bytes | None = None,
    signature_algorithm: bytes | None = None,
    signature: bytes | None = None,
    sid: bytes | None = None,
    version: int | None = None,
    unsigned_attributes: bytes = b"",
) -> bytes:
    members = honest_attributes(content, hash_name) if attributes is None else list(attributes)
    signed = b"".join(sorted(members) if ordered else members)
    sid = default_sid(kind, owner) if sid is None else sid
    if signature_algorithm is None:
        pss = scheme.startswith("rsa-pss-")
        signature_algorithm = (
            algorithm(RSASSA_PSS, pss_parameters(scheme.removeprefix("rsa-pss-")))
            if pss
            else algorithm(SIGNATURE_OIDS[scheme])
        )
    return sequence(
        integer((3 if sid[0] == 0x80 else 1) if version is None else version),
        sid,
        digest_algorithm or algorithm(DIGEST_OIDS[hash_name]),
        tlv(0xA0, signed) if attributes_element is None else attributes_element,
        signature_algorithm,
        octet_string(sign_octets(key(kind, owner), scheme, set_of(signed)) if signature is None else signature),
        unsigned_attributes,
    )


def signed_data(
    content: bytes | None = DOCUMENT,
    *,
    signers: Sequence[bytes] | None = None,
    certificates: Sequence[bytes] | None = None,
    content_type: str = ID_DATA,
    **signer: Any,
) -> bytes:
    """A ContentInfo. `content` None leaves the content out (detached); `signers` replaces the one honest SignerInfo."""
    kind, owner = signer.get("kind", "p256"), signer.get("owner", "acme")
    held = [certificate(kind, owner)] if certificates is None else certificates
    if signers is None:
        signers = [signer_info(DOCUMENT if content is None else content, **signer)]
    encapsulated = b"" if content is None else tlv(0xA0, octet_string(content))
    return sequence(
        oid(ID_SIGNED_DATA),
        tlv(
            0xA0,
            sequence(
                integer(1),
                set_of(algorithm(DIGEST_OIDS["sha256"])),
                sequence(oid(content_type), encapsulated),
                tlv(0xA0, *held) if held else b"",
                set_of(*signers),
            ),
        ),
    )


def multipart(
    part: bytes, signature: bytes, *, boundary: str = "b1", line_end: bytes = b"\r\n", encode: bool = True
) -> tuple[str, bytes]:
    """(Content-Type, body) of a multipart/signed with these octets as its first part."""
    lines = base64.encodebytes(signature).strip().replace(b"\n", line_end) if encode else signature
    encoding = b"base64" if encode else b"binary"
    second = line_end.join(
        (b"Content-Type: application/pkcs7-signature", b"Content-Transfer-Encoding: " + encoding, b"", lines)
    )
    mark = b"--" + boundary.encode()
    body = line_end.join((mark, part, mark, second, mark + b"--", b""))
    return f'multipart/signed; protocol="application/pkcs7-signature"; boundary="{boundary}"', body


def part(content: bytes = DOCUMENT, *fields: bytes) -> bytes:
    """A MIME part: XML unless other header fields are given."""
    return b"\r\n".join((*(fields or (b"Content-Type: application/xml",)), b"", content))


def as_ber(octets: bytes, kept: Sequence[bytes] = (), segment: int = 16) -> bytes:
    """The same element with indefinite lengths and segmented octet strings, all but the elements in `kept`."""
    reader = Reader(octets)
    tag = reader.peek()
    if octets in kept or tag is None or (not tag & 0x20 and tag != 0x04):
        return octets
    if tag == 0x04:
        value = reader.value(tag)
        pieces = [tlv(0x04, value[at : at + segment]) for at in range(0, len(value), segment)]
        return b"\x24\x80" + b"".join(pieces) + b"\0\0"
    members = reader.enter(tag)
    inner = b""
    while members.peek() is not None:
        inner += as_ber(members.element(), kept, segment)
    return bytes((tag, 0x80)) + inner + b"\0\0"


def signed_data_in_ber(segment: int = 16, **signer: Any) -> bytes:
    """An honest SignedData as streaming signers write it: only attributes and certificates are DER."""
    body = signed_data(**signer)
    attributes = tlv(0xA0, *sorted(honest_attributes(signer.get("content", DOCUMENT))))
    return as_ber(body, (attributes, certificate()), segment)


# Through the gateway's own doors.


def unwrap(content_type: str, body: bytes, **headers: str) -> Envelope:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    transmission = Transmission(body, content_type, NOW, named)
    room = smime_envelope if content_type.startswith("multipart/") else cms_envelope
    return room.unwrap(transmission)


def verify_cms(body: bytes, keys: Sequence[PartnerKey] | None = None, **headers: str) -> Verified:
    return cms.verify(unwrap("application/cms", body, **headers), [partner_key()] if keys is None else keys)


def verify_smime(content_type: str, body: bytes, keys: Sequence[PartnerKey] | None = None) -> Verified:
    return cms.verify(unwrap(content_type, body), [partner_key()] if keys is None else keys)
