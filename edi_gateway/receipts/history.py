"""Histories: a part of a party's chain in one file, each entry proved under the same checkpoint."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any, Final

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.receipts.statement import SALT_SIZE
from edi_gateway.syntax import base64, json
from edi_gateway.syntax.json import JsonValue

VERSION: Final = 1
MAX_HISTORY = 200_000_000
"""Bytes; an entry has about two thousand."""
MAX_ENTRIES = 10_000
"""Entries of the chain in one file. A longer chain takes several, and their ends name each other."""
MAX_PATH = 63
HASH_SIZE = 32

_MEMBERS = {"version", "party", "entries", "erasures", "next", "checkpoint", "vkey"}
_TOLD = {"sequence", "index", "statement", "salt", "proof"}
_ERASED = {"sequence", "index", "erased", "leafHash", "proof"}


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with its statement (canonical JSON) and salt. `path` is its audit path, hashes of 32 bytes."""

    sequence: int
    index: int
    statement: bytes
    salt: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """An entry whose statement is said to be erased: only its leaf hash is left."""

    sequence: int
    index: int
    leaf_hash: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class History:
    """`entries` are those of the party, in the order of its chain; `next` is the number of the one after, if known.

    `erasures` are later entries of the chain that say what of `entries` was erased. All paths lead to the root hash of
    `checkpoint`, a signed note, and `vkey` is the key that the gateway says it signs with.
    """

    party: str
    entries: tuple[Told | Erased, ...]
    erasures: tuple[Told, ...]
    next: int | None
    checkpoint: str
    vkey: str


def to_json(history: History) -> bytes:
    """One line for each entry: the same history always has the same bytes."""
    return b'{"version":%d,"party":%b,"entries":[%b],"erasures":[%b],"next":%b,"checkpoint":%b,"vkey":%b}\n' % (
        VERSION,
        _text(history.party),
        _lines(history.entries),
        _lines(history.erasures),
        b"null" if history.next is None else b"%d" % history.next,
        _text(history.checkpoint),
        _text(history.vkey),
    )


def is_history(data: bytes) -> bool:
    """Whether this is meant as a history, rather than a receipt, however well it is made."""
    # In a receipt's strings these would be escaped, and no statement has either.
    return b'"entries"' in data or b'"erasures"' in data


def parse(data: bytes) -> History:
    """Read a history, however its JSON is laid out; nothing is proved yet. Raises Unproven, whatever the bytes."""
    if len(data) > MAX_HISTORY:
        raise Unproven(f"the history is longer than {MAX_HISTORY} bytes")
    try:
        read = json.parse(data)
    except Rejection as error:
        raise Unproven(f"the history is not JSON: {error.detail}") from error
    members = _object(read, "the history", _MEMBERS)
    if _integer(members["version"], "the version") != VERSION:
        raise Unproven(f"the history is not of version {VERSION}")
    return History(
        party=_string(members["party"], "the party"),
        entries=tuple(_entry(each) for each in _list(members["entries"], "the entries", MAX_ENTRIES)),
        erasures=tuple(_told(each) for each in _list(members["erasures"], "the erasures", MAX_ENTRIES)),
        next=None if members["next"] is None else _integer(members["next"], "the next number"),
        checkpoint=_string(members["checkpoint"], "the checkpoint"),
        vkey=_string(members["vkey"], "the verifier key"),
    )


def _lines(entries: Sequence[Told | Erased]) -> bytes:
    return b"".join(b"%b\n%b" % (b"," if number else b"", _line(each)) for number, each in enumerate(entries))


def _line(entry: Told | Erased) -> bytes:
    place = b'"sequence":%d,"index":%d' % (entry.sequence, entry.index)
    if isinstance(entry, Told):
        what = b'"statement":%b,"salt":"%b"' % (entry.statement, b64encode(entry.salt))
    else:
        what = b'"erased":true,"leafHash":"%b"' % b64encode(entry.leaf_hash)
    path = b",".join(b'"%b"' % b64encode(each) for each in entry.path)
    return b'{%b,%b,"proof":[%b]}' % (place, what, path)


def _text(value: str) -> bytes:
    return dumps(value, ensure_ascii=False).encode()


def _entry(value: JsonValue) -> Told | Erased:
    if not isinstance(value, dict) or "erased" not in value:
        return _told(value)
    members = _object(value, "an erased entry", _ERASED)
    if members["erased"] is not True:
        raise Unproven("an entry is erased, or does not mention it")
    leaf = _bytes(members["leafHash"], "a leaf hash", HASH_SIZE)
    return Erased(*_place(members), leaf, _path(members["proof"]))


def _told(value: JsonValue) -> Told:
    members = _object(value, "an entry", _TOLD)
    if not isinstance(members["statement"], dict):
        raise Unproven("a statement is not an object")
    try:
        statement = json.canonical(members["statement"])
    except (TypeError, ValueError) as error:
        raise Unproven("a statement has numbers that canonical JSON can't hold") from error
    return Told(*_place(members), statement, _bytes(members["salt"], "a salt", SALT_SIZE), _path(members["proof"]))


def _place(members: dict[str, Any]) -> tuple[int, int]:
    return _integer(members["sequence"], "a sequence"), _integer(members["index"], "an index")


def _path(value: JsonValue) -> tuple[bytes, ...]:
    return tuple(_bytes(each, "a hash of a proof", HASH_SIZE) for each in _list(value, "a proof", MAX_PATH))


def _object(value: JsonValue, what: str, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != names:
        raise Unproven(f"{what} does not have the members {', '.join(sorted(names))}, and no others")
    return value


def _list(value: JsonValue, what: str, limit: int) -> Iterable[JsonValue]:
    if not isinstance(value, list) or len(value) > limit:
        raise Unproven(f"{what} must be a list of at most {limit}")
    return value


def _string(value: JsonValue, what: str) -> str:
    if not isinstance(value, str):
        raise Unproven(f"{what} must be a string")
    return value


def _integer(value: JsonValue, what: str) -> int:
    # `type` rather than `isinstance`: to Python, true is an integer.
    if type(value) is not int or not 0 <= value <= json.MAX_INTEGER:
        raise Unproven(f"{what} must be an integer from 0 to {json.MAX_INTEGER}")
    return value


def _bytes(value: JsonValue, what: str, size: int) -> bytes:
    try:
        octets = base64.decode(_string(value, what).encode())
    except ValueError as error:
        raise Unproven(f"{what} is not base64") from error
    if len(octets) != size:
        raise Unproven(f"{what} does not have {size} bytes")
    return octets
