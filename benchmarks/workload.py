"""The unit of every figure: an invoice of about 10 kB with an enveloped XMLDSig signature; each has its own number.

It claims to keep no rules beyond its schema: what those of EN 16931 take is measured by itself (`benchmarks.rules`).
"""

import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from edi_gateway.demo.documents import invoice
from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.gateway import Gateway, build
from edi_gateway.installation import initialise
from edi_gateway.model.partner import Identifier
from edi_gateway.model.transmission import Transmission
from edi_gateway.settings import Settings, load
from edi_gateway.signing import xmldsig
from edi_gateway.workflows import enrol

_COMMIT = 16

_CLAIM, _NO_CLAIM = b">urn:cen.eu:en16931:2017#", b">urn:example.com:billing#"


@dataclass(frozen=True)
class Signer:
    """A partner's key (PKCS#8) and certificate, in DER: plain bytes, so that they travel between processes."""

    private: bytes
    certificate: bytes


def signer(kind: str) -> Signer:
    """A new key and its self-signed certificate: `rsa-2048` or `p-256`."""
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa-2048" else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "benchmark")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Signer(private, certificate.public_bytes(Encoding.DER))


def invoices(signer: Signer, prefix: str, count: int) -> list[bytes]:
    """Signed invoices, made on all cores."""
    share = -(-count // 4)
    with ProcessPoolExecutor(2) as pool:
        parts = [
            pool.submit(_invoices, signer, prefix, start, min(share, count - start)) for start in range(0, count, share)
        ]
        return [document for part in parts for document in part.result()]


def _invoices(signer: Signer, prefix: str, start: int, count: int) -> list[bytes]:
    key = load_der_private_key(signer.private, None)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    marker = "INV-000000-000000"
    template = invoice(marker, "PO-1", buyer=GLOBEX, seller=ACME).replace(_CLAIM, _NO_CLAIM)
    return [
        xmldsig.sign(template.replace(marker.encode(), f"{prefix}-{number:06}".encode()), key, signer.certificate)
        for number in range(start, start + count)
    ]


def new_gateway(folder: Path, *signers: Signer) -> Settings:
    """A fresh gateway in `folder` that knows both partners and the signers' keys."""
    shutil.rmtree(folder, ignore_errors=True)
    settings = load(data_dir=folder)
    initialise(settings)
    gateway = build(settings)
    for id, company in (("acme", ACME), ("globex", GLOBEX)):
        identifiers = [Identifier("0088", company.gln)]
        gateway.record(enrol.add_partner(id, company.name, identifiers, gateway.office()))
    for one in signers:
        gateway.record(enrol.add_key("acme", one.certificate, (None, None), gateway.office()))
    gateway.close()
    return settings


def recorded(gateway: Gateway, documents: list[bytes]) -> list[bytes]:
    """Have documents accepted, in commits of sixteen, as under load; gives their receipts."""
    now, headers = gateway.clock(), {"content-type": "application/xml"}
    arrived = [Transmission(body, "application/xml", now, headers) for body in documents]
    receipts = []
    for start in range(0, len(arrived), _COMMIT):
        examined = [gateway.examine(one) for one in arrived[start : start + _COMMIT]]
        if any(one.verdict != "accepted" for one in examined):
            raise SystemExit("not every document was accepted")
        for one in gateway.recorder.record(examined):
            if isinstance(one, Exception):
                raise one
            receipts.append(one.receipt)
    return receipts
