"""Asking a timestamp authority, and reading what it answers (RFC 3161 §2.4)."""

from typing import NamedTuple

import rfc3161_client as rfc3161

from edi_gateway.errors import Unproven
from edi_gateway.syntax import der
from edi_gateway.syntax.der import Reader
from edi_gateway.timestamps.form import MAX_TOKEN, distil, reading

MAX_REPLY = 2 * MAX_TOKEN
_UTF8_STRING = 0x0C
_STATUSES = (
    "granted",
    "granted with modifications",
    "rejection",
    "waiting",
    "revocation warning",
    "revocation notification",
)


class Request(NamedTuple):
    """A TimeStampReq in DER, and the nonce in it, which the answer has to repeat."""

    octets: bytes
    nonce: int


def request(message: bytes) -> Request:
    """Ask for a token over the SHA-512 of the message, with a fresh nonce, and with the authority's certificates."""
    asked = rfc3161.TimestampRequestBuilder(message, rfc3161.HashAlgorithm.SHA512, nonce=True, cert_req=True).build()
    if asked.nonce is None:
        raise AssertionError("a nonce was asked for")
    return Request(asked.as_bytes(), asked.nonce)


def granted(reply: bytes) -> bytes:
    """The token in a TimeStampResp, in the form that is kept. Raises Unproven, with the authority's own reasons."""
    if len(reply) > MAX_REPLY:
        raise Unproven(f"the answer is longer than {MAX_REPLY} bytes")
    refusal, token = reading(lambda: _read(reply))
    if refusal:
        raise Unproven(f"the authority refused: {refusal}")
    return distil(token)


def _read(reply: bytes) -> tuple[str, bytes]:
    """Why there is no token, or the token."""
    fields = Reader(reply).enter(der.SEQUENCE)
    info = fields.enter(der.SEQUENCE)
    status, words = info.integer(), []
    texts = info.optional(der.SEQUENCE)
    while texts and texts.peek() is not None:
        words.append(texts.value(_UTF8_STRING).decode("utf-8", "replace"))
    if status not in (0, 1):
        name = _STATUSES[status] if 0 <= status < len(_STATUSES) else f"status {status}"
        return ": ".join((name, *words))[:200], b""
    return "", fields.element(der.SEQUENCE)
