"""The README of an evidence bundle, followed to the letter: sha256sum, openssl, xmlsec1 and Go, none of it ours."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from textwrap import dedent
from zipfile import ZipFile

import pytest

from edi_gateway.gateway import Gateway
from edi_gateway.receipts import bundle
from edi_gateway.signing import xmldsig
from edi_gateway.workflows.rotate import keys_text
from tests.support import pki, programs, rotation, vouching
from tests.support.evidence import evidence_of, gathered
from tests.support.gateway import (
    GLOBEX_ID,
    NOW,
    Format,
    certificate,
    enrol,
    enrol_both,
    make_gateway,
    order,
    private_key,
    transmission,
)
from tests.support.gosumdb import compiled
from tests.support.tsa import YEAR, Clock, make_authority, take

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl: apt-get install openssl")
needs_xmlsec1 = pytest.mark.skipif(not shutil.which("xmlsec1"), reason="needs xmlsec1: apt-get install xmlsec1")
pytestmark = needs_openssl

ALL_FORMATS: tuple[Format, ...] = ("xmldsig", "cms", "smime", "pades")
CORE = (bundle.STATEMENT, bundle.PROOF, bundle.RECEIPT_CHECKPOINT)


@dataclass(frozen=True)
class Unpacked:
    """A bundle's folder, and the verifier key."""

    folder: Path
    vkey: str

    def steps(self) -> Mapping[int, str]:
        """The commands of the README, by the number of the step."""
        text = (self.folder / bundle.README).read_text("utf-8").partition("CHECK IT YOURSELF")[2]
        parts = re.split(r"^(\d)\. ", text, flags=re.MULTILINE)
        return {int(number): dedent(_indented(part)) for number, part in zip(parts[1::2], parts[2::2], strict=True)}

    def run(self, *steps: int, vkey: str | None = None) -> str:
        """What the commands of these steps print, one after the other in one shell, with the verifier key."""
        script = f"VKEY='{vkey or self.vkey}'\n" + "\n".join(self.steps()[step] for step in steps)
        done = programs.run(["sh", "-c", script], cwd=self.folder, text=True)
        return done.stdout + done.stderr

    def go(self, vkey: str | None = None) -> str:
        """What the program in step 4 prints."""
        leaf = self.run(2).rpartition("leaf hash: ")[2].strip()
        program = compiled(self.steps()[4], self.folder.parent)
        done = programs.run([program, vkey or self.vkey, leaf], cwd=self.folder, text=True)
        return done.stdout.strip()


def _indented(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.startswith("    ") or not line)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = make_gateway(tmp_path_factory.mktemp("gateway"))
    enrol(gateway, "acme", "0088:7300010000001", certificate("acme"))
    enrol(gateway, "globex", GLOBEX_ID, certificate("globex"))
    gateway.directory.refreshed()
    yield gateway
    gateway.close()


@pytest.fixture
def unpacked(gateway: Gateway, tmp_path: Path, request: pytest.FixtureRequest) -> Unpacked:
    """Of a document in the format that the test asks for, XMLDSig if it doesn't."""
    format: Format = getattr(request, "param", "xmldsig")
    number = f"PO-{tmp_path.name}"
    return _unpack(evidence_of(gateway, number, format), tmp_path / "evidence", gateway.notary.vkey)


def _unpack(packed: bytes, folder: Path, vkey: str) -> Unpacked:
    folder.mkdir()
    (folder.parent / "evidence.zip").write_bytes(packed)
    with ZipFile(folder.parent / "evidence.zip") as archive:
        archive.extractall(folder)
    return Unpacked(folder, vkey)


def _flip(file: Path, at: int = -1) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def test_sha256sum_finds_the_digests_of_the_statement(unpacked: Unpacked) -> None:
    assert unpacked.run(1).splitlines() == [f"{file}: as stated" for file in (bundle.BODY, bundle.HEADERS, "document")]


@pytest.mark.parametrize("file", [bundle.BODY, bundle.HEADERS, bundle.DOCUMENT])
def test_sha256sum_finds_a_file_that_was_changed(unpacked: Unpacked, file: str) -> None:
    _flip(unpacked.folder / file)
    assert f"{file}: WRONG" in unpacked.run(1)


def test_openssl_computes_the_leaf_of_the_statement(unpacked: Unpacked, gateway: Gateway) -> None:
    index = int((unpacked.folder / bundle.PROOF).read_text().splitlines()[1].removeprefix("index "))
    (leaf,) = gateway.ledger.leaves(index, index + 1)
    assert unpacked.run(2) == f"leaf hash: {leaf.hex()}\n"


def test_cmp_finds_a_statement_that_is_not_the_receipts(unpacked: Unpacked) -> None:
    _flip(unpacked.folder / bundle.STATEMENT, 40)
    assert "differ" in unpacked.run(2)


def test_openssl_verifies_the_ledgers_signature_on_every_checkpoint(unpacked: Unpacked) -> None:
    checkpoints = sorted(file.name for file in (unpacked.folder / "checkpoints").glob("*.checkpoint"))
    told = unpacked.run(3).splitlines()
    assert sorted(told) == [f"checkpoints/{name}: Signature Verified Successfully" for name in checkpoints]
    assert len(told) == 2


def test_openssl_and_go_follow_a_ledger_that_exchanged_its_key(tmp_path: Path) -> None:
    gateway = make_gateway(tmp_path / "gateway")
    enrol_both(gateway)
    id = gateway.record(gateway.examine(transmission(order("PO-1"), "globex"))).id
    rotation.add(gateway)
    rotation.retire(gateway, rotation.first(gateway))
    evidence_of(gateway, "PO-2")
    unpacked = _unpack(gathered(gateway, id), tmp_path / "evidence", keys_text(gateway.notary.keys).strip())
    told = ["receipt.checkpoint: Signature Verified Successfully", "9.checkpoint: Signature Verified Successfully"]
    assert unpacked.run(3).splitlines() == [f"checkpoints/{line}" for line in told]
    gateway.close()
    assert unpacked.go() == "proved"
    assert all(unpacked.go(line).startswith("NOT PROVED") for line in unpacked.vkey.splitlines())
    old, new = (line.split()[0] for line in unpacked.vkey.splitlines())
    assert unpacked.go(f"{old}\n{new}") == "proved"
    assert unpacked.go(f"{old} 0 4\n{new}").startswith("NOT PROVED")


def test_openssl_refuses_a_checkpoint_that_was_changed(unpacked: Unpacked) -> None:
    file = unpacked.folder / bundle.RECEIPT_CHECKPOINT
    _flip(file, file.read_bytes().index(b"\n") + 1)
    assert unpacked.run(3).count("Signature Verified Successfully") == 1


def test_openssl_finds_no_signature_of_another_key(unpacked: Unpacked, tmp_path: Path) -> None:
    other = make_gateway(tmp_path / "other")
    assert "Verified Successfully" not in unpacked.run(3, vkey=other.notary.vkey)
    other.close()


def test_go_proves_leaf_and_growth(unpacked: Unpacked) -> None:
    assert unpacked.go() == "proved"


@pytest.mark.parametrize("file", [bundle.STATEMENT, bundle.PROOF, "checkpoints/*.consistency"])
def test_go_does_not_prove_what_was_changed(unpacked: Unpacked, file: str) -> None:
    (found,) = unpacked.folder.glob(file)
    content = found.read_bytes()
    # The first hash of a proof, the first value of the statement.
    at = content.index(b"\n", 40) + 2 if file == bundle.PROOF else 20
    found.write_bytes(content[:at] + (b"A" if content[at : at + 1] != b"A" else b"B") + content[at + 1 :])
    assert unpacked.go().startswith("NOT PROVED")


def test_go_refuses_another_key(unpacked: Unpacked, tmp_path: Path) -> None:
    other = make_gateway(tmp_path / "other")
    assert unpacked.go(other.notary.vkey).startswith("NOT PROVED")
    other.close()


@pytest.mark.parametrize("unpacked", ["cms"], indirect=True)
def test_openssl_verifies_the_signature_of_a_cms_document(unpacked: Unpacked) -> None:
    told = unpacked.run(5)
    assert "the key of the statement" in told
    assert "CMS Verification successful" in told
    assert "the document is what was signed" in told
    _flip(unpacked.folder / bundle.BODY)
    assert "CMS Verification successful" not in unpacked.run(5)


@pytest.mark.parametrize("unpacked", ["smime"], indirect=True)
def test_openssl_verifies_the_signature_of_an_smime_document(unpacked: Unpacked) -> None:
    told = unpacked.run(5)
    assert "the key of the statement" in told
    assert "CMS Verification successful" in told
    part = message_from_bytes((unpacked.folder / "signed.content").read_bytes())
    assert part.get_payload(decode=True) == (unpacked.folder / bundle.DOCUMENT).read_bytes()
    body = unpacked.folder / bundle.BODY
    body.write_bytes(body.read_bytes().replace(b"PD94", b"PE94", 1))
    assert "CMS Verification successful" not in unpacked.run(5)


@needs_xmlsec1
@pytest.mark.parametrize("how", ["with a certificate", "without", "as XAdES"])
def test_xmlsec1_verifies_the_signature_of_an_xml_document(how: str, tmp_path: Path) -> None:
    gateway = make_gateway(tmp_path / "gateway")
    enrol(gateway, "acme", "0088:7300010000001", certificate("acme"))
    enrol(
        gateway, "globex", GLOBEX_ID, private_key("globex").public_key() if how == "without" else certificate("globex")
    )
    arrived = transmission(order("PO-1"), "globex")
    if how == "as XAdES":
        signed = xmldsig.sign(order("PO-1"), private_key("globex"), certificate("globex"), xades_time=NOW)
        arrived = replace(arrived, body=signed)
    id = gateway.record(gateway.examine(arrived)).id
    unpacked = _unpack(gathered(gateway, id), tmp_path / "evidence", gateway.notary.vkey)
    gateway.close()
    told = unpacked.run(5)
    assert "the key of the statement" in told
    assert "OK\n" in told
    body = unpacked.folder / bundle.BODY
    body.write_bytes(body.read_bytes().replace(b"PO-1", b"PO-2"))
    assert "OK\n" not in unpacked.run(5)


@pytest.mark.parametrize("format", [pytest.param("xmldsig", marks=needs_xmlsec1), "cms"])
def test_the_signature_of_a_key_that_a_root_vouches_for_is_verified_alike(
    gateway: Gateway, tmp_path: Path, format: str
) -> None:
    root = pki.root()
    vouching.trusted(gateway, root, f"{format}-ca", revocation="soft")
    vouching.granted(gateway, "globex", "subject", f"CN={format}", f"{format}-ca")
    sent = vouching.signed(order(f"PO-{format}"), pki.signer(root, subject=f"CN={format}"), format)
    packed = gathered(gateway, vouching.posted(gateway, sent).id)
    unpacked = _unpack(packed, tmp_path / "evidence", gateway.notary.vkey)
    said = {"xmldsig": "OK\n", "cms": "CMS Verification successful\n"}
    assert said[format] in unpacked.run(5)


@pytest.mark.parametrize("unpacked", ALL_FORMATS, indirect=True)
def test_openssl_sees_that_a_certificate_is_not_that_of_the_statement(unpacked: Unpacked) -> None:
    made = ["openssl", "req", "-x509", "-noenc", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    made += ["-subj", "/CN=x", "-keyout", "x.key", "-out", bundle.CERTIFICATES]
    programs.run(made, cwd=unpacked.folder, check=True)
    assert "ANOTHER KEY" in unpacked.run(5)


def test_openssl_verifies_timestamps_and_their_renewals(gateway: Gateway, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    recorded = gateway.record(gateway.examine(transmission(order("PO-timestamped"), "globex")))
    gateway.publisher.publish()
    # Good for the clock of this machine, with which openssl compares, and for that of the gateway.
    window = {"since": min(now, NOW) - 2 * YEAR, "until": max(now, NOW) + YEAR}
    clock = Clock("example", make_authority("first", **window), now)
    take(gateway, NOW, clock)
    (tmp_path / "roots.pem").write_bytes(clock.tsa.root_pem)
    end = window["until"] - timedelta(days=1)
    clock.at = now + timedelta(seconds=1)
    take(gateway, end, clock)
    unpacked = _unpack(gathered(gateway, recorded.id), tmp_path / "evidence", gateway.notary.vkey)
    steps = unpacked.steps()[7]
    script = steps.replace("ROOTS='...'", f"ROOTS='{tmp_path / 'roots.pem'}'")
    done = programs.run(["sh", "-c", script], cwd=unpacked.folder, text=True)
    size = gateway.ledger.head().size
    first, renewal = f"checkpoints/{size}-example.tsr", f"checkpoints/{size}-example_02.tsr"
    assert done.stdout.splitlines() == [f"{first}: Verification: OK", f"{renewal}: Verification: OK"], done.stderr
    (unpacked.folder / f"checkpoints/{size}.checkpoint").write_bytes(b"another")
    done = programs.run(["sh", "-c", script], cwd=unpacked.folder, text=True)
    assert done.stdout.splitlines() == [f"{first}: Verification: FAILED", f"{renewal}: Verification: OK"]


def test_without_timestamps_there_is_nothing_to_verify(unpacked: Unpacked) -> None:
    assert unpacked.run(7) == ""
