"""Encrypting what is stored of a document: AES-256-GCM (SP 800-38D) under a key of its own.

A data key encrypts three messages, one for each field, a fourth for a contract record, and a few more where a commit
failed and is tried again: far from the 2^32 at which random nonces of 96 bits might meet (§8.3). What is authenticated
beside says whose field it is, so that no two can be exchanged.
"""

import secrets
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edi_gateway.errors import Unproven

Field = Literal["body", "headers", "report", "contract"]

NONCE_SIZE = 12
"""Bytes, before the ciphertext; the tag of 16 follows it."""


class Contents(NamedTuple):
    """What is stored of a document beside its record: plain, or each of it sealed."""

    body: bytes
    headers: bytes
    report: bytes


def seal(plain: Contents, document: str, data_key: bytes) -> Contents:
    """Nonce, ciphertext and tag of each field."""
    cipher = AESGCM(data_key)
    named = zip(plain, Contents._fields, strict=True)
    return Contents(*(_sealed(cipher, content, _whose(document, field)) for content, field in named))


def seal_field(plain: bytes, field: Field, document: str, data_key: bytes) -> bytes:
    """The same of one field."""
    return _sealed(AESGCM(data_key), plain, _whose(document, field))


def _sealed(cipher: AESGCM, content: bytes, whose: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + cipher.encrypt(nonce, content, whose)


def unseal(sealed: bytes, field: Field, document: str, data_key: bytes) -> bytes:
    """Raises Unproven for what is not this field of this document, or was changed."""
    try:
        return AESGCM(data_key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], _whose(document, field))
    except (InvalidTag, ValueError) as error:
        raise Unproven(f"the {field} of {document} can't be decrypted: it was changed, or is another's") from error


def _whose(document: str, field: str) -> bytes:
    return f"edi-gateway sealed payload\n{document}\n{field}\n".encode()
