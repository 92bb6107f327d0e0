"""JSON Web Signature (RFC 7515) around a document: the compact and the flattened form, payload inside."""

import hashlib
import re
from collections.abc import Mapping
from typing import NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Envelope, JwsSigned, KeyName, Transmission
from edi_gateway.syntax import base64, json
from edi_gateway.syntax.json import JsonValue

MAX_HEADER = 65_536
"""Characters of the encoded protected header: sixteen certificates fit."""
MAX_CERTIFICATES = 16

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_JSON_TYPE = re.compile(r"(?:application/)?([a-z0-9][a-z0-9.+-]{0,100}\+json|json)", re.IGNORECASE | re.ASCII)
# A key that the sender brings along, or an address to fetch one from, proves nothing (RFC 8725 §3.10).
_BROUGHT_KEYS = ("jwk", "jku", "x5u")
# RFC 7515 §4.1.11 and RFC 7797 §6: these have a meaning only where the signature covers them.
_PROTECTED_ONLY = ("crit", "b64")


def unwrap(transmission: Transmission) -> Envelope:
    """Take apart `application/jose` (compact) or `application/jose+json` (flattened). Nothing is verified here.

    Raises Rejection: `not-json` and `not-jws` for what can't be parsed, `unsigned` without a signature, and
    `signature-profile` for a JWS that is built as RFC 7515 allows, but not as the gateway reads it.
    """
    media_type = transmission.content_type.partition(";")[0].strip().lower()
    parts = _flattened(transmission.body) if media_type == "application/jose+json" else _compact(transmission.body)
    protected, payload, signature = parts
    if not signature:
        raise Rejection("unsigned", "The JWS has an empty signature.")
    if not payload:
        raise Rejection("signature-profile", "The JWS has no payload; a detached one is not accepted.")
    header = _header(protected)
    _check_profile(header)
    signed = JwsSigned(
        header=header,
        signing_input=protected + b"." + payload,
        payload=_octets(payload, "payload"),
        signature=_octets(signature, "signature"),
    )
    return Envelope("jws", _payload_type(header), _key_names(header), signed)


def _malformed(detail: str) -> NoReturn:
    raise Rejection("not-jws", detail)


def _compact(body: bytes) -> tuple[bytes, bytes, bytes]:
    parts = body.split(b".", 3)
    if len(parts) != 3:
        _malformed("A compact JWS has three parts, separated by two dots (RFC 7515 §7.1).")
    return parts[0], parts[1], parts[2]


def _flattened(body: bytes) -> tuple[bytes, bytes, bytes]:
    members = json.parse(body)
    if not isinstance(members, dict):
        _malformed("A JWS in JSON is an object.")
    if "signatures" in members:
        # RFC 7515 §7.2.2: the two forms exclude each other, and an empty list must not pass for a verified one.
        raise Rejection("signature-profile", "The general JSON form is not accepted; use the flattened form.")
    protected, payload, signature = (_member(members, name) for name in ("protected", "payload", "signature"))
    _check_unprotected(members.get("header", {}), protected)
    return protected, payload, signature


def _member(members: Mapping[str, JsonValue], name: str) -> bytes:
    value = members.get(name, "")
    if not isinstance(value, str) or not value.isascii():
        _malformed(f"The member {name} must be a base64url string (RFC 7515 §7.2.2).")
    return value.encode("ascii")


def _check_unprotected(unprotected: JsonValue, protected: bytes) -> None:
    """RFC 7515 §7.2.1: names in the two headers are disjoint. Nothing in the unprotected one is used."""
    if not isinstance(unprotected, dict):
        _malformed("The unprotected header must be an object.")
    if unprotected and any(name in unprotected for name in (*_header(protected), *_PROTECTED_ONLY)):
        _malformed("The unprotected header repeats a protected name, or holds one that must be protected.")


def _octets(text: bytes, part: str) -> bytes:
    try:
        return base64.decode_url(text)
    except ValueError as error:
        raise Rejection("not-jws", f"The {part} is not base64url without padding (RFC 7515 §2).") from error


def _header(protected: bytes) -> dict[str, JsonValue]:
    if not protected or len(protected) > MAX_HEADER:
        _malformed(f"A protected header of at most {MAX_HEADER} characters is required.")
    try:
        header = json.parse(_octets(protected, "protected header"))
    except Rejection as error:
        raise Rejection("not-jws", f"Protected header: {error.detail}") from error
    if not isinstance(header, dict):
        _malformed("The protected header is not an object.")
    return header


def _check_profile(header: Mapping[str, JsonValue]) -> None:
    if not _text(header, "alg"):
        _malformed("The protected header must hold alg (RFC 7515 §4.1.1).")
    if "crit" in header:
        # No extension is understood, and an empty or registered name is an error anyway (RFC 7515 §4.1.11).
        raise Rejection("signature-profile", "The header names critical extensions (crit); none is supported.")
    if header.get("b64", True) is not True:
        raise Rejection("signature-profile", "An unencoded payload (b64, RFC 7797) is not accepted.")
    if brought := next((name for name in _BROUGHT_KEYS if name in header), None):
        raise Rejection("signature-profile", f"The header brings its own key ({brought}); name it by kid instead.")


def _text(header: Mapping[str, JsonValue], name: str) -> str | None:
    value = header.get(name)
    if name in header and not isinstance(value, str):
        _malformed(f"The header parameter {name} must be a string.")
    return value if isinstance(value, str) else None


def _payload_type(header: Mapping[str, JsonValue]) -> str:
    """RFC 7515 §4.1.10 leaves out `application/`. Only JSON travels in a JWS here, whatever else `cty` may say."""
    match = _JSON_TYPE.fullmatch(_text(header, "cty") or "")
    return f"application/{match[1].lower()}" if match else "application/json"


def _key_names(header: Mapping[str, JsonValue]) -> tuple[KeyName, ...]:
    """Names that select among registered keys. A `kid` that isn't a fingerprint is no name: nothing is looked up."""
    chain = certificates(header)
    fingerprints = [_fingerprint(chain[0])] if chain else []
    digests = [hashlib.sha256(chain[0]).hexdigest()] if chain else []
    kid, thumbprint = _text(header, "kid"), _text(header, "x5t#S256")
    if kid is not None and _FINGERPRINT.fullmatch(kid):
        fingerprints.append(kid)
    if thumbprint is not None:
        digests.append(_thumbprint(thumbprint))
    if len(set(fingerprints)) > 1 or len(set(digests)) > 1:
        raise Rejection("signature-profile", "kid, x5c and x5t#S256 name different keys.")
    named = [KeyName("fingerprint", value) for value in fingerprints]
    return tuple(dict.fromkeys(named + [KeyName("certificate", value) for value in digests]))


def _thumbprint(text: str) -> str:
    octets = _octets(text.encode("utf-8"), "parameter x5t#S256")
    if len(octets) != hashlib.sha256().digest_size:
        _malformed("The parameter x5t#S256 is not a SHA-256 digest (RFC 7515 §4.1.8).")
    return octets.hex()


def certificates(header: Mapping[str, object]) -> tuple[bytes, ...]:
    """The DER certificates of `x5c` (RFC 7515 §4.1.6: standard base64, the signer's first)."""
    if "x5c" not in header:
        return ()
    members = header["x5c"]
    texts = [text for text in members if isinstance(text, str)] if isinstance(members, list) else []
    if texts != members or not 0 < len(texts) <= MAX_CERTIFICATES:
        raise Rejection("signature-profile", f"x5c must be a list of 1 to {MAX_CERTIFICATES} base64 strings.")
    try:
        return tuple(base64.decode(text.encode("ascii")) for text in texts)
    except ValueError as error:
        raise Rejection("not-jws", "x5c holds something else than base64 (RFC 7515 §4.1.6).") from error


def _fingerprint(certificate: bytes) -> str:
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
        return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Rejection("signature-profile", "The first certificate of x5c can't be read.") from error
