"""Strangers at both ends: openssl and xmlsec1 sign, the command serves, and Go checks what is in the ledger."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from edi_gateway.demo import documents
from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.receipts.statement import commit
from edi_gateway.workflows.check import check_receipt
from tests.support import programs
from tests.support.gosumdb import build
from tests.support.servers import serving

pytestmark = [
    pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl: apt-get install openssl"),
    pytest.mark.skipif(not shutil.which("xmlsec1"), reason="needs xmlsec1: apt-get install xmlsec1"),
]

# What an ERP's template looks like: xmlsec1 fills in the digest, the signature and the certificate.
TEMPLATE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
<ds:Reference URI=""><ds:Transforms>
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>
<ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature>"""


@dataclass(frozen=True)
class Live:
    """A gateway that serves, and a folder with the partners' keys and certificates, all made by openssl."""

    folder: Path
    url: str
    vkey: str

    def post(self, body: bytes, content_type: str) -> httpx.Response:
        return httpx.post(f"{self.url}/v1/documents", content=body, headers={"Content-Type": content_type})


def _run(folder: Path, *command: str) -> bytes:
    done = programs.run(command, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strangers")


@pytest.fixture(scope="module")
def edi_gateway(folder: Path) -> Callable[..., bytes]:
    return lambda *arguments: _run(folder, sys.executable, "-m", "edi_gateway", "--data-dir", "gw", *arguments)


@pytest.fixture(scope="module")
def live(edi_gateway: Callable[..., bytes], folder: Path) -> Iterator[Live]:
    edi_gateway("init")
    for id, company, kind in (
        ("acme", ACME, ["rsa:3072"]),
        ("globex", GLOBEX, ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ):
        made = ["openssl", "req", "-x509", "-noenc", "-newkey", *kind, "-subj", f"/CN={id}"]
        _run(folder, *made, "-keyout", f"{id}.key", "-out", f"{id}.crt")
        edi_gateway("partner", "add", id, "--name", company.name, "--identifier", f"0088:{company.gln}")
        edi_gateway("key", "add", id, "--cert", str(folder / f"{id}.crt"))
    vkey = edi_gateway("ledger", "key").decode().strip()
    with serving(folder, "--data-dir", "gw", "--workers", "2") as (_, url):
        yield Live(folder, url, vkey)


def accepted(answer: httpx.Response, live: Live) -> None:
    assert answer.status_code == 201, answer.text
    checked = check_receipt(answer.content, live.vkey)
    assert checked.statement["type"] == "document.accepted"


def test_an_order_that_openssl_signed_is_accepted(live: Live) -> None:
    (live.folder / "order.xml").write_bytes(documents.order("PO-7", GLOBEX, ACME))
    cms = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-in", "order.xml", "-outform", "DER", "-md", "sha256"]
    accepted(
        live.post(_run(live.folder, *cms, "-signer", "globex.crt", "-inkey", "globex.key"), "application/cms"), live
    )


def test_an_order_that_openssl_signed_as_smime_is_accepted(live: Live) -> None:
    (live.folder / "order.xml").write_bytes(documents.order("PO-8", GLOBEX, ACME))
    smime = ["openssl", "cms", "-sign", "-text", "-in", "order.xml", "-md", "sha256"]
    message = _run(live.folder, *smime, "-signer", "globex.crt", "-inkey", "globex.key")
    head, _, body = message.partition(b"\n\n")
    content_type = next(line for line in head.decode().splitlines() if line.startswith("Content-Type:"))
    accepted(live.post(body, content_type.removeprefix("Content-Type:").strip()), live)


def test_an_invoice_that_xmlsec1_signed_is_accepted(live: Live) -> None:
    invoice = documents.invoice("INV-7", "PO-7", GLOBEX, ACME).decode()
    (live.folder / "template.xml").write_text(invoice.replace("</Invoice>", f"{TEMPLATE}</Invoice>"))
    _run(
        live.folder, "xmlsec1", "--sign", "--privkey-pem", "acme.key,acme.crt", "--output", "signed.xml", "template.xml"
    )
    accepted(live.post((live.folder / "signed.xml").read_bytes(), "application/xml"), live)


def test_go_reads_every_entry_of_the_live_ledger(live: Live) -> None:
    sumdb = build(live.folder)
    size = int(httpx.get(f"{live.url}/checkpoint").text.splitlines()[1])
    assert size >= 4
    assert sumdb.log(live.vkey, live.url) == size


def test_go_accepts_the_proof_in_a_receipt(live: Live) -> None:
    body = documents.order("PO-9", GLOBEX, ACME)
    (live.folder / "order.xml").write_bytes(body)
    cms = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-in", "order.xml", "-outform", "DER", "-md", "sha256"]
    answer = live.post(_run(live.folder, *cms, "-signer", "globex.crt", "-inkey", "globex.key"), "application/cms")
    checked = check_receipt(answer.content, live.vkey)
    file = live.folder / "receipt.tlog-proof"
    file.write_text(checked.receipt.proof)
    entry = commit(checked.receipt.statement, checked.receipt.salt)
    assert build(live.folder).proof(live.vkey, file, entry) == checked.checkpoint.size


def test_the_audit_of_the_operator_agrees(live: Live, edi_gateway: Callable[..., bytes]) -> None:
    assert edi_gateway("ledger", "verify", "--full")
