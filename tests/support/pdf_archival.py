"""What others than the signer append to a signed PDF: document timestamps, and what proves signatures later (DSS)."""

import functools
from collections.abc import Iterable
from io import BytesIO

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfTimeStamper, SimpleSigner, sign_pdf
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.support.certificates import certificate as made
from tests.support.certificates import der
from tests.support.gateway import certificate, private_key
from tests.support.pdf import appended


def _pkcs8(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


@functools.cache
def _authority() -> DummyTimeStamper:
    key = rsa.generate_private_key(65537, 2048)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    signer = asn1_x509.Certificate.load(der(made(key, usage, subject="CN=tsa")))
    return DummyTimeStamper(signer, _pkcs8(key))


def with_timestamp(pdf: bytes) -> bytes:
    """With a document timestamp over all of it."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    return bytes(PdfTimeStamper(_authority()).timestamp_pdf(writer, "sha256", None, in_place=False).getvalue())


def with_proofs(pdf: bytes) -> bytes:
    """With the signer's certificate in a document security store, then a timestamp."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        signer = asn1_x509.Certificate.load(certificate("acme"))
        DocumentSecurityStore.supply_dss_in_writer(writer, b"", certs=[signer])

    return with_timestamp(appended(pdf, change))


def signed_under(pdf: bytes, key: ec.EllipticCurvePrivateKey, chain: Iterable[bytes]) -> bytes:
    """Signed with the first of these certificates (in DER); the others are brought along."""
    first, *others = map(asn1_x509.Certificate.load, chain)
    brought = SimpleCertificateStore()
    brought.register_multiple(others)
    signer = SimpleSigner(signing_cert=first, signing_key=_pkcs8(key), cert_registry=brought)
    about = PdfSignatureMetadata(field_name="Signature", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    return bytes(sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), about, signer=signer, in_place=False).getvalue())


def signed_with(pdf: bytes, owner: str, *, subfilter: str, digest: str = "sha256") -> bytes:
    """Signed as other programs than ours do."""
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate(owner)),
        signing_key=_pkcs8(private_key(owner)),
        cert_registry=SimpleCertificateStore(),
    )
    about = PdfSignatureMetadata(
        field_name=f"By {owner}",
        md_algorithm=digest,
        subfilter=SigSeedSubFilter(f"/{subfilter}"),
    )
    return bytes(sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), about, signer=signer, in_place=False).getvalue())
