"""A witness's name and its private keys, each in a PKCS#8 file that only its owner may read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger import cosignature, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.cosignature import PrivateKey
from edi_gateway.ledger.note import Signature, Verifier
from edi_gateway.ledger.signature_types import COSIGNATURE, MLDSA_COSIGNATURE
from edi_gateway.witness import durable

_FILES: Mapping[int, str] = MappingProxyType({COSIGNATURE: "ed25519.pem", MLDSA_COSIGNATURE: "ml-dsa-44.pem"})
_VKEYS = "vkeys"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a witness signs with, in the order of its verifier keys; all under one name."""

    verifiers: tuple[Verifier, ...]
    private: tuple[PrivateKey, ...]

    def cosign(self, checkpoint: Checkpoint, time: int) -> tuple[Signature, ...]:
        """One cosignature by each key, at a time in POSIX seconds."""
        name = self.verifiers[0].name
        return tuple(cosignature.cosign(name, key, checkpoint, time) for key in self.private)


def create(folder: Path, name: str, mldsa: bool) -> Keys:
    """Make the keys of a witness: Ed25519, and ML-DSA-44 if wanted. Raises Misuse rather than replace what is there."""
    private: list[PrivateKey] = [Ed25519PrivateKey.generate()]
    if mldsa:
        private.append(MLDSA44PrivateKey.generate())
    try:
        verifiers = tuple(cosignature.cosigner(name, key.public_key()) for key in private)
    except ValueError as error:
        raise Misuse(f"That is no name for a witness: {error}.") from error
    try:
        for verifier, key in zip(verifiers, private, strict=True):
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            durable.create(folder / _FILES[verifier.type], pem)
        # Last: where it is, the witness is whole.
        durable.create(folder / _VKEYS, "".join(f"{verifier.vkey}\n" for verifier in verifiers).encode())
    except FileExistsError as error:
        raise Misuse(f"There is a witness already, or the beginning of one: {error.filename}") from error
    return Keys(verifiers, tuple(private))


def load(folder: Path) -> Keys:
    """Read them. Raises Misuse, in words for an operator, where they are missing, exposed, or don't fit each other."""
    file = folder / _VKEYS
    try:
        verifiers = tuple(note.parse_vkey(line) for line in file.read_text("utf-8").splitlines())
    except FileNotFoundError as error:
        raise Misuse(f"There is no witness in {folder}: run `edi-gateway witness init NAME`.") from error
    except (Unproven, UnicodeDecodeError) as error:
        raise Misuse(f"{file} does not hold verifier keys: {error}") from error
    if not verifiers or len({verifier.name for verifier in verifiers}) != 1:
        raise Misuse(f"{file} is not of one witness.")
    return Keys(verifiers, tuple(_load(folder, verifier) for verifier in verifiers))


def _load(folder: Path, verifier: Verifier) -> PrivateKey:
    if verifier.type not in _FILES:
        raise Misuse(f"{folder / _VKEYS} names a key of type {verifier.type}, with which no witness signs.")
    file = folder / _FILES[verifier.type]
    if file.stat().st_mode & 0o077:
        raise Misuse(f"{file} is readable by others than its owner: run `chmod 600 {file}`.")
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise Misuse(f"{file} is not an unencrypted private key.") from error
    if not isinstance(key, PrivateKey) or cosignature.cosigner(verifier.name, key.public_key()) != verifier:
        raise Misuse(f"{file} is not the private key of {verifier.name} in {folder / _VKEYS}.")
    return key
