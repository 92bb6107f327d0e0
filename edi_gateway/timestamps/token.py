"""Checking a timestamp (RFC 3161) over bytes that somebody has, with the roots that the checker trusts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1, sha256, sha384, sha512
from types import MappingProxyType
from typing import Any

import rfc3161_client as rfc3161
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway.errors import Unproven
from edi_gateway.model.transmission import AlgorithmIdentifier
from edi_gateway.syntax import der
from edi_gateway.syntax.der import Reader
from edi_gateway.timestamps.form import Parts, Signer, as_response, issued, reading, take_apart

_SHA256 = "2.16.840.1.101.3.4.2.1"
_HASHES: Mapping[str, Any] = MappingProxyType(
    {_SHA256: sha256, "2.16.840.1.101.3.4.2.2": sha384, "2.16.840.1.101.3.4.2.3": sha512}
)
_PKCS1, _ECDSA = "1.2.840.113549.1.1.", "1.2.840.10045.4.3."
# RFC 5754 §3; RFC 3370 §3.2 for the identifier that leaves the hash to the digestAlgorithm.
_SIGNATURES: Mapping[str, Any] = MappingProxyType(
    {_PKCS1 + "1": None, _PKCS1 + "11": sha256, _PKCS1 + "12": sha384, _PKCS1 + "13": sha512}
    | {_ECDSA + "2": sha256, _ECDSA + "3": sha384, _ECDSA + "4": sha512}
)
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")

Roots = tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A timestamp that holds. Made by `check_token` alone.

    `authority` is the subject of its certificate (RFC 4514), `accuracy` how far its clock may be off, where it says so.
    `expires_at` is when the certificate, or one between it and the root, ends: from then on nobody answers for its key.
    `digest` is the lower-case hex SHA-256 of the token in DER.
    """

    authority: str
    gen_time: datetime
    accuracy: timedelta | None
    policy: str
    serial: int
    expires_at: datetime
    digest: str


def parse_roots(pem: bytes) -> Roots:
    """PEM certificates that a checker trusts. Raises ValueError where there is none, or something else."""
    roots = tuple(x509.load_pem_x509_certificates(pem))
    return tuple(dict.fromkeys(roots))


def check_token(token: bytes, message: bytes, roots: Roots, nonce: int | None = None) -> Token:
    """Check a token (DER) over the message. Raises Unproven, naming why it does not hold.

    (1) Nothing is in it but what is signed, and the certificates that lead towards a root.
    (2) The signature verifies with a certificate for timestamps alone (RFC 3161 §2.3), whose chain to a root was valid
        at the time that the token gives (RFC 5280 §6). The message is the one that was stamped, and the nonce the one
        that was sent, where one was.
    (3) The signature covers which certificate it was made with (RFC 5816 §2.2.1), and that it signs a TSTInfo.
    (4) The algorithms that it names are those that were used.
    """
    parts = take_apart(token)  # (1)
    stamped = _verified(token, message, roots, nonce)  # (2)
    reading(lambda: _check_attributes(parts))  # (3)
    _check_algorithms(parts.signer)  # (4)
    return Token(
        authority=parts.chain[0].subject.rfc4514_string(),
        gen_time=stamped.gen_time,
        accuracy=_accuracy(stamped.accuracy),
        policy=stamped.policy.dotted_string,
        serial=stamped.serial_number,
        expires_at=min(certificate.not_valid_after_utc for certificate in _path(parts.chain, roots)),
        digest=sha256(token).hexdigest(),
    )


def check_imprint(token: bytes, message: bytes) -> None:
    """Check that the token says that it is over the message, whoever signed it. Raises Unproven."""
    take_apart(token)
    try:
        imprint = rfc3161.decode_timestamp_response(as_response(token)).tst_info.message_imprint
    except ValueError as error:
        raise Unproven(_words(error)) from error
    hash_ = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if hash_ is None or hash_(message).digest() != imprint.message:
        raise Unproven("the timestamp is over something else")


def _words(error: Exception) -> str:
    return f"the timestamp does not hold: {' '.join(str(error).split())[:200]}"


def _verified(token: bytes, message: bytes, roots: Roots, nonce: int | None) -> rfc3161.TimeStampTokenInfo:
    try:
        response = rfc3161.decode_timestamp_response(as_response(token))
        stamped = response.tst_info
        rfc3161.VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(response, message)
    except (rfc3161.VerificationError, ValueError) as error:
        raise Unproven(_words(error)) from error
    return stamped


def _check_attributes(parts: Parts) -> None:
    attributes = _attributes(parts.signer.attributes)
    if attributes.get(_CONTENT_TYPE) != _TST_INFO:
        raise Unproven("the timestamp's signature is for another type of content")
    der_form = parts.chain[0].public_bytes(Encoding.DER)
    if _SIGNING_CERTIFICATE_V2 in attributes:
        algorithm, digest = _certificate_digest(attributes[_SIGNING_CERTIFICATE_V2])
        hash_ = _HASHES.get(algorithm.oid if algorithm else _SHA256)
    elif _SIGNING_CERTIFICATE in attributes:
        _, digest = _certificate_digest(attributes[_SIGNING_CERTIFICATE])
        hash_ = sha1
    else:
        raise Unproven("the timestamp does not sign which certificate it was made with")
    if hash_ is None or hash_(der_form).digest() != digest:
        raise Unproven("the timestamp was made with another certificate than the one that it brings")


def _attributes(octets: bytes) -> Mapping[str, bytes]:
    """The one value of each signed attribute (RFC 5652 §11)."""
    found: dict[str, bytes] = {}
    reader = Reader(octets).enter(der.context(0))
    while reader.peek() is not None:
        fields = reader.enter(der.SEQUENCE)
        type_, values = fields.oid(), fields.enter(der.SET)
        if type_ in found:
            raise Unproven("the timestamp signs an attribute twice")
        found[type_] = values.element()
        values.finish()
    return found


def _certificate_digest(attribute: bytes) -> tuple[AlgorithmIdentifier | None, bytes]:
    """The first ESSCertID or ESSCertIDv2 (RFC 5035 §4, §5): the signer's certificate."""
    identifier = Reader(attribute).enter(der.SEQUENCE).enter(der.SEQUENCE).enter(der.SEQUENCE)
    algorithm = identifier.algorithm() if identifier.peek() == der.SEQUENCE else None
    return algorithm, identifier.value(der.OCTET_STRING)


def _check_algorithms(signer: Signer) -> None:
    hash_ = _HASHES.get(signer.digest.oid)
    if hash_ is None or signer.algorithm.oid not in _SIGNATURES:
        raise Unproven("the timestamp is signed with an algorithm that is not accepted")
    if _SIGNATURES[signer.algorithm.oid] not in (None, hash_):
        raise Unproven("the timestamp names two hash algorithms for one signature")
    if any(identifier.parameters not in (b"", der.NULL) for identifier in (signer.digest, signer.algorithm)):
        raise Unproven("the timestamp names an algorithm with parameters that it does not have")


def _path(chain: Roots, roots: Roots) -> Roots:
    """The certificates below the root that stands behind them."""
    for length, certificate in enumerate(chain, start=1):
        if any(issued(certificate, root) for root in roots):
            return chain[:length]
    return chain


def _accuracy(accuracy: rfc3161.Accuracy | None) -> timedelta | None:
    if accuracy is None:
        return None
    return timedelta(
        seconds=accuracy.seconds or 0, milliseconds=accuracy.millis or 0, microseconds=accuracy.micros or 0
    )
