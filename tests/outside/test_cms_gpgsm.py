"""`gpgsm`, which writes BER and nothing else, signs and we verify."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

from tests.support import cms, programs

pytestmark = pytest.mark.skipif(not shutil.which("gpgsm"), reason="needs gpgsm: apt-get install gpgsm")

DOCUMENT = b"<Invoice><ID>INV-1</ID></Invoice>\n" * 500
PASSPHRASE = ("--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A GnuPG home with our key in it. Its path is short because the agent's socket is in it."""
    if not shutil.which("gpg-agent"):
        pytest.skip("needs gpg-agent: apt-get install gpg-agent")
    path = Path(tempfile.mkdtemp(prefix="gpgsm-"))
    (path / "gpgsm.conf").write_text("disable-crl-checks\n")
    # GnuPG 2.2 reads only the oldest encryption that PKCS #12 knows.
    encryption = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2048)
    encryption = encryption.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
    certificate = x509.load_der_x509_certificate(cms.certificate("rsa"))
    (path / "trustlist.txt").write_text(f"{certificate.fingerprint(hashes.SHA1()).hex()} S relax\n")
    # Its reader of PKCS #12 stumbles over about one salt in fifteen; each attempt has another.
    for _ in range(5):
        bundle = pkcs12.serialize_key_and_certificates(
            b"acme", cms.key("rsa"), certificate, None, encryption.build(b"x")
        )
        (path / "acme.p12").write_bytes(bundle)
        if run(path, "--import", str(path / "acme.p12")).returncode == 0:
            break
    yield path
    if shutil.which("gpgconf"):
        programs.run(["gpgconf", "--kill", "gpg-agent"], env=environment(path))
    shutil.rmtree(path, ignore_errors=True)


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "GNUPGHOME": str(home)}


def run(home: Path, *arguments: str) -> CompletedProcess[bytes]:
    command = ["gpgsm", *PASSPHRASE, *arguments]
    return programs.run(command, env=environment(home), input=b"x\n")


def gpgsm(home: Path, *arguments: str) -> None:
    ran = run(home, *arguments)
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")


@pytest.mark.parametrize("options", [(), ("--include-certs", "0")], ids=["with its certificate", "without"])
def test_a_document_inside_a_signature_by_gpgsm_verifies(home: Path, options: tuple[str, ...]) -> None:
    (home / "invoice.xml").write_bytes(DOCUMENT)
    output = home / "invoice.p7m"
    gpgsm(
        home,
        "--yes",
        "--faked-system-time",
        "20270101T000000",
        *options,
        "--output",
        str(output),
        "--sign",
        str(home / "invoice.xml"),
    )
    body = output.read_bytes()
    assert body.startswith(b"\x30\x80")
    verified = cms.verify_cms(body, [cms.partner_key("rsa")])
    assert (verified.content, verified.algorithm) == (DOCUMENT, "rsa-sha256")
