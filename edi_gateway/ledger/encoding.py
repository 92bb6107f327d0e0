"""The text encodings that all C2SP formats share, each with exactly one spelling per value.

Go's decoders let other spellings pass (line breaks and stray bits in base64); ours don't, so that whatever is altered
in a proof is noticed even where the alteration would mean the same.
"""

import re
from base64 import b64decode
from binascii import b2a_base64
from typing import NamedTuple

from edi_gateway.errors import Unproven
from edi_gateway.ledger.tree import HASH_SIZE

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
LARGEST = 2**63 - 1
"""Sizes and indexes are signed 64-bit numbers to the programs that other people check with."""


def encode_base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def decode_base64(text: str, what: str, size: int | None = None) -> bytes:
    """RFC 4648 §4 with padding and zero trailing bits (§3.5); `size` in bytes. Raises Unproven, naming `what`."""
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise Unproven(f"{what} is not base64") from error
    if encode_base64(data) != text:
        raise Unproven(f"{what} is not base64 in its one canonical form")
    if size is not None and len(data) != size:
        raise Unproven(f"{what} has {len(data)} bytes, not {size}")
    return data


def decode_decimal(text: str, what: str) -> int:
    """An ASCII decimal without leading zeroes, up to 2**63 - 1. Raises Unproven, naming `what`."""
    if not _DECIMAL.fullmatch(text) or int(text) > LARGEST:
        raise Unproven(f"{what} is not a decimal number")
    return int(text)


class HeadLines(NamedTuple):
    """The text of a checkpoint (c2sp.org/tlog-checkpoint), line by line."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...]


def decode_head(text: str) -> HeadLines:
    """Read origin, size, root hash, and extension lines, which are opaque. Raises Unproven."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise Unproven("the checkpoint is not made of three or more lines, none of them empty")
    size = decode_decimal(lines[1], "the size in the checkpoint")
    root = decode_base64(lines[2], "the root hash in the checkpoint", HASH_SIZE)
    return HeadLines(lines[0], size, root, tuple(lines[3:]))
