"""JSON as the gateway reads it (RFC 8259, read strictly) and writes it (RFC 8785, for values without fractions)."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import NoReturn, TypeAlias

import orjson

from edi_gateway.errors import Rejection

JsonValue: TypeAlias = "str | int | bool | Decimal | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH = 64
"""Arrays and objects inside each other, the outermost counted as one."""
MAX_VALUES = 100_000
"""Values in a text; a larger one may have another for each `OCTETS_EACH`."""
OCTETS_EACH = 8
"""Objects take forty times the memory of a text made of nothing but the shortest values."""
MAX_NUMBER = 64
"""Characters in the text of one number."""
MAX_MAGNITUDE = 307
"""Power of ten of a number's first digit, up and down: what every reader of binary64 can hold (RFC 7493 §2.2)."""
MAX_INTEGER = 2**53 - 1
"""The largest integer that RFC 8785 §3.2.2.3 can write exactly; the smallest is its negative."""

_NAMES = frozenset({str})
_PLAIN = frozenset({str, bool, type(None)})
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(text: bytes) -> JsonValue:
    """Read one JSON text in UTF-8 without a byte order mark; integers become int, other numbers an exact Decimal.

    Stricter than RFC 8259 where that leaves a choice which two readers could make differently (RFC 7493): each name
    once per object, no lone surrogates, numbers and nesting bounded. Raises Rejection("not-json") and nothing else.
    """
    if len(text) > MAX_VALUES and _values(text) > MAX_VALUES + len(text) // OCTETS_EACH:
        raise _refusal("There are too many values for a text of this size.")
    try:
        value: JsonValue = _DECODER.decode(text.decode("utf-8"))
    except json.JSONDecodeError as error:
        detail = f"{error.msg}, line {error.lineno}, column {error.colno}."
        raise Rejection("not-json", detail, line=error.lineno) from error
    except UnicodeDecodeError as error:
        raise _refusal(f"Not UTF-8 at byte {error.start}.") from error
    except RecursionError as error:
        raise _refusal(f"Nested deeper than {MAX_DEPTH}.") from error
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH:
        _check_depth(value)
    if b"\\u" in text:
        _check_surrogates(value)
    return value


def canonical(value: JsonValue) -> bytes:
    """The canonical JSON of RFC 8785, for strings, integers, booleans, null, lists and dicts with string keys.

    Raises TypeError for any other type (floats and Decimals too: nothing that is signed may depend on how they are
    written) and for a lone surrogate, ValueError for an integer beyond ±(2^53-1).
    """
    if type(value) is str:
        return orjson.dumps(value)
    _check_writable(value)
    text = sorted_by_name(value)
    # RFC 8785 §3.2.3 sorts by UTF-16 code units; only names outside ASCII can tell that from code points.
    return text if text.isascii() else orjson.dumps(_sorted(value))


def sorted_by_name(value: JsonValue) -> bytes:
    """Much the same for what is never signed: nothing is checked that its type says already."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _values(text: bytes) -> int:
    """At least the number of values but one."""
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def _refusal(detail: str) -> Rejection:
    return Rejection("not-json", detail)


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise _refusal(f"The name {twice[:40]!a} occurs twice in one object.")
    return members


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER:
        raise _refusal(f"A number is written with more than {MAX_NUMBER} characters.")
    return int(text)


def _fraction(text: str) -> Decimal:
    # The exponent is bounded before Decimal sees it: Decimal itself raises for one of 20 digits.
    exponent = text.lower().partition("e")[2].lstrip("+-0")
    if len(text) > MAX_NUMBER or len(exponent) > 3:
        raise _refusal(f"A number is out of range or written with more than {MAX_NUMBER} characters.")
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_MAGNITUDE:
        raise _refusal("A number is out of range.")
    return number


def _constant(text: str) -> NoReturn:
    raise _refusal(f"{text} is not JSON.")


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check_depth(value: JsonValue) -> None:
    level = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _refusal(f"Nested deeper than {MAX_DEPTH}.")
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]


def _check_surrogates(value: JsonValue) -> None:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        texts = [node] if isinstance(node, str) else list(node) if isinstance(node, dict) else []
        if any(map(_SURROGATE.search, texts)):
            raise _refusal("An escape names half of a surrogate pair.")
        waiting += _children(node)


def _check_writable(value: JsonValue) -> None:
    """Refuse what RFC 8785 can't write the same everywhere."""
    waiting: list[Iterable[object]] = [(value,)]
    for values in waiting:
        # Most of what there is passes by the look at its type, without a call for each.
        if _PLAIN.issuperset(map(type, values)):
            continue
        for one in values:
            if type(one) in _PLAIN:
                continue
            if isinstance(one, dict):
                waiting.append(_members(one))
            elif isinstance(one, list):
                waiting.append(one)
            elif isinstance(one, int):
                if abs(one) > MAX_INTEGER:
                    raise ValueError("an integer is beyond what canonical JSON can hold")
            elif not isinstance(one, str):
                raise TypeError(f"canonical JSON can't hold a {type(one).__name__}")


def _members(value: dict[object, object]) -> Iterable[object]:
    if not _NAMES.issuperset(map(type, value)):
        raise TypeError("canonical JSON has strings as names")
    return value.values()


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))}
    if isinstance(value, list):
        return [_sorted(child) for child in value]
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
