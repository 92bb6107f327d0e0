"""Keys in files: wrapped as the standards say, and as older and other programs write them."""

import base64
import re
import shutil
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from edi_gateway.errors import Misuse
from edi_gateway.storage import key_wrapping, signing_key
from edi_gateway.storage.key_wrapping import WrongPassphrase, unwrap, wrap
from tests.support import programs

PASSPHRASE = "correct horse"
KEY = Ed25519PrivateKey.generate()
PKCS8 = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing costs little in a test that makes many."""
    monkeypatch.setattr(key_wrapping, "COST", 2**4)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "keys" / "ledger.key"
    signing_key.write(KEY, file, PASSPHRASE)
    return file


def put(file: Path, content: bytes) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.touch(0o600)
    file.write_bytes(content)
    return file


def is_key(key: Ed25519PrivateKey) -> bool:
    return key.private_bytes_raw() == KEY.private_bytes_raw()


def test_a_wrapped_key_is_a_pem_file_for_its_owner_alone_and_is_read_again(file: Path):
    text = file.read_text("ascii")
    assert text.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert max(map(len, text.splitlines())) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["ledger.key"]
    assert is_key(signing_key.load(file, PASSPHRASE))


def test_what_the_standards_say_is_enough_to_unwrap_it(file: Path):
    """The octets by hand: OIDs of PBES2, scrypt and aes256-GCM; salt, N, r, p, key length; nonce, tag length."""
    der = base64.b64decode("".join(file.read_text("ascii").splitlines()[1:-1]))
    pattern = (
        "3081a0305c 06092a864886f70d01050d 304f 302d 06092b06010401da470 40b"
        " 3020 0410(.{32}) 0203020000 020108 020101 020120"
        " 301e 060960864801650304012e 3011 040c(.{24}) 020110 0440(.{128})"
    )
    found = re.fullmatch(pattern.replace(" ", ""), der.hex())
    assert found
    salt, nonce, data = map(bytes.fromhex, found.groups())
    key = Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(PASSPHRASE.encode())
    assert AESGCM(key).decrypt(nonce, data, None) == PKCS8
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(nonce, data[:-1] + bytes([data[-1] ^ 1]), None)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl: apt-get install openssl")
def test_openssl_sees_the_same_structure(file: Path):
    command = ["openssl", "asn1parse", "-in", str(file)]
    seen = programs.run(command, check=True, text=True).stdout
    assert re.findall(r"OBJECT +:(\S+)", seen) == ["PBES2", "scrypt", "aes-256-gcm"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl: apt-get install openssl")
def test_a_key_that_openssl_wrapped_with_scrypt_is_read(tmp_path: Path):
    plain = put(tmp_path / "plain.pem", KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    wrapped = put(tmp_path / "wrapped.pem", b"")
    command = ["openssl", "pkcs8", "-topk8", "-scrypt", "-in", plain, "-out", wrapped, "-passout", f"pass:{PASSPHRASE}"]
    programs.run(command, check=True)
    assert is_key(signing_key.load(wrapped, PASSPHRASE))


@pytest.mark.parametrize("passphrase", [PASSPHRASE, None])
def test_a_key_of_before_they_were_wrapped_with_scrypt_is_read(tmp_path: Path, passphrase: str | None):
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    file = put(tmp_path / "ledger.key", KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    assert is_key(signing_key.load(file, passphrase))
    if passphrase:
        with pytest.raises(Misuse, match="is not a private key, or the passphrase is wrong"):
            signing_key.load(file, "wrong horse")


def test_the_passphrase_must_be_given_where_it_is_needed_and_not_where_it_is_not(file: Path, tmp_path: Path):
    with pytest.raises(Misuse, match="is encrypted: set EDI_GATEWAY_PASSPHRASE"):
        signing_key.load(file, None)
    plain = tmp_path / "plain.key"
    signing_key.write(KEY, plain, None)
    with pytest.raises(Misuse, match="is not encrypted: give no passphrase"):
        signing_key.load(plain, PASSPHRASE)


@pytest.mark.usefixtures("cheap")
def test_no_two_wrappings_are_alike_and_no_flipped_bit_goes_unnoticed():
    wrapped = wrap(PKCS8, PASSPHRASE)
    assert wrapped != wrap(PKCS8, PASSPHRASE)
    assert unwrap(wrapped, PASSPHRASE) == PKCS8
    for bit in range(len(wrapped) * 8):
        altered = bytearray(wrapped)
        altered[bit // 8] ^= 1 << bit % 8
        try:
            found = unwrap(bytes(altered), PASSPHRASE)
        except (ValueError, MemoryError):
            continue
        assert found is None


@pytest.mark.usefixtures("cheap")
def test_another_passphrase_is_told_from_another_file():
    wrapped = wrap(PKCS8, PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        unwrap(wrapped, "wrong horse")
    for nonsense in (b"", b"\x30", wrapped + b"\0", wrapped[:-1]):
        with pytest.raises(ValueError, match="is not DER"):
            unwrap(nonsense, PASSPHRASE)


@pytest.mark.parametrize(("name", "value"), [("COST", 2**21), ("BLOCK_SIZE", 17), ("PARALLEL", 17)])
def test_a_file_that_asks_for_too_much_is_refused_before_it_is_paid(
    monkeypatch: pytest.MonkeyPatch, name: str, value: int
):
    monkeypatch.setattr(key_wrapping, "_derive", lambda *_: bytes(32))
    monkeypatch.setattr(key_wrapping, name, value)
    with pytest.raises(ValueError, match="which is too much"):
        unwrap(wrap(PKCS8, PASSPHRASE), PASSPHRASE)


def test_a_key_that_others_may_read_is_refused(file: Path):
    file.chmod(0o640)
    with pytest.raises(Misuse, match="run `chmod 600"):
        signing_key.load(file, PASSPHRASE)


def test_a_key_of_another_kind_is_refused(tmp_path: Path):
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(Misuse, match="of another type than Ed25519"):
        signing_key.load(put(tmp_path / "ec.key", other), None)
