import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.errors import Rejection
from edi_gateway.syntax.base64 import decode_url, encode_url
from edi_gateway.syntax.json import MAX_INTEGER, canonical, parse

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
leaves = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)
jsonish = st.lists(
    st.sampled_from([*'[]{},:"\\ -.019eE', "true", "null", "NaN", '"a"', "\\u00", "\\ud83d", "\ufeff", "é", "\x00"]),
    max_size=25,
).map("".join)


def accepted(text: bytes) -> tuple[Any, ...]:
    try:
        return (parse(text),)
    except Rejection as refused:
        if refused.code != "not-json":
            raise
        return ()


@given(values)
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert parse(canonical(value)) == value


@given(values)
@settings(max_examples=100, deadline=None)
def test_the_canonical_form_does_not_depend_on_how_the_text_was_written(value: Any) -> None:
    for loose in (json.dumps(value, indent=1), json.dumps(value, ensure_ascii=False)):
        assert canonical(parse(loose.encode())) == canonical(value)


@given(st.binary(max_size=60) | jsonish.map(str.encode))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_refused_or_read_as_everybody_else_reads_them(text: bytes) -> None:
    for value in accepted(text):
        assert json.loads(text.decode(), parse_float=Decimal) == value


@given(values, st.integers(0, 200), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_a_changed_text_never_raises_anything_but_a_rejection(value: Any, place: int, octet: int) -> None:
    text = bytearray(canonical(value))
    text[place % len(text)] = octet
    accepted(bytes(text))


@given(st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_base64url_goes_there_and_back(octets: bytes) -> None:
    assert decode_url(encode_url(octets)) == octets


@given(st.text("AZaz09-_+/= \n", max_size=12).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_base64url_that_is_read_is_the_only_text_of_its_octets(text: bytes) -> None:
    try:
        octets = decode_url(text)
    except ValueError:
        return
    assert encode_url(octets) == text
