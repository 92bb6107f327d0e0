"""A private key under a passphrase: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958 §3) with PBES2 (RFC 8018 §6.2).

The key that encrypts is derived by scrypt (RFC 7914 §7), and encrypts with AES-256-GCM (RFC 5084 §3.2; the tag follows
the ciphertext): whoever has the file has to pay for each guess, and nobody changes the key unseen. The libraries at
hand write PBES2 with PBKDF2 and CBC only, so the few structures are put together here.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.error import PyAsn1Error

COST, BLOCK_SIZE, PARALLEL = 2**17, 8, 1
"""scrypt's N, r and p: 128 MiB of memory, and about half a second, for each guess."""

MAX_COST, MAX_BLOCK_SIZE, MAX_PARALLEL = 2**20, 16, 16
"""The most that a file may ask for: it is read before anybody knows who wrote it."""

SALT_SIZE, NONCE_SIZE, TAG_SIZE, KEY_SIZE = 16, 12, 16, 32
"""Bytes."""


class WrongPassphrase(ValueError):
    """The passphrase is not the one, or the file was changed: nobody can tell which."""


def wrap(pkcs8: bytes, passphrase: str) -> bytes:
    """Encrypt a PrivateKeyInfo; DER to DER."""
    # Here and below: only who has a passphrase waits for these, a fifth of what a command takes to start.
    from pyasn1_modules import rfc5084, rfc5958, rfc7914, rfc8018

    salt, nonce = secrets.token_bytes(SALT_SIZE), secrets.token_bytes(NONCE_SIZE)
    kdf: Any = rfc7914.Scrypt_params()
    kdf["salt"], kdf["keyLength"] = salt, KEY_SIZE
    kdf["costParameter"], kdf["blockSize"], kdf["parallelizationParameter"] = COST, BLOCK_SIZE, PARALLEL
    cipher: Any = rfc5084.GCMParameters()
    cipher["aes-nonce"], cipher["aes-ICVlen"] = nonce, TAG_SIZE
    scheme: Any = rfc8018.PBES2_params()
    scheme["keyDerivationFunc"]["algorithm"], scheme["keyDerivationFunc"]["parameters"] = rfc7914.id_scrypt, encode(kdf)
    scheme["encryptionScheme"]["algorithm"] = rfc5084.id_aes256_GCM
    scheme["encryptionScheme"]["parameters"] = encode(cipher)
    wrapped: Any = rfc5958.EncryptedPrivateKeyInfo()
    wrapped["encryptionAlgorithm"]["algorithm"] = rfc8018.id_PBES2
    wrapped["encryptionAlgorithm"]["parameters"] = encode(scheme)
    key = _derive(passphrase, salt, COST, BLOCK_SIZE, PARALLEL)
    wrapped["encryptedData"] = AESGCM(key).encrypt(nonce, pkcs8, None)
    return bytes(encode(wrapped))


def unwrap(der: bytes, passphrase: str) -> bytes | None:
    """What `wrap` encrypted; None where the file is of another scheme. Raises WrongPassphrase, and ValueError."""
    from pyasn1_modules import rfc5084, rfc5958, rfc7914, rfc8018

    try:
        wrapped = _decoded(der, rfc5958.EncryptedPrivateKeyInfo())
        if wrapped["encryptionAlgorithm"]["algorithm"] != rfc8018.id_PBES2:
            return None
        scheme = _decoded(bytes(wrapped["encryptionAlgorithm"]["parameters"]), rfc8018.PBES2_params())
        kdf, cipher = scheme["keyDerivationFunc"], scheme["encryptionScheme"]
        if (kdf["algorithm"], cipher["algorithm"]) != (rfc7914.id_scrypt, rfc5084.id_aes256_GCM):
            return None
        cost = _decoded(bytes(kdf["parameters"]), rfc7914.Scrypt_params())
        gcm = _decoded(bytes(cipher["parameters"]), rfc5084.GCMParameters())
    except PyAsn1Error as error:
        raise ValueError("the wrapped key is not DER of a PKCS#8 EncryptedPrivateKeyInfo") from error
    length = cost["keyLength"]
    if (length.isValue and length != KEY_SIZE) or gcm["aes-ICVlen"] != TAG_SIZE:
        raise ValueError("the wrapped key is not under AES-256 with a tag of 16 bytes")
    key = _derive(passphrase, bytes(cost["salt"]), *_affordable(cost))
    try:
        return AESGCM(key).decrypt(bytes(gcm["aes-nonce"]), bytes(wrapped["encryptedData"]), None)
    except InvalidTag as error:
        raise WrongPassphrase("the passphrase is wrong, or the file was changed") from error


def _decoded(der: bytes, spec: Any) -> Mapping[str, Any]:
    found, rest = decode(der, asn1Spec=spec)
    if rest:
        raise PyAsn1Error("there is something behind it")
    return found  # type: ignore[no-any-return] # pyasn1 has no types


def _affordable(params: Mapping[str, Any]) -> tuple[int, int, int]:
    cost, block, parallel = (int(params[name]) for name in ("costParameter", "blockSize", "parallelizationParameter"))
    if not (2 <= cost <= MAX_COST and 1 <= block <= MAX_BLOCK_SIZE and 1 <= parallel <= MAX_PARALLEL):
        raise ValueError(f"the wrapped key asks for scrypt with N={cost}, r={block}, p={parallel}, which is too much")
    return cost, block, parallel


def _derive(passphrase: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return Scrypt(salt=salt, length=KEY_SIZE, n=cost, r=block, p=parallel).derive(passphrase.encode())
