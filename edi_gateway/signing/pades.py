"""Sign PDFs as a partner's client does: PAdES (ETSI EN 319 142-1), the last signature over all of the file."""

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edi_gateway.errors import Misuse
from edi_gateway.syntax.pdf.places import places

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers import SimpleSigner

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def sign(pdf: bytes, private_key: SigningKey, certificate_der: bytes) -> bytes:
    """The PDF with one more signature appended, in an invisible field of its own; earlier ones stay as they are.

    SHA-256, on larger curves SHA-384 or SHA-512. Raises Misuse for a key of another kind, a certificate that isn't
    this key's, and what is no PDF, or an encrypted one.
    """
    # Here, not above: half a second and 50 MB, for those who sign PDFs.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf

    signer = _signer(private_key, certificate_der)
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        about = PdfSignatureMetadata(
            field_name=_unused(writer), md_algorithm=_hash(private_key), subfilter=SigSeedSubFilter.PADES
        )
        return bytes(sign_pdf(writer, about, signer=signer, in_place=False).getvalue())
    except (PdfError, SigningError) as error:
        raise Misuse(f"The PDF can't be signed: {error}") from error


def is_signed(pdf: bytes, certificate_der: bytes) -> bool:
    """Whether the last signature in it, over all of it, brings this certificate."""
    last = next(reversed(places(pdf)), None)
    return last is not None and last.end == len(pdf) and certificate_der in last.value(pdf)


def _signer(private_key: SigningKey, certificate_der: bytes) -> "SimpleSigner":
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    if not isinstance(private_key, SigningKey):
        raise Misuse("PDFs are signed with an RSA, an elliptic curve or an Ed25519 key here.")
    if x509.load_der_x509_certificate(certificate_der).public_key() != private_key.public_key():
        raise Misuse("The certificate is not this key's.")
    pkcs8 = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate_der),
        signing_key=keys.PrivateKeyInfo.load(pkcs8),
        cert_registry=SimpleCertificateStore(),
    )


def _unused(writer: "IncrementalPdfFileWriter") -> str:
    """A name that no field has."""
    taken = set(_fields(writer))
    return next(name for number in range(1, len(taken) + 2) if (name := f"Signature{number}") not in taken)


def _fields(writer: "IncrementalPdfFileWriter") -> Iterator[str]:
    from pyhanko.sign.fields import enumerate_sig_fields

    yield from (str(name) for name, *_ in enumerate_sig_fields(writer))


def _hash(private_key: SigningKey) -> str:
    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        return "sha512"  # RFC 8419 §3.1
    size = private_key.curve.key_size if isinstance(private_key, ec.EllipticCurvePrivateKey) else 0
    return "sha256" if size <= 256 else "sha384" if size <= 384 else "sha512"
