"""Receipts: a statement, its salt, and the proof that the ledger holds it — enough for a stranger to check."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Final, TypedDict, cast

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.receipts.statement import SALT_SIZE
from edi_gateway.syntax import base64, json
from edi_gateway.syntax.json import JsonValue

VERSION: Final = 1
MAX_RECEIPT = 1_000_000
"""Bytes; a receipt with one signature has about two thousand."""


class _Members(TypedDict):
    version: int
    statement: dict[str, JsonValue]
    salt: str
    index: int
    proof: str
    vkey: str


_TYPES = {"version": int, "statement": dict, "salt": str, "index": int, "proof": str, "vkey": str}


@dataclass(frozen=True, slots=True)
class Receipt:
    """`statement` is canonical JSON (RFC 8785), `salt` 32 bytes, `index` the leaf's place in the ledger.

    `proof` is a tlog-proof with the signed checkpoint at its end, `vkey` the key that the gateway says it signs with.
    """

    statement: bytes
    salt: bytes
    index: int
    proof: str
    vkey: str
    version: int = VERSION


def to_json(receipt: Receipt) -> bytes:
    """The receipt as JSON without white space: the same receipt always has the same bytes."""
    return b'{"version":%d,"statement":%b,"salt":"%b","index":%d,"proof":%b,"vkey":%b}' % (
        receipt.version,
        receipt.statement,
        b64encode(receipt.salt),
        receipt.index,
        json.canonical(receipt.proof),
        json.canonical(receipt.vkey),
    )


def parse(data: bytes) -> Receipt:
    """Read a receipt, however its JSON is laid out; nothing is proved yet. Raises Unproven, whatever the bytes."""
    members = _members(data)
    if members["version"] != VERSION:
        raise Unproven(f"the receipt is not of version {VERSION}")
    try:
        statement = json.canonical(members["statement"])
    except (TypeError, ValueError) as error:
        raise Unproven("the statement has numbers that canonical JSON can't hold") from error
    return Receipt(statement, _salt(members["salt"]), members["index"], members["proof"], members["vkey"])


def _members(data: bytes) -> _Members:
    if len(data) > MAX_RECEIPT:
        raise Unproven(f"the receipt is longer than {MAX_RECEIPT} bytes")
    try:
        members = json.parse(data)
    except Rejection as error:
        raise Unproven(f"the receipt is not JSON: {error.detail}") from error
    # `type` rather than `isinstance`: to Python, true is an integer.
    if not isinstance(members, dict) or {name: type(value) for name, value in members.items()} != _TYPES:
        raise Unproven("the receipt does not have the members of a receipt, each of its type")
    return cast(_Members, members)


def _salt(text: str) -> bytes:
    try:
        salt = base64.decode(text.encode())
    except ValueError as error:
        raise Unproven("the salt is not base64") from error
    if len(salt) != SALT_SIZE:
        raise Unproven(f"the salt does not have {SALT_SIZE} bytes")
    return salt
