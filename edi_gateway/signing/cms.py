"""Make CMS and S/MIME signatures, as a partner's client does."""

import base64
import re
import secrets

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from edi_gateway.errors import Misuse

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_OPTIONS = (pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities)
_MEDIA_TYPE = re.compile(r"[a-z]+/[0-9a-z.+-]+")


def sign(content: bytes, private_key: SigningKey, certificate_der: bytes) -> bytes:
    """A SignedData in DER with `content` inside (RFC 5652 §5), for `Content-Type: application/cms`.

    SHA-256, on larger curves SHA-384 or SHA-512; RSA with PKCS #1 v1.5. Misuse for a key of another kind or a
    certificate that isn't this key's.
    """
    return _builder(content, private_key, certificate_der).sign(Encoding.DER, _OPTIONS)


def sign_smime(content: bytes, media_type: str, private_key: SigningKey, certificate_der: bytes) -> tuple[str, bytes]:
    """A multipart/signed message (RFC 8551 §3.5.3): its Content-Type, and its body.

    The document travels in base64, whose octets no relay has a reason to touch (RFC 8551 §3.1.3).
    """
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise Misuse(f"{media_type[:200]!r} is not a media type without parameters.")
    document = _part({"Content-Type": media_type}, content)
    options = (*_OPTIONS, pkcs7.PKCS7Options.DetachedSignature)
    detached = _builder(document, private_key, certificate_der).sign(Encoding.DER, options)
    signature = _part(
        {
            "Content-Type": "application/pkcs7-signature; name=smime.p7s",
            "Content-Disposition": "attachment; filename=smime.p7s",
        },
        detached,
    )
    boundary = secrets.token_hex(16)
    delimiter = b"--" + boundary.encode()
    body = b"\r\n".join((delimiter, document, delimiter, signature, delimiter + b"--", b""))
    micalg = _hash(private_key).name.replace("sha", "sha-")
    protocol = "application/pkcs7-signature"
    return f'multipart/signed; protocol="{protocol}"; micalg={micalg}; boundary="{boundary}"', body


def _builder(content: bytes, private_key: SigningKey, certificate_der: bytes) -> pkcs7.PKCS7SignatureBuilder:
    certificate = x509.load_der_x509_certificate(certificate_der)
    if not isinstance(private_key, SigningKey):
        raise Misuse("CMS is signed with an RSA or an elliptic curve key here.")
    if certificate.public_key() != private_key.public_key():
        raise Misuse("The certificate is not this key's.")
    return pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, private_key, _hash(private_key))


def _hash(private_key: SigningKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    size = private_key.curve.key_size if isinstance(private_key, ec.EllipticCurvePrivateKey) else 0
    return hashes.SHA256() if size <= 256 else hashes.SHA384() if size <= 384 else hashes.SHA512()


def _part(fields: dict[str, str], content: bytes) -> bytes:
    """A MIME part in base64; its last line has no line end, which is the boundary's."""
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    body = base64.encodebytes(content).rstrip(b"\n").replace(b"\n", b"\r\n")
    return header.encode("ascii") + b"Content-Transfer-Encoding: base64\r\n\r\n" + body
