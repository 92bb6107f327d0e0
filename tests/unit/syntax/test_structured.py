"""Structured fields are read strictly, and written in one way."""

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.syntax.structured import InnerList, Item, Token, parse_dictionary, serialize


def test_the_members_of_a_dictionary_are_lists_and_items_with_parameters() -> None:
    found = parse_dictionary(
        'sig1=("@method" "date";x);created=-1;keyid="a\\"b\\\\c";on;off=?0, b=:AQI=:, c=tok/en;q=1'
    )
    assert found == {
        "sig1": InnerList(
            (Item("@method"), Item("date", {"x": True})),
            {"created": -1, "keyid": 'a"b\\c', "on": True, "off": False},
        ),
        "b": Item(b"\x01\x02"),
        "c": Item(Token("tok/en"), {"q": 1}),
    }
    assert type(found["c"].value) is Token  # type: ignore[union-attr] # an Item


@pytest.mark.parametrize(
    "text",
    [
        '("@method" "@path");created=1;keyid="x";nonce="\\"\\\\"',
        "();created=1",
        "(:AQI=: tok 1 ?0);a",
        '"text"',
        ":AQI=:",
        "tok",
    ],
)
def test_what_is_in_its_one_form_is_written_as_it_was_read(text: str) -> None:
    assert serialize(parse_dictionary(f"a={text}")["a"]) == text


def test_spaces_that_mean_nothing_are_not_written_again() -> None:
    (found,) = parse_dictionary('  a=(  "x"   "y" ); b=1  ').values()
    assert serialize(found) == '("x" "y");b=1'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A=1",
        "1=1",
        "a=",
        "a=1,",
        "a=1,,b=2",
        "a=1 b=2",
        "a=1;",
        "a=1;B=2",
        "a=1;x=1;x=2",
        "a=1, a=2",
        "a=1.5",
        "a=1234567890123456",
        'a="x',
        'a="\\n"',
        'a="é"',
        'a="\x7f"',
        "a=:AQ:",
        "a=:AQI=",
        "a=:AQJ=:",
        "a=: AQI=:",
        "a=?2",
        "a=(1 2",
        'a=("x""y")',
        "a=((1))",
        "a=@1659578233",
        'a=%"x"',
        "a=(" + "1 " * 65 + ")",
        ", ".join(f"k{n}=1" for n in range(66)),
        "a=" + "x" * 8192,
        "a\n=1",
    ],
)
def test_whatever_else_is_refused(text: str) -> None:
    with pytest.raises(Rejection, match="header-invalid"):
        parse_dictionary(text)
