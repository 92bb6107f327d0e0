"""A payload key: it wraps data keys, and nothing else, by AES Key Wrap (RFC 3394, SP 800-38F KW).

Key Wrap takes no nonce, so that there is no number of documents after which a payload key would have to be exchanged,
as there is with GCM and random nonces (SP 800-38D §8.3: 2^32). Its 64 bits of redundancy tell a wrong key from the
right one. Tokens know it as CKM_AES_KEY_WRAP.
"""

from hashlib import sha256
from typing import Protocol

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from edi_gateway.errors import Unproven

KEY_SIZE = 32
"""Bytes, of payload keys and data keys alike: AES-256."""

WRAPPED_SIZE = KEY_SIZE + 8
"""Bytes."""


class WrappingKey(Protocol):
    """A payload key, wherever it is. Used by several threads at once."""

    @property
    def id(self) -> str:
        """Follows from the key: 16 hex digits."""

    def wrap(self, data_key: bytes) -> bytes:
        """40 bytes. Raises PayloadKeyUnavailable."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """32 bytes. Raises Unproven for what this key did not wrap, and PayloadKeyUnavailable."""

    def close(self) -> None:
        """Give back what the key holds of the system."""


def id_of(wrapped_zeros: bytes) -> str:
    """The id of the payload key that wraps 32 zeros like this. It tells nothing of the key, but which one it is."""
    return sha256(b"edi-gateway payload key\n" + wrapped_zeros).hexdigest()[:16]


class MemoryKey:
    """A payload key that was read into memory, from a file or the environment."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.id = id_of(self.wrap(bytes(KEY_SIZE)))

    def wrap(self, data_key: bytes) -> bytes:
        return aes_key_wrap(self._key, data_key)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._key, wrapped)
        except InvalidUnwrap as error:
            raise Unproven(f"this was not wrapped by the payload key {self.id}, or was changed") from error

    def close(self) -> None:
        """There is nothing to give back."""
