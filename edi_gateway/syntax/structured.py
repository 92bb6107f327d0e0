"""Structured fields of HTTP (RFC 9651), as far as signatures use them: dictionaries of inner lists and of bytes.

Strict beyond the RFC: a key that comes twice is refused, where the RFC takes the last one, and base64 has one text for
any bytes. Decimals, dates and display strings are not read.
"""

import re
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edi_gateway.errors import Rejection
from edi_gateway.syntax.base64 import decode

MAX_FIELD: Final = 8_192
"""Characters of a field's value."""
MAX_MEMBERS: Final = 64
"""Of a dictionary, an inner list, or the parameters of one item."""

_KEY: Final = re.compile(r"[a-z*][a-z0-9_.*-]*", re.ASCII)
_INTEGER: Final = re.compile(r"-?[0-9]{1,15}(?![0-9.])", re.ASCII)
_STRING: Final = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BYTES: Final = re.compile(r":([A-Za-z0-9+/=]*):", re.ASCII)
_TOKEN: Final = re.compile(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*", re.ASCII)
_BOOLEAN: Final = re.compile(r"\?([01])")
_SPACES: Final = re.compile(r" *")
_BETWEEN: Final = re.compile(r"[ \t]*,[ \t]*")


class Token(str):
    """A word without quotation marks."""

    __slots__ = ()


Bare = int | str | Token | bytes | bool
Parameters = Mapping[str, Bare]


@dataclass(frozen=True, slots=True)
class Item:
    """RFC 9651 §3.3."""

    value: Bare
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InnerList:
    """RFC 9651 §3.1.1."""

    items: tuple[Item, ...]
    parameters: Parameters = field(default_factory=dict)


def parse_dictionary(text: str) -> dict[str, Item | InnerList]:
    """RFC 9651 §4.2.2. Raises Rejection("header-invalid")."""
    reader = _reader(text)
    members: dict[str, Item | InnerList] = {}
    while True:
        key = reader.key()
        if key in members:
            raise _refusal(f"the key {key} comes twice")
        members[key] = reader.member() if reader.skips("=") else Item(True, reader.parameters())
        if reader.at_end():
            return members
        reader.take(_BETWEEN, "a comma")
        if len(members) == MAX_MEMBERS:
            raise _refusal(f"it has more than {MAX_MEMBERS} members")


def parse_item(text: str) -> Item:
    """RFC 9651 §4.2.3. Raises Rejection("header-invalid")."""
    reader = _reader(text)
    item = reader.item()
    if not reader.at_end():
        raise _refusal("there is more than one item")
    return item


def serialize(value: Item | InnerList) -> str:
    """RFC 9651 §4.1: the one text of a value."""
    if isinstance(value, InnerList):
        items = " ".join(map(serialize, value.items))
        return f"({items}){_parameters(value.parameters)}"
    return _bare(value.value) + _parameters(value.parameters)


def _reader(text: str) -> "_Reader":
    if len(text) > MAX_FIELD or not text.isascii():
        raise _refusal(f"it has more than {MAX_FIELD} characters, or others than ASCII")
    return _Reader(text.strip(" "))


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def at_end(self) -> bool:
        return self._at == len(self._text)

    def skips(self, character: str) -> bool:
        found = self._text.startswith(character, self._at)
        self._at += found
        return found

    def take(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if not found:
            raise _refusal(f"there is no {what.removeprefix('a ')} at character {self._at + 1}")
        self._at = found.end()
        return found

    def key(self) -> str:
        return self.take(_KEY, "a key")[0]

    def member(self) -> Item | InnerList:
        if not self.skips("("):
            return self.item()
        items: list[Item] = []
        while True:
            spaces = self.take(_SPACES, "a space")[0]
            if self.skips(")"):
                return InnerList(tuple(items), self.parameters())
            if (items and not spaces) or len(items) == MAX_MEMBERS:
                raise _refusal(f"a list has at most {MAX_MEMBERS} items, with spaces between them")
            items.append(self.item())

    def item(self) -> Item:
        return Item(self.bare(), self.parameters())

    def parameters(self) -> Parameters:
        found: dict[str, Bare] = {}
        while self.skips(";"):
            self.take(_SPACES, "a space")
            key = self.key()
            if key in found or len(found) == MAX_MEMBERS:
                raise _refusal(f"the parameter {key} comes twice, or there are more than {MAX_MEMBERS}")
            found[key] = self.bare() if self.skips("=") else True
        return found

    def bare(self) -> Bare:
        first = self._text[self._at : self._at + 1]
        if first == '"':
            return re.sub(r'\\(["\\])', r"\1", self.take(_STRING, "a string")[1])
        if first == ":":
            return _octets(self.take(_BYTES, "a byte sequence")[1])
        if first == "?":
            return self.take(_BOOLEAN, "a boolean")[1] == "1"
        if first.isdigit() or first == "-":
            return int(self.take(_INTEGER, "an integer")[0])
        return Token(self.take(_TOKEN, "a value")[0])


def _octets(text: str) -> bytes:
    try:
        return decode(text.encode())
    except ValueError as error:
        raise _refusal("bytes are not in base64 (RFC 4648 §4)") from error


def _parameters(parameters: Parameters) -> str:
    return "".join(f";{key}" if value is True else f";{key}={_bare(value)}" for key, value in parameters.items())


def _bare(value: Bare) -> str:
    match value:
        case bool():
            return f"?{value:d}"
        case int():
            return str(value)
        case bytes():
            return f":{b2a_base64(value, newline=False).decode()}:"
        case Token():
            return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _refusal(why: str) -> Rejection:
    return Rejection("header-invalid", f"A structured field (RFC 9651) can't be read: {why}.")
