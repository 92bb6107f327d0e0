"""The algorithm identifiers of CMS (RFC 3370, 4056, 5754, 8419, 9688, 9882) and the names that the policy has for them.

An identifier that isn't here is `algorithm-unknown`; parameters other than the standards fix are `signature-profile`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import AlgorithmIdentifier
from edi_gateway.signatures.policy import ALGORITHMS, Algorithm
from edi_gateway.syntax import der

_NIST_HASHES = "2.16.840.1.101.3.4.2."
_NIST_SIGNATURES = "2.16.840.1.101.3.4.3."
_PKCS1 = "1.2.840.113549.1.1."
_ECDSA = "1.2.840.10045.4."

DIGEST_NAMES: Mapping[str, str] = MappingProxyType(
    {
        _NIST_HASHES + "1": "sha256",
        _NIST_HASHES + "2": "sha384",
        _NIST_HASHES + "3": "sha512",
        _NIST_HASHES + "4": "sha224",
        _NIST_HASHES + "8": "sha3-256",
        _NIST_HASHES + "9": "sha3-384",
        _NIST_HASHES + "10": "sha3-512",
        _NIST_HASHES + "12": "shake256",
        "1.3.14.3.2.26": "sha1",
        "1.2.840.113549.2.5": "md5",
    }
)
SIGNATURE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        _PKCS1 + "4": "rsa-md5",
        _PKCS1 + "5": "rsa-sha1",
        _PKCS1 + "11": "rsa-sha256",
        _PKCS1 + "12": "rsa-sha384",
        _PKCS1 + "13": "rsa-sha512",
        _PKCS1 + "14": "rsa-sha224",
        _NIST_SIGNATURES + "14": "rsa-sha3-256",
        _NIST_SIGNATURES + "15": "rsa-sha3-384",
        _NIST_SIGNATURES + "16": "rsa-sha3-512",
        _ECDSA + "1": "ecdsa-sha1",
        _ECDSA + "3.1": "ecdsa-sha224",
        _ECDSA + "3.2": "ecdsa-sha256",
        _ECDSA + "3.3": "ecdsa-sha384",
        _ECDSA + "3.4": "ecdsa-sha512",
        _NIST_SIGNATURES + "10": "ecdsa-sha3-256",
        _NIST_SIGNATURES + "11": "ecdsa-sha3-384",
        _NIST_SIGNATURES + "12": "ecdsa-sha3-512",
        "1.3.101.112": "ed25519",
        "1.3.101.113": "ed448",
        _NIST_SIGNATURES + "17": "ml-dsa-44",
        _NIST_SIGNATURES + "18": "ml-dsa-65",
        _NIST_SIGNATURES + "19": "ml-dsa-87",
    }
)
_RSA_ENCRYPTION = _PKCS1 + "1"
_MGF1 = _PKCS1 + "8"
_RSASSA_PSS = _PKCS1 + "10"
_SHAKE256_LEN = AlgorithmIdentifier(_NIST_HASHES + "18", b"\x02\x02\x02\x00")
# RFC 4055 §3.1: what RSASSA-PSS-params leave out.
_SHA1 = AlgorithmIdentifier("1.3.14.3.2.26", der.NULL)
_MGF1_SHA1 = AlgorithmIdentifier(_MGF1, b"\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00")
# RFC 8419 §2.3: with signed attributes, each has its one message digest.
_DIGEST_OF = {"ed25519": "sha512", "ed448": "shake256"}


def digest_name(identifier: AlgorithmIdentifier) -> str:
    """The name in `policy.DIGESTS` of a digest algorithm; its parameters are absent or NULL (RFC 5754 §2)."""
    if identifier == _SHAKE256_LEN:
        return "shake256"
    name = DIGEST_NAMES.get(identifier.oid)
    if name is None:
        raise Rejection("algorithm-unknown", f"The digest algorithm {identifier.oid[:200]} is not verified here.")
    if identifier.parameters not in (b"", der.NULL):
        raise Rejection("signature-profile", f"The digest algorithm {name} has no parameters.")
    return name


def signature_algorithm(identifier: AlgorithmIdentifier, digest: str) -> Algorithm:
    """The policy's algorithm for a SignerInfo's signatureAlgorithm, whose own hash must be `digest` (RFC 5754 §3)."""
    name = _signature_name(identifier, digest)
    algorithm = ALGORITHMS.get(name)
    if algorithm is None:
        raise Rejection("algorithm-unknown", f"The signature algorithm {name[:200]} is not verified here.")
    hashed_with = _DIGEST_OF.get(name) if algorithm.hash is None else name.removeprefix(f"{algorithm.family}-")
    if hashed_with not in (None, digest):
        raise Rejection("signature-profile", f"The signature algorithm {name} doesn't go with the digest {digest}.")
    return algorithm


def _signature_name(identifier: AlgorithmIdentifier, digest: str) -> str:
    if identifier.oid == _RSASSA_PSS:
        return f"rsa-pss-{_pss_hash(identifier.parameters)}"
    # RFC 3370 §3.2: the hash is then the one of the digestAlgorithm.
    name = f"rsa-{digest}" if identifier.oid == _RSA_ENCRYPTION else SIGNATURE_NAMES.get(identifier.oid, identifier.oid)
    allowed = (b"", der.NULL) if name.startswith("rsa-") else (b"",)
    if name in ALGORITHMS and identifier.parameters not in allowed:
        raise Rejection("signature-profile", f"The signature algorithm {name} has no parameters.")
    return name


def _pss_hash(parameters: bytes) -> str:
    """RSASSA-PSS-params (RFC 4055 §3.1): MGF1 with the same hash, a salt as long as the hash, trailer 1."""
    outer = der.Reader(parameters)
    fields = outer.enter(der.SEQUENCE)
    outer.finish()
    hash_ = _explicit_algorithm(fields.optional(der.context(0)), _SHA1)
    mask = _explicit_algorithm(fields.optional(der.context(1)), _MGF1_SHA1)
    salt = _explicit_integer(fields.optional(der.context(2)), 20)
    trailer = _explicit_integer(fields.optional(der.context(3)), 1)
    fields.finish()
    name = digest_name(hash_)
    algorithm = ALGORITHMS.get(f"rsa-pss-{name}")
    if algorithm is None or algorithm.hash is None:
        raise Rejection("algorithm-unknown", f"RSASSA-PSS with {name} is not verified here.")
    if digest_name(_mask_hash(mask)) != name or salt != algorithm.hash.digest_size or trailer != 1:
        raise Rejection("signature-profile", "RSASSA-PSS needs MGF1 with its own hash and a salt as long as the hash.")
    return name


def _mask_hash(mask: AlgorithmIdentifier) -> AlgorithmIdentifier:
    """The hash that a mask generation function takes as its parameter."""
    if mask.oid != _MGF1:
        raise Rejection("algorithm-unknown", f"The mask generation function {mask.oid[:200]} is not verified here.")
    parameters = der.Reader(mask.parameters)
    hash_ = parameters.algorithm()
    parameters.finish()
    return hash_


def _explicit_algorithm(field: der.Reader | None, default: AlgorithmIdentifier) -> AlgorithmIdentifier:
    if field is None:
        return default
    identifier = field.algorithm()
    field.finish()
    return identifier


def _explicit_integer(field: der.Reader | None, default: int) -> int:
    if field is None:
        return default
    number = field.integer()
    field.finish()
    return number
