"""Documents signed with keys that nobody enrolled: a root vouches for them."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from lxml import etree

from edi_gateway.gateway import Gateway
from edi_gateway.model.record import Recorded
from edi_gateway.model.transmission import Transmission
from edi_gateway.model.trust import Grant, TrustRoot
from edi_gateway.signing import xmldsig
from edi_gateway.syntax.xml import DS
from edi_gateway.workflows import revocations, trust
from edi_gateway.workflows.check_evidence import CheckedEvidence
from tests.support import jws, pki
from tests.support.gateway import NOW, name_in_pdf
from tests.support.pki import Issued

CMS = (pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities)


def trusted(gateway: Gateway, root: Issued, name: str = "acme-ca", **limits: Any) -> TrustRoot:
    """Trust a root."""
    gateway.record(trust.add_root(trust.read_root(name, root.pem, **limits), gateway.office("anna")))
    return gateway.directory.refreshed().trust.roots[name]


def granted(gateway: Gateway, partner: str, kind: str, value: str, root: str = "acme-ca") -> Grant:
    """Let certificates under the root speak for a partner."""
    done = gateway.record(trust.grant(partner, root, kind, value, gateway.office("anna")))
    found = gateway.directory.refreshed().trust.grant(done.id)
    assert found
    return found


def known(gateway: Gateway, *octets: bytes, issuer: Issued | None = None) -> None:
    """Keep CRLs and OCSP responses; `issuer` is who signed them, where that is not a root."""
    for one in octets:
        given = issuer.pem if issuer else None
        assert revocations.add(one, given, gateway.revoking("anna"))


def vouching_for_globex(gateway: Gateway, root: Issued, between: Issued, subject: str) -> Gateway:
    """globex may sign with certificates of one subject, under a root that wants to know of revocations."""
    trusted(gateway, root)
    granted(gateway, "globex", "subject", subject)
    known(gateway, pki.crl(root))
    known(gateway, pki.crl(between), issuer=between)
    return gateway


def point(checked: CheckedEvidence, check: str) -> str:
    """What a check of evidence says of one point."""
    return next(one.says for one in checked.checked if one.check == check)


def signed(
    document: bytes, by: Issued, format: str = "xmldsig", *, at: datetime = NOW, brings: int = 9
) -> Transmission:
    """A document with the certificates of the signer and of those above it: as many as it `brings`."""
    chain = by.chain[:brings]
    match format:
        case "xmldsig":
            return _arrived(_with_certificates(xmldsig.sign(document, by.key, by.der), chain), "application/xml", at)
        case "jws":
            x5c = [b64encode(one.der).decode() for one in chain]
            return _arrived(jws.token({"alg": "ES256", "x5c": x5c}, by.key, document), "application/jose", at)
        case "pades":
            return _arrived(_in_pdf(document, by, chain), "application/pdf", at)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(document).add_signer(by.certificate, by.key, hashes.SHA256())
    for one in chain[1:]:
        builder = builder.add_certificate(one.certificate)
    return _arrived(builder.sign(Encoding.DER, CMS), "application/cms", at)


def _in_pdf(document: bytes, by: Issued, chain: tuple[Issued, ...]) -> bytes:
    from tests.support import pdf, pdf_archival  # with pyHanko, which takes half a second

    carrying = pdf.with_file(pdf.page(), name_in_pdf(document), document)
    return pdf_archival.signed_under(carrying, by.key, (one.der for one in chain))


def _with_certificates(body: bytes, chain: tuple[Issued, ...]) -> bytes:
    """The KeyInfo is not signed: anybody may add to it."""
    tree = etree.fromstring(body)
    (data,) = tree.iter(f"{{{DS}}}X509Data")
    for one in chain[1:]:
        etree.SubElement(data, f"{{{DS}}}X509Certificate").text = b64encode(one.der).decode()
    return etree.tostring(tree)


def _arrived(body: bytes, content_type: str, at: datetime) -> Transmission:
    return Transmission(body, content_type, at, {"content-type": content_type}, "192.0.2.1")


def posted(gateway: Gateway, transmission: Transmission) -> Recorded:
    return gateway.record(gateway.examine(transmission))
