"""The ledger's signing key in a file: PKCS#8 PEM, readable by its owner only, encrypted when there is a passphrase."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edi_gateway.errors import Misuse


def create(file: Path, passphrase: str | None) -> Ed25519PrivateKey:
    """Make a key. Raises Misuse rather than replace one that is there."""
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Misuse(f"There is a key already: {file}") from error
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(pem)
        opened.flush()
        os.fsync(opened.fileno())
    # The name must last as long as the file: receipts signed with a key that a power cut took could never be repeated.
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key


def load(file: Path, passphrase: str | None) -> Ed25519PrivateKey:
    """Read the key. Raises Misuse, in words for an operator, when it is missing, locked, exposed or of another kind."""
    try:
        pem, mode = file.read_bytes(), file.stat().st_mode
    except OSError as error:
        raise Misuse(f"The ledger's signing key can't be read: {error}") from error
    if mode & 0o077:
        raise Misuse(f"{file} is readable by others than its owner: run `chmod 600 {file}`.")
    try:
        key = load_pem_private_key(pem, passphrase.encode() if passphrase else None)
    except TypeError as error:
        hint = "give no passphrase" if passphrase else "set EDI_GATEWAY_PASSPHRASE"
        raise Misuse(f"{file} is {'not ' if passphrase else ''}encrypted: {hint}.") from error
    except ValueError as error:
        raise Misuse(f"{file} is not a private key, or the passphrase is wrong.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Misuse(f"{file} holds a key of another type than Ed25519.")
    return key
