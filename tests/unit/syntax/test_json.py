from decimal import Decimal

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.syntax.json import MAX_DEPTH, MAX_INTEGER, canonical, parse


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_numbers_with_a_fraction_stay_exact() -> None:
    assert parse(b'{"price": 0.10, "count": 3, "small": 1e-2}') == {
        "price": Decimal("0.10"),
        "count": 3,
        "small": Decimal("0.01"),
    }


def test_escapes_and_other_scripts_are_read() -> None:
    assert parse('{"ключ": "\\ud83d\\ude00 \\u00e9 \\/"}'.encode()) == {"ключ": "😀 é /"}


@pytest.mark.parametrize("filler", [b"{},", b"[],", b"0.1,", b"1,", b'"",', b'{"":1},'])
def test_a_text_made_of_nothing_but_values_is_refused_before_they_are_made(filler: bytes) -> None:
    with pytest.raises(Rejection) as refusal:
        parse(b"[" + filler * 300_000 + b"1]")
    assert refusal.value.code == "not-json"


def test_a_large_text_of_short_members_is_read() -> None:
    assert len(parse(b"[" + b'{"sku":"A1","n":1},' * 50_000 + b"1]")) == 50_001


def test_white_space_around_the_text_is_allowed() -> None:
    assert parse(b" \t\r\n[true, false, null]\n") == [True, False, None]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', id="surrogate encoded as UTF-8"),
        pytest.param(b'{"a":1,"a":1}', id="name twice"),
        pytest.param(b'{"a":1,"\\u0061":2}', id="name twice, once escaped"),
        pytest.param(b'[{"x":{"a":1,"b":2,"a":3}}]', id="name twice further down"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"[Infinity]", id="Infinity"),
        pytest.param(b"[-Infinity]", id="-Infinity"),
        pytest.param(b"1e400", id="beyond binary64"),
        pytest.param(b"1e-400", id="too near zero for binary64"),
        pytest.param(b"0e500", id="zero with a huge exponent"),
        pytest.param(b"1e99999999999999999999", id="exponent beyond Decimal"),
        pytest.param(b"1" * 65, id="number of 65 digits"),
        pytest.param(b"1" * 5000, id="number of 5000 digits"),
        pytest.param(b"0." + b"1" * 64, id="fraction of 64 digits"),
        pytest.param(b'"\\ud800"', id="lone high surrogate"),
        pytest.param(b'{"\\udc00":1}', id="lone low surrogate in a name"),
        pytest.param(b'["\\ude00\\ud83d"]', id="surrogates in the wrong order"),
        pytest.param(b'"\x01"', id="control character"),
        pytest.param(b'"\\x41"', id="unknown escape"),
        pytest.param(b'"\\u00g0"', id="bad unicode escape"),
        pytest.param(b"01", id="leading zero"),
        pytest.param(b"1.", id="no digit after the point"),
        pytest.param(b"+1", id="plus sign"),
        pytest.param("١".encode(), id="digit of another script"),
        pytest.param(b"[1,]", id="trailing comma"),
        pytest.param(b"{} {}", id="two texts"),
        pytest.param(b"{}\x00", id="NUL after the text"),
        pytest.param(b"\xc2\xa0{}", id="white space of another kind"),
        pytest.param(b"{} // no", id="comment"),
        pytest.param(b"{'a':1}", id="single quotes"),
        pytest.param(nested(MAX_DEPTH + 1), id="one too deep"),
        pytest.param(b'{"a":' * 1000 + b"1" + b"}" * 1000, id="a thousand deep"),
        pytest.param(b"[" * 200_000, id="far too deep"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(Rejection) as refused:
        parse(text)
    assert refused.value.code == "not-json"


def test_the_deepest_allowed_is_read() -> None:
    parse(nested(MAX_DEPTH))


def test_many_brackets_are_no_depth() -> None:
    assert parse(b'{"a":[' + b",".join([b"[]"] * 500) + b'],"b":"[[[["}')


def test_a_long_name_is_not_repeated_in_full() -> None:
    name = b"n" * 5000
    with pytest.raises(Rejection) as refused:
        parse(b'{"%b":1,"%b":2}' % (name, name))
    assert len(refused.value.detail) < 200


def test_canonical_json_is_sorted_and_bare() -> None:
    assert (
        canonical({"b": [1, True, None], "a": {"y": "é", "x": ""}})
        == '{"a":{"x":"","y":"é"},"b":[1,true,null]}'.encode()
    )


def test_names_sort_by_utf_16_code_units() -> None:
    # RFC 8785 §3.2.3: the emoji's first unit, D83D, is below FB33, though its code point is above.
    assert canonical({"\ufb33": 1, "😀": 2, "a": [{"\ufb33": 1, "😀": 2}]}) == (
        '{"a":[{"😀":2,"\ufb33":1}],"😀":2,"\ufb33":1}'.encode()
    )


def test_a_name_outside_ascii_in_a_list_sorts_too() -> None:
    assert canonical([{"a": 1}, {"\ufb33": 1, "😀": 2}]) == '[{"a":1},{"😀":2,"\ufb33":1}]'.encode()


def test_strings_escape_as_little_as_possible() -> None:
    assert canonical("\u20ac$\x0f\nA'B\"\\\x7f</") == b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\x7f</"'


@pytest.mark.parametrize("value", [1.0, Decimal(1), b"x", {1: 2}, (1,), {"a": [float("nan")]}, {"a": {"b": {1}}}])
def test_other_types_have_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@pytest.mark.parametrize("value", [MAX_INTEGER + 1, -MAX_INTEGER - 1, [2**64], "\ud800", {"\ud800": 1}])
def test_what_cannot_be_written_exactly_has_no_canonical_form(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match=r"beyond|surrogates"):
        canonical(value)


def test_the_largest_integers_can_be_written() -> None:
    assert canonical([MAX_INTEGER, -MAX_INTEGER]) == b"[9007199254740991,-9007199254740991]"
