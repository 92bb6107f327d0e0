"""What the schema of the contract record has to say about one: every fault, in findings, and at bounded cost.

The validator builds all its errors before it hands out the first, each with the value that it is about. A record made
of faults would fill the memory; so long lists are cut before it sees them, and prices are judged one by one.
"""

import functools
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

import jsonschema_rs

from edi_gateway.documents.schema import folder
from edi_gateway.model.document import MAX_ECHO, Finding, Location
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue

MAX_PRICES = 10_000
"""What the schema allows in a price list."""
MAX_ITEMS = 51
"""One more than the schema allows in any other list."""

_WHOLE = "#"
_PRICE = "#/$defs/price"
# Where the library keeps what a keyword asked for; the other keywords say it in their message.
_EXPECTED = {
    "const": "expected_value",
    "enum": "options",
    "format": "format",
    "pattern": "pattern",
    "required": "property",
    "type": "types",
}


def violations(record: JsonValue) -> Iterator[Finding]:
    """Everything in which a record breaks the schema; whoever has enough stops asking."""
    if _validator(_WHOLE).is_valid(record):
        return
    prices = record.get("priceList") if isinstance(record, dict) else None
    prices = prices if isinstance(prices, list) else []
    if len(prices) > MAX_PRICES:
        yield _finding("maxItems", f"The value has more than {MAX_PRICES} items.", "/priceList")
    yield from _faults(_WHOLE, _shortened(record), "")
    for index, price in enumerate(islice(prices, MAX_ITEMS, MAX_PRICES), MAX_ITEMS):
        yield from _faults(_PRICE, _shortened(price), f"/priceList/{index}")


@functools.cache
def _schema() -> dict[str, JsonValue]:
    schema = json.parse((folder() / "contract-1.schema.json").read_bytes())
    assert isinstance(schema, dict)
    return schema


@functools.cache
def _validator(part: str) -> jsonschema_rs.Draft202012Validator:
    schema = _schema()
    return jsonschema_rs.Draft202012Validator(
        schema if part == _WHOLE else {"$ref": part, "$defs": schema["$defs"]},
        validate_formats=True,
        offline=True,
        mask="The value",  # so that no message repeats the sender's text
        pattern_options=jsonschema_rs.RegexOptions(),  # automata: time linear in the text, whatever the text
    )


def _shortened(value: JsonValue) -> JsonValue:
    """The value with no more than `MAX_ITEMS` of the items of a list, or members of an object, those known first."""
    if isinstance(value, list):
        return [_shortened(item) for item in value[:MAX_ITEMS]]
    if not isinstance(value, dict):
        return value
    members = value.items() if len(value) <= MAX_ITEMS else sorted(value.items(), key=_is_unknown)[:MAX_ITEMS]
    return {name: _shortened(item) for name, item in members}


def _is_unknown(member: tuple[str, JsonValue]) -> bool:
    return member[0] not in _known()


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(_properties(_schema()))


def _properties(part: JsonValue) -> Iterator[str]:
    if isinstance(part, dict):
        properties = part.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for child in part.values():
            yield from _properties(child)


def _faults(part: str, value: JsonValue, pointer: str) -> Iterator[Finding]:
    for error in _validator(part).iter_errors(value):
        keyword, said = error.kind.name, error.kind.as_dict()
        unexpected = said.get("unexpected")
        yield _finding(
            keyword,
            "The format has no such property." if unexpected else f"{error.message[:MAX_ECHO]}.",
            pointer + _pointer(error.instance_path),
            expected=_expected(said.get(_EXPECTED.get(keyword, ""))),
            actual=", ".join(unexpected)[:MAX_ECHO] if unexpected else _actual(error.instance),
        )


def _finding(
    keyword: str, message: str, pointer: str, *, expected: str | None = None, actual: str | None = None
) -> Finding:
    return Finding(
        rule=f"JSON-{keyword}",
        severity="fatal",
        stage="schema",
        message=message,
        expected=expected,
        actual=actual,
        locations=(Location(pointer=pointer),),
    )


def _expected(wanted: object) -> str | None:
    if wanted is None:
        return None
    return ", ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)


def _actual(value: object) -> str | None:
    if isinstance(value, str):
        return value[:MAX_ECHO]
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value) if isinstance(value, int | float | Decimal) else None


def _pointer(path: list[str | int]) -> str:
    """RFC 6901 §3."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
