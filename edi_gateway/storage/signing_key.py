"""A signing key of the ledger in a file: PKCS#8 PEM, readable by its owner only, wrapped when there is a passphrase."""

import base64
import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

from edi_gateway.errors import Misuse
from edi_gateway.ledger.note import Verifier, verifier_of
from edi_gateway.storage.key_wrapping import WrongPassphrase, unwrap, wrap

_BEGIN, _END = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", b"-----END ENCRYPTED PRIVATE KEY-----\n"
_LINE = 64

PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey


class FileSigner:
    """Implements `workflows.key_ports.Signer`."""

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self.verifier: Verifier = verifier_of(name, private_key.public_key())
        self._private_key = private_key

    def sign(self, message: bytes) -> bytes:
        return self._private_key.sign(message)

    def close(self) -> None:
        """There is nothing to give back."""


def write(key: PrivateKey, file: Path, passphrase: str | None) -> None:
    """Keep a key. Raises Misuse rather than replace one that is there."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Under another name at first: a file that a power cut left half-written would be taken for the key.
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(_pem(key, passphrase))
            opened.flush()
            os.fsync(opened.fileno())
        os.link(draft, file)
    except FileExistsError as error:
        raise Misuse(f"There is a key already: {file}") from error
    finally:
        draft.unlink()
    # The name must last as long as the file: receipts signed with a key that a power cut took could never be repeated.
    _sync(file.parent)


def destroy(file: Path) -> None:
    """Delete the file, for good: it is gone after a power cut, too."""
    file.unlink(missing_ok=True)
    _sync(file.parent)


def _pem(key: PrivateKey, passphrase: str | None) -> bytes:
    if not passphrase:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    text = base64.b64encode(wrap(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), passphrase))
    lines = b"".join(text[at : at + _LINE] + b"\n" for at in range(0, len(text), _LINE))
    return _BEGIN + lines + _END


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def load(file: Path, passphrase: str | None) -> Ed25519PrivateKey:
    """Read the key. Raises Misuse, in words for an operator, when it is missing, locked, exposed or of another kind.

    PKCS#8 as other programs write it is read too, encrypted or not.
    """
    key = _open(file, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise Misuse(f"{file} holds a key of another type than Ed25519.")
    return key


def load_mldsa(file: Path, passphrase: str | None) -> MLDSA44PrivateKey:
    """Read a key of ML-DSA-44. Raises Misuse likewise."""
    key = _open(file, passphrase)
    if not isinstance(key, MLDSA44PrivateKey):
        raise Misuse(f"{file} holds a key of another type than ML-DSA-44.")
    return key


def _open(file: Path, passphrase: str | None) -> object:
    try:
        pem, mode = file.read_bytes(), file.stat().st_mode
    except OSError as error:
        raise Misuse(f"The ledger's signing key can't be read: {error}") from error
    if mode & 0o077:
        raise Misuse(f"{file} is readable by others than its owner: run `chmod 600 {file}`.")
    try:
        return _read(pem, passphrase)
    except TypeError as error:
        hint = "give no passphrase" if passphrase else "set EDI_GATEWAY_PASSPHRASE"
        raise Misuse(f"{file} is {'not ' if passphrase else ''}encrypted: {hint}.") from error
    except WrongPassphrase as error:
        raise Misuse(f"{file} can't be opened: {error}.") from error
    except ValueError as error:
        raise Misuse(f"{file} is not a private key, or the passphrase is wrong.") from error
    except UnsupportedAlgorithm as error:
        raise Misuse(f"{file} holds a key of a type that this machine's OpenSSL does not have.") from error


def _read(pem: bytes, passphrase: str | None) -> object:
    if pem.startswith(_BEGIN) and pem.endswith(_END) and passphrase:
        der = base64.b64decode(pem.removeprefix(_BEGIN).removesuffix(_END))
        if unwrapped := unwrap(der, passphrase):
            return load_der_private_key(unwrapped, None)
    return load_pem_private_key(pem, passphrase.encode() if passphrase else None)
