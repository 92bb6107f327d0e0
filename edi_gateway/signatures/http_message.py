"""Signed requests (RFC 9421), in the one profile that is taken here.

One signature, over the method, where it is sent to and, if it has one, its body (by Content-Digest, RFC 9530); made a
moment ago, for a few minutes, with a nonce, by the key that it names.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO
from edi_gateway.model.partner import PublicKey
from edi_gateway.model.request import HttpRequest
from edi_gateway.signatures.policy import ALGORITHMS, check_signature, ecdsa_to_der
from edi_gateway.syntax.signature_base import DERIVED, signature_base
from edi_gateway.syntax.structured import Bare, InnerList, Item, parse_dictionary

LONGEST: Final = timedelta(minutes=5)
"""For which a signature may be good, from `created` to `expires`."""
SKEW: Final = timedelta(seconds=30)
"""By which the signer's clock may be ahead of ours."""
MAX_NONCE: Final = 128
MIN_NONCE: Final = 16
"""Characters."""

_ALGORITHMS: Final = {
    "ed25519": ("ed25519", None),
    "ecdsa-p256-sha256": ("ecdsa-sha256", "secp256r1"),
    "ecdsa-p384-sha384": ("ecdsa-sha384", "secp384r1"),
    "rsa-pss-sha512": ("rsa-pss-sha512", None),
    "rsa-v1_5-sha256": ("rsa-sha256", None),
}
"""RFC 9421 §3.3: by their names there, the policy's, and the curve of the key. HMAC is not taken."""

_PARAMETERS: Final = frozenset({"created", "expires", "nonce", "keyid", "alg", "tag"})
_TARGETS: Final = (frozenset({"@target-uri"}), frozenset({"@authority", "@path", "@query"}))


@dataclass(frozen=True, slots=True)
class HttpSignature:
    """What a request says of its signature; nothing is verified yet.

    `key` is a fingerprint, `content_digest` SHA-256 of the body where that is covered, `algorithm` a name of RFC 9421.
    """

    key: str
    nonce: str
    created: datetime
    expires: datetime
    algorithm: str | None
    components: tuple[str, ...]
    covered: InnerList
    value: bytes
    content_digest: bytes | None


def read_signature(request: HttpRequest, *, has_body: bool) -> HttpSignature:
    """The one signature of a request. Raises Rejection: `header-invalid`; `signature-profile` for another profile."""
    covered, value = _one(request)
    components = tuple(_component(item) for item in covered.items)
    if len(set(components)) != len(components):
        raise _refusal("covers a component twice")
    _check_coverage(components, has_body=has_body)
    said = covered.parameters
    if unknown := said.keys() - _PARAMETERS:
        raise _refusal(f"has parameters that are not known: {', '.join(sorted(unknown))[:MAX_ECHO]}")
    nonce, algorithm = _text(said.get("nonce"), "nonce"), said.get("alg")
    if not MIN_NONCE <= len(nonce) <= MAX_NONCE:
        raise _refusal(f"has a nonce of {MIN_NONCE} to {MAX_NONCE} characters")
    return HttpSignature(
        key=_text(said.get("keyid"), "keyid"),
        nonce=nonce,
        created=_moment(said.get("created"), "created"),
        expires=_moment(said.get("expires"), "expires"),
        algorithm=_text(algorithm, "alg") if algorithm is not None else None,
        components=components,
        covered=covered,
        value=value,
        content_digest=_content_digest(request) if "content-digest" in components else None,
    )


def check_moment(signature: HttpSignature, at: datetime) -> None:
    """Raises Rejection("signature-stale") unless it was made a moment ago, and for this moment."""
    created, expires = signature.created, signature.expires
    if not (created - SKEW <= at < expires and created < expires <= created + LONGEST):
        minutes = int(LONGEST.total_seconds() // 60)
        raise Rejection("signature-stale", f"A signature is good for {minutes} minutes at most, and for this moment.")


def verify_request(request: HttpRequest, signature: HttpSignature, key: PublicKey) -> str:
    """The algorithm, as the policy names it. Raises Rejection: `algorithm-unknown`, `signature-invalid`."""
    name = signature.algorithm or _algorithm_of(key)
    if name not in _ALGORITHMS:
        raise Rejection("algorithm-unknown", f"The algorithm {name[:MAX_ECHO]!a} signs no requests here.")
    algorithm, curve = _ALGORITHMS[name]
    value = signature.value
    if curve:
        if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != curve:
            raise Rejection("signature-invalid", f"The key that is named is none for {name}.")
        value = ecdsa_to_der(value, key)
    check_signature(ALGORITHMS[algorithm], key, value, signature_base(request, signature.components, signature.covered))
    return algorithm


def check_body(signature: HttpSignature, body: bytes) -> None:
    """Raises Rejection("signature-invalid") for another body than the one that was signed."""
    digest = sha256(body).digest()
    if signature.content_digest is not None and not hmac.compare_digest(signature.content_digest, digest):
        raise Rejection("signature-invalid", "The body is not the one that Content-Digest names.")
    if signature.content_digest is None and body:
        raise Rejection("signature-profile", "The signature does not cover the body: it lacks content-digest.")


def _one(request: HttpRequest) -> tuple[InnerList, bytes]:
    inputs, values = (parse_dictionary(", ".join(request.values(name))) for name in ("signature-input", "signature"))
    if len(inputs) != 1 or inputs.keys() != values.keys():
        raise _refusal("is one, under one label in Signature-Input and Signature")
    ((covered, value),) = zip(inputs.values(), values.values(), strict=True)
    if not isinstance(covered, InnerList) or not isinstance(value, Item) or not isinstance(value.value, bytes):
        raise _refusal("has a list in Signature-Input, and bytes in Signature")
    return covered, value.value


def _component(item: Item) -> str:
    name = item.value
    if type(name) is not str or item.parameters:
        raise _refusal("covers components by their names, without parameters")
    if name != name.lower() or (name.startswith("@") and name not in DERIVED):
        raise _refusal(f"covers {name[:MAX_ECHO]!a}, which is not known here")
    return name


def _check_coverage(components: tuple[str, ...], *, has_body: bool) -> None:
    if "@method" not in components or not any(target <= {*components} for target in _TARGETS):
        raise _refusal("covers @method, and @target-uri or @authority, @path and @query")
    if has_body and "content-digest" not in components:
        raise _refusal("covers content-digest, where there is a body")


def _content_digest(request: HttpRequest) -> bytes:
    """RFC 9530 §2: other digests beside SHA-256 are left alone."""
    found = parse_dictionary(", ".join(request.values("content-digest"))).get("sha-256")
    if not isinstance(found, Item) or not isinstance(found.value, bytes) or len(found.value) != sha256().digest_size:
        raise _refusal("covers a content-digest that has the body's sha-256")
    return found.value


def _algorithm_of(key: PublicKey) -> str:
    if isinstance(key, Ed25519PublicKey):
        return "ed25519"
    curves = {curve: name for name, (_, curve) in _ALGORITHMS.items() if curve}
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in curves:
        return curves[key.curve.name]
    raise _refusal("names its alg, where the key could be used with several or with none")


def _text(value: Bare | None, name: str) -> str:
    if type(value) is not str:
        raise _refusal(f"has the parameter {name}, a string")
    return value


def _moment(value: Bare | None, name: str) -> datetime:
    try:
        if type(value) is not int:
            raise ValueError("not an integer")
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _refusal(f"has the parameter {name}, in seconds since 1970") from error


def _refusal(which: str) -> Rejection:
    return Rejection("signature-profile", f"The request's signature is none that is taken here: one that {which}.")
