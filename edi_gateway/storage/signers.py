"""Where the private keys of the ledger are: `file:NAME` in the folder of keys, or `pkcs11:…` on a token."""

import re
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from edi_gateway.errors import Misuse
from edi_gateway.ledger.note import verifier_of
from edi_gateway.settings import Settings
from edi_gateway.storage import private_file, signing_key, token_session, token_signer
from edi_gateway.storage.signing_key import FileSigner
from edi_gateway.storage.token_session import SCHEME, parse_uri
from edi_gateway.storage.token_signer import TokenSigner
from edi_gateway.workflows.key_ports import Signer

FIRST = "file:ledger.key"
"""The key that `init` makes where it isn't told otherwise."""

MLDSA = "file:ledger-mldsa.key"
"""The ledger's key of ML-DSA-44, if it has one: it signs what is published, beside the keys in force."""

_FILE = re.compile(r"file:([A-Za-z0-9_][A-Za-z0-9._-]*)")


class KeyAccess(NamedTuple):
    """What opens private keys: the folder of those in files and their passphrase; the token's module and its PIN."""

    folder: Path
    passphrase: str | None = None
    module: Path | None = None
    pin: str | None = None

    def __repr__(self) -> str:
        # Neither passphrase nor PIN: whatever goes wrong is logged.
        return f"KeyAccess({self.folder})"


def key_access(settings: Settings) -> KeyAccess:
    """What opens the ledger's private keys, of these settings. Raises Misuse where the file of the PIN is unusable."""
    passphrase = settings.passphrase.get_secret_value() if settings.passphrase else None
    return KeyAccess(settings.keys_dir, passphrase, settings.pkcs11_module, _pin(settings))


def _pin(settings: Settings) -> str | None:
    if settings.pkcs11_pin_file is None:
        return settings.pkcs11_pin.get_secret_value() if settings.pkcs11_pin else None
    try:
        if settings.pkcs11_pin_file.stat().st_mode & 0o077:
            raise Misuse(f"{settings.pkcs11_pin_file} is readable by others than its owner: run `chmod 600` on it.")
        return settings.pkcs11_pin_file.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise Misuse(f"The PIN of the token can't be read: {error}") from error


def open_signer(source: str, name: str, access: KeyAccess) -> Signer:
    """The key at `source`, to sign under `name`. Raises Misuse, in words for an operator, where it can't be had."""
    if source.startswith(SCHEME):
        return TokenSigner(name, parse_uri(source), *token_of(access))
    return FileSigner(name, signing_key.load(file_of(source, access), access.passphrase))


def exists(source: str, access: KeyAccess) -> bool:
    """Whether there is something at `source`. Raises Misuse where nobody can tell."""
    if source.startswith(SCHEME):
        return token_session.exists(parse_uri(source), *token_of(access))
    return file_of(source, access).exists()


def make(source: str | None, name: str, access: KeyAccess) -> str:
    """Make a key, in a file of its own where no source is named; return its source. Raises Misuse."""
    if source and source.startswith(SCHEME):
        place = parse_uri(source)
        token_signer.make(place, *token_of(access))
        return place.uri
    key = Ed25519PrivateKey.generate()
    source = source or f"file:ledger-{verifier_of(name, key.public_key()).key_id.hex()}.key"
    signing_key.write(key, file_of(source, access), access.passphrase)
    return source


def mldsa_key(access: KeyAccess, make: bool = False) -> MLDSA44PrivateKey | None:
    """The ledger's key of ML-DSA-44, or a new one where there is none and it is wanted. Raises Misuse."""
    file = file_of(MLDSA, access)
    if make and not file.exists():
        try:
            key = MLDSA44PrivateKey.generate()
        except UnsupportedAlgorithm as error:
            raise Misuse("This machine's OpenSSL does not have ML-DSA-44.") from error
        signing_key.write(key, file, access.passphrase)
    return signing_key.load_mldsa(file, access.passphrase) if file.exists() else None


def destroy(source: str, access: KeyAccess) -> None:
    """Delete the private key, for good. Raises Misuse."""
    if source.startswith(SCHEME):
        token_session.destroy(parse_uri(source), *token_of(access))
    else:
        private_file.destroy(file_of(source, access))


def file_of(source: str, access: KeyAccess) -> Path:
    """The file in the folder of keys that `file:NAME` names. Raises Misuse."""
    named = _FILE.fullmatch(source)
    if not named:
        raise Misuse(f"{source}: a key is at file:NAME, in the folder {access.folder}, or at pkcs11:token=…;object=….")
    return access.folder / named[1]


def token_of(access: KeyAccess) -> tuple[Path, str]:
    """The module and the PIN of the token. Raises Misuse."""
    if not access.module or not access.pin:
        raise Misuse("A key on a token needs the settings pkcs11_module, and pkcs11_pin or pkcs11_pin_file.")
    return access.module, access.pin
