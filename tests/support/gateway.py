"""A small gateway with two partners, acme (who sells) and globex (who buys), and signed documents for them to send."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.demo import documents
from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.documents import schema
from edi_gateway.gateway import Gateway, build
from edi_gateway.installation import initialise
from edi_gateway.model.moment import Clock
from edi_gateway.model.partner import Identifier, PublicKey
from edi_gateway.model.record import Recorded
from edi_gateway.model.transmission import Transmission
from edi_gateway.settings import load
from edi_gateway.signing import cms, jws, xmldsig
from edi_gateway.workflows import enrol as enrolling

ORIGIN = "localhost/ledger"
"""The name of a ledger that is given none."""

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACME_ID = f"0088:{ACME.gln}"
GLOBEX_ID = f"0088:{GLOBEX.gln}"

ORDER_X = (schema.folder().parent / "docs" / "examples" / "order-x.xml").read_bytes()
"""An order of globex's, PO-1003, in Order-X."""

Format = Literal["xmldsig", "cms", "smime", "jws", "jws-flattened", "pades"]


class Ticking:
    """A clock that starts at NOW and moves a millisecond whenever it is read: ids sort in the order of their making."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@functools.cache
def private_key(owner: str) -> ec.EllipticCurvePrivateKey:
    """One P-256 key for each owner in a test run."""
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def certificate(owner: str) -> bytes:
    """A self-signed DER certificate for the owner's key, valid from the day before NOW for two years."""
    key = private_key(owner)
    name = x509.Name.from_rfc4514_string(f"CN={owner}")
    since = NOW - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, since, since + timedelta(days=730))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def pem(owner: str) -> bytes:
    return private_key(owner).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def make_gateway(path: Path, url: str | None = None, clock: Clock | None = None, **settings: object) -> Gateway:
    """A new gateway without partners, on SQLite in `path` or in the empty database of `url`. The caller closes it."""
    chosen = load(data_dir=path, database_url=url, **settings)
    initialise(chosen)
    return build(chosen, clock or Ticking())


def reopened(gateway: Gateway) -> Gateway:
    """Another gateway on the same database, as another process has it."""
    settings = load(data_dir=gateway.settings.data_dir, database_url=gateway.settings.database_url)
    return build(settings, Ticking())


def enrol(gateway: Gateway, id: str, identifier: str, public_key: PublicKey | bytes | None = None) -> Recorded:
    """Enrol a partner, and a key (or DER certificate) if one is given. Two entries in the ledger, or one."""
    identifiers = [Identifier.parse(identifier)]
    added = gateway.record(enrolling.add_partner(id, id.title(), identifiers, gateway.office()))
    return added if public_key is None else enrol_key(gateway, id, public_key)


def enrol_key(
    gateway: Gateway,
    partner: str,
    public_key: PublicKey | bytes,
    window: tuple[datetime | None, datetime | None] = (None, None),
) -> Recorded:
    if not isinstance(public_key, bytes):
        public_key = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return gateway.record(enrolling.add_key(partner, public_key, window, gateway.office()))


def suspend(gateway: Gateway, partner: str, suspended: bool = True) -> Recorded:
    recorded = gateway.record(enrolling.suspend(partner, suspended, gateway.office()))
    gateway.directory.refreshed()
    return recorded


def enrol_both(gateway: Gateway) -> None:
    """acme and globex with a certificate each: four entries."""
    enrol(gateway, "acme", ACME_ID, certificate("acme"))
    enrol(gateway, "globex", GLOBEX_ID, certificate("globex"))
    gateway.directory.refreshed()


def signed(document: bytes, owner: str, format: Format = "xmldsig") -> tuple[str, bytes]:
    """The content type and the body of a POST: `document` signed with the owner's key."""
    key, der = private_key(owner), certificate(owner)
    media_type = "application/json" if document.lstrip()[:1] == b"{" else "application/xml"
    match format:
        case "xmldsig":
            return "application/xml", xmldsig.sign(document, key, der)
        case "cms":
            return "application/cms", cms.sign(document, key, der)
        case "smime":
            return cms.sign_smime(document, media_type, key, der)
        case "jws":
            return "application/jose", jws.sign(document, key)
        case "jws-flattened":
            return "application/jose+json", jws.sign(document, key, flattened=True)
        case "pades":
            return "application/pdf", _in_pdf(document, owner)


def _in_pdf(document: bytes, owner: str) -> bytes:
    from tests.support import pdf  # with pyHanko, which takes half a second

    return pdf.signed_by(pdf.with_file(pdf.page(), name_in_pdf(document), document), owner)


def name_in_pdf(document: bytes) -> str:
    """What a file inside a PDF is called that holds such a document."""
    if document.lstrip()[:1] == b"{":
        return "contract.json"
    return "order-x.xml" if b"SCRDMCCBDACIOMessageStructure" in document else "factur-x.xml"


def transmission(
    document: bytes,
    owner: str,
    format: Format = "xmldsig",
    *,
    at: datetime = NOW,
    headers: Mapping[str, str] | None = None,
) -> Transmission:
    """A document, signed by its sender, as it arrives at the door."""
    content_type, body = signed(document, owner, format)
    return Transmission(body, content_type, at, {"content-type": content_type, **(headers or {})}, "192.0.2.1")


def order(number: str = "PO-1001", contract: str = documents.CONTRACT) -> bytes:
    """An order, globex's to sign."""
    return documents.order(number, GLOBEX, ACME, contract=contract)


def order_in(format: str, number: str) -> bytes:
    """An order that may be signed so, globex's to sign: a PDF carries none but Order-X."""
    return ORDER_X.replace(b"PO-1003", number.encode()) if format == "pades" else order(number)


def order_response(number: str = "OR-1", order: str = "PO-1001") -> bytes:
    """An order response, acme's to sign."""
    return documents.order_response(number, order, GLOBEX, ACME)


def invoice(number: str = "INV-1", order: str = "PO-1001") -> bytes:
    """An invoice, acme's to sign."""
    return documents.invoice(number, order, GLOBEX, ACME)


def contract(number: str = documents.CONTRACT, version: int = 1) -> bytes:
    """A contract record, acme's to sign."""
    return documents.contract(number, GLOBEX, ACME, version=version)
