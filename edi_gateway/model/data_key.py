"""The key that a document is stored under."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DataKey:
    """32 random bytes for AES-256-GCM, good for one document; `wrapped` by the payload key of that id (RFC 3394)."""

    key: bytes = field(repr=False)
    payload_key: str
    wrapped: bytes
