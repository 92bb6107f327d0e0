"""A signing key of the ledger in a file: PKCS#8 PEM, readable by its owner only, wrapped when there is a passphrase."""

import base64
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
from edi_gateway.storage.private_file import read_private, write_private

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
    write_private(file, _pem(key, passphrase))


def _pem(key: PrivateKey, passphrase: str | None) -> bytes:
    if not passphrase:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    text = base64.b64encode(wrap(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), passphrase))
    lines = b"".join(text[at : at + _LINE] + b"\n" for at in range(0, len(text), _LINE))
    return _BEGIN + lines + _END


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
    pem = read_private(file, "The ledger's signing key")
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
