"""OCSP responses (RFC 6960): about one certificate, by its issuer or by a responder that the issuer named."""

import hashlib
import hmac
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, OCSPExtensionOID

from edi_gateway.model.trust import Standing

MAX_RESPONSE = 65_536
"""Bytes of one."""

_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512, hashes.SHA3_256, hashes.SHA3_384, hashes.SHA3_512)
_STATUS = {ocsp.OCSPCertStatus.GOOD: "good", ocsp.OCSPCertStatus.REVOKED: "revoked"}


def read_response(octets: bytes) -> ocsp.OCSPResponse:
    """Raises ValueError, in words, for what is none, or says nothing of exactly one certificate."""
    if len(octets) > MAX_RESPONSE:
        raise ValueError(f"an OCSP response has at most {MAX_RESPONSE} bytes here")
    try:
        response = ocsp.load_der_ocsp_response(octets)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise ValueError("the OCSP response is an error")
        if len(list(response.responses)) != 1:
            raise ValueError("the OCSP response is not of exactly one certificate")
        extensions = [*response.extensions, *response.single_extensions]
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise ValueError(f"it is not an OCSP response of use: {' '.join(str(error).split())[:200]}") from error
    if any(extension.critical and extension.oid != OCSPExtensionOID.NONCE for extension in extensions):
        raise ValueError("the OCSP response has a critical extension that is not known")
    return response


def check_response(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> None:
    """Raises ValueError, in words, unless it speaks of the issuer's certificates and one that may signed it (§3.2)."""
    if not _names(response, issuer):
        raise ValueError("the OCSP response is of another issuer's certificate")
    signer = _responder(response, issuer)
    if not _is_responder(response, signer):
        raise ValueError("the OCSP response names another responder than the one that signed it")
    _check_signature(response, signer)


def ask(octets: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> tuple[Standing, datetime | None]:
    """What a response says of a certificate that the issuer issued, and its nextUpdate.

    Raises ValueError, in words, where it says nothing of it.
    """
    response = read_response(octets)
    if response.serial_number != certificate.serial_number:
        raise ValueError("the OCSP response is of another certificate")
    check_response(response, issuer)
    status = _STATUS.get(response.certificate_status)
    if status is None:
        raise ValueError("the responder does not know the certificate")
    revoked_at = response.revocation_time_utc if status == "revoked" else None
    standing = Standing("", "revoked" if revoked_at else "good", as_of=response.this_update_utc, revoked_at=revoked_at)
    return standing, response.next_update_utc


def _names(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Whether its CertID (§4.1.1) has the hashes of the issuer's name and key."""
    name = hashes.Hash(response.hash_algorithm)
    name.update(issuer.subject.public_bytes())
    key = hashes.Hash(response.hash_algorithm)
    key.update(_key_bits(issuer))
    return hmac.compare_digest(name.finalize(), response.issuer_name_hash) and hmac.compare_digest(
        key.finalize(), response.issuer_key_hash
    )


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    """The issuer, or one in the response that the issuer itself made a responder (§4.2.2.2)."""
    if _is_responder(response, issuer):
        return issuer
    delegated = next((one for one in response.certificates if _is_responder(response, one)), None)
    if delegated is None:
        raise ValueError("the OCSP response does not bring its responder's certificate")
    try:
        delegated.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise ValueError("the OCSP responder's certificate is not by the issuer itself") from error
    _check_delegation(delegated, response.produced_at_utc)
    return delegated


def _check_delegation(delegated: x509.Certificate, produced_at: datetime) -> None:
    extensions = delegated.extensions
    try:
        usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        # §4.2.2.2.1: without it, somebody would have to be asked about the responder, and about whom they ask.
        extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound as error:
        raise ValueError("the OCSP responder's certificate lacks OCSPSigning or id-pkix-ocsp-nocheck") from error
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usages:
        raise ValueError("the OCSP responder's certificate is not for OCSPSigning")
    if not isinstance(delegated.signature_hash_algorithm, (*_HASHES, type(None))):
        raise ValueError("the OCSP responder's certificate is signed with a hash that is no longer accepted")
    if not delegated.not_valid_before_utc <= produced_at <= delegated.not_valid_after_utc:
        raise ValueError("the OCSP responder's certificate was not valid when it answered")


def _is_responder(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    # §4.2.1: KeyHash is SHA-1 by definition; it names, it protects nothing.
    return response.responder_key_hash == hashlib.sha1(_key_bits(certificate)).digest()  # noqa: S324 - a name


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The subjectPublicKey without tag, length and unused bits: what names of keys are hashes of."""
    match certificate.public_key():
        case rsa.RSAPublicKey() as key:
            return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
        case ec.EllipticCurvePublicKey() as key:
            return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey() as key:
            return key.public_bytes_raw()
    raise ValueError("keys of this type do not sign OCSP responses here")


def _check_signature(response: ocsp.OCSPResponse, signer: x509.Certificate) -> None:
    hash_, key = response.signature_hash_algorithm, signer.public_key()
    signature, message = response.signature, response.tbs_response_bytes
    if hash_ is not None and not isinstance(hash_, _HASHES):
        raise ValueError(f"the OCSP response is signed with {hash_.name}")
    try:
        match key:
            case rsa.RSAPublicKey() if hash_:
                key.verify(signature, message, padding.PKCS1v15(), hash_)
            case ec.EllipticCurvePublicKey() if hash_:
                key.verify(signature, message, ec.ECDSA(hash_))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, message)
            case _:
                raise ValueError("keys of its responder's type do not sign OCSP responses here")
    except (InvalidSignature, UnsupportedAlgorithm) as error:
        raise ValueError("the OCSP response's signature does not verify with its responder's key") from error
