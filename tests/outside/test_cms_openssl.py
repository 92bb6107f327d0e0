"""The `openssl` command signs and we verify; we sign and it verifies."""

import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edi_gateway.model.transmission import Verified
from edi_gateway.signing.cms import sign, sign_smime
from tests.support import cms, programs

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl: apt-get install openssl")

DOCUMENT = b'<?xml version="1.0"?>\n<Invoice xmlns="urn:x"><ID>INV-1</ID></Invoice>\n'
KINDS = ("p256", "p384", "rsa")

Command = Callable[..., bytes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys, their certificates, and documents with either line end."""
    path = tmp_path_factory.mktemp("openssl")
    for kind in KINDS:
        pem = cms.key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (path / f"{kind}.key").write_bytes(pem)
        certificate = x509.load_der_x509_certificate(cms.certificate(kind))
        (path / f"{kind}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (path / "lf.xml").write_bytes(DOCUMENT)
    (path / "crlf.xml").write_bytes(DOCUMENT.replace(b"\n", b"\r\n"))
    entity = b"Content-Type: application/xml\n\n" + DOCUMENT
    (path / "entity.mime").write_bytes(entity)
    return path


@pytest.fixture
def openssl(folder: Path) -> Command:
    def run(*arguments: str, document: bytes | None = None) -> bytes:
        command = ["openssl", *arguments]
        return programs.run(command, cwd=folder, input=document, check=True).stdout

    return run


def signed_by(kind: str, source: str, *options: str) -> list[str]:
    return ["cms", "-sign", "-in", source, "-signer", f"{kind}.crt", "-inkey", f"{kind}.key", *options]


def message(octets: bytes) -> tuple[str, bytes]:
    """Split what openssl wrote into the Content-Type and the body, as an HTTP client would post them."""
    header, _, body = octets.partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in header.decode().splitlines())
    return fields["Content-Type"], body


INSIDE = {
    "DER": (),
    "BER, as a stream": ("-stream",),
    "CAdES": ("-cades",),
    "SHA-512": ("-md", "sha512"),
    "a key identifier": ("-keyid",),
    "no certificate": ("-nocerts",),
    "other attributes left out": ("-nosmimecap",),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", INSIDE.values(), ids=INSIDE.keys())
def test_a_document_inside_a_signature_by_openssl_verifies(openssl: Command, kind: str, options: tuple[str]) -> None:
    always = ("-binary", "-nodetach", "-outform", "DER", "-md", "sha256")
    body = openssl(*signed_by(kind, "lf.xml", *always, *options))
    verified = cms.verify_cms(body, [cms.partner_key(kind)])
    assert (verified.content, verified.media_type) == (DOCUMENT, "application/xml")
    assert verified.signed_at is not None


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_pss_by_openssl_verifies(openssl: Command, hash_name: str) -> None:
    length = cms.HASHES[hash_name].digest_size
    padding = ("-keyopt", "rsa_padding_mode:pss", "-keyopt", f"rsa_pss_saltlen:{length}")
    options = ("-binary", "-nodetach", "-outform", "DER", "-md", hash_name, *padding)
    verified = cms.verify_cms(openssl(*signed_by("rsa", "lf.xml", *options)), [cms.partner_key("rsa")])
    assert (verified.algorithm, verified.content) == (f"rsa-pss-{hash_name}", DOCUMENT)


def test_a_digest_of_sha3_by_openssl_verifies(openssl: Command) -> None:
    body = openssl(*signed_by("rsa", "lf.xml", "-binary", "-nodetach", "-outform", "DER", "-md", "sha3-256"))
    assert cms.verify_cms(body, [cms.partner_key("rsa")]).digest == "sha3-256"


def test_a_large_document_streamed_by_openssl_verifies(openssl: Command, folder: Path) -> None:
    large = b"<a>" + b"0123456789\n" * 50_000 + b"</a>"
    (folder / "large.xml").write_bytes(large)
    body = openssl(*signed_by("p256", "large.xml", "-binary", "-nodetach", "-stream", "-outform", "DER"))
    assert body.startswith(b"\x30\x80")
    assert cms.verify_cms(body).content == large


def smime(octets: bytes, kind: str = "p256") -> Verified:
    return cms.verify_smime(*message(octets), [cms.partner_key(kind)])


@pytest.mark.parametrize("source", ["lf.xml", "crlf.xml"])
@pytest.mark.parametrize("options", [(), ("-text",), ("-crlfeol",), ("-text", "-crlfeol")], ids=" ".join)
def test_text_in_smime_by_openssl_verifies_in_its_canonical_form(
    openssl: Command, source: str, options: tuple[str, ...]
) -> None:
    octets = openssl(*signed_by("p256", source, *options))
    if "-crlfeol" in options:
        octets = octets.replace(b"\r\n\r\n", b"\n\n", 1)
    verified = smime(octets)
    assert verified.content == DOCUMENT.replace(b"\n", b"\r\n")
    assert (verified.format, verified.media_type) == ("smime", "application/xml")


@pytest.mark.parametrize("source", ["lf.xml", "crlf.xml"])
def test_binary_smime_by_openssl_verifies_as_it_is(openssl: Command, folder: Path, source: str) -> None:
    verified = smime(openssl(*signed_by("p256", source, "-binary")))
    assert verified.content == (folder / source).read_bytes()


@pytest.mark.parametrize("options", [(), ("-binary",)], ids=["text", "binary"])
def test_a_mime_part_signed_by_openssl_verifies(openssl: Command, options: tuple[str, ...]) -> None:
    verified = smime(openssl(*signed_by("p256", "entity.mime", *options)))
    assert verified.content.replace(b"\r\n", b"\n") == DOCUMENT


def test_smime_by_openssl_verifies_after_a_relay_has_made_all_line_ends_lf(openssl: Command) -> None:
    octets = openssl(*signed_by("p256", "lf.xml", "-text")).replace(b"\r\n", b"\n")
    assert smime(octets).content == DOCUMENT.replace(b"\n", b"\r\n")


def test_smime_by_openssl_verifies_after_a_relay_has_made_all_line_ends_crlf(openssl: Command) -> None:
    octets = openssl(*signed_by("p256", "lf.xml", "-text"))
    content_type, body = message(octets)
    relayed = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert cms.verify_smime(content_type, relayed).content == DOCUMENT.replace(b"\n", b"\r\n")


def test_the_whole_file_that_openssl_wrote_may_be_the_body(openssl: Command) -> None:
    octets = openssl(*signed_by("p256", "lf.xml", "-text"))
    assert cms.verify_smime(message(octets)[0], octets).content == DOCUMENT.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_verifies_what_we_sign(openssl: Command, kind: str) -> None:
    body = sign(DOCUMENT, cms.key(kind), cms.certificate(kind))
    content = openssl("cms", "-verify", "-binary", "-inform", "DER", "-noverify", document=body)
    assert content == DOCUMENT
    assert cms.verify_cms(body, [cms.partner_key(kind)]).content == DOCUMENT


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_verifies_the_smime_that_we_make(openssl: Command, kind: str) -> None:
    content_type, body = sign_smime(DOCUMENT, "application/xml", cms.key(kind), cms.certificate(kind))
    octets = b"MIME-Version: 1.0\r\nContent-Type: " + content_type.encode() + b"\r\n\r\n" + body
    part = openssl("cms", "-verify", "-inform", "SMIME", "-noverify", document=octets)
    assert part.startswith(b"Content-Type: application/xml\r\n")
    verified = cms.verify_smime(content_type, body, [cms.partner_key(kind)])
    assert (verified.content, verified.media_type) == (DOCUMENT, "application/xml")


def test_a_document_changed_by_one_octet_verifies_with_neither(openssl: Command) -> None:
    body = sign(DOCUMENT, cms.key(), cms.certificate()).replace(b"INV-1", b"INV-2")
    with pytest.raises(CalledProcessError):
        openssl("cms", "-verify", "-binary", "-inform", "DER", "-noverify", document=body)
    with pytest.raises(Exception, match="signature-invalid"):
        cms.verify_cms(body)
