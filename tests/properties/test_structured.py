"""Structured fields, against a reader that we did not write: what is taken here means the same there."""

from typing import Any

import http_sf
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.errors import Rejection
from edi_gateway.syntax.structured import InnerList, Item, Token, parse_dictionary, serialize

keys = st.from_regex(r"[a-z*][a-z0-9_.*-]{0,5}", fullmatch=True)
bare = (
    st.integers(-(10**15) + 1, 10**15 - 1)
    | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=9)
    | st.from_regex(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]{0,5}", fullmatch=True).map(Token)
    | st.binary(max_size=9)
    | st.booleans()
)
parameters = st.dictionaries(keys, bare, max_size=3)
items = st.builds(Item, bare, parameters)
lists = st.builds(InnerList, st.lists(items, max_size=4).map(tuple), parameters)
dictionaries = st.dictionaries(keys, items | lists, min_size=1, max_size=4)
# What a writer of such fields might get wrong.
texts = st.text(st.sampled_from('ab=;,:?"()\\ 01-.AQ@%*\t'), max_size=24)


def theirs(value: Item | InnerList) -> Any:
    if isinstance(value, InnerList):
        return [theirs(item) for item in value.items], _plain(value.parameters)
    return _bare(value.value), _plain(value.parameters)


def _plain(parameters: Any) -> dict[str, Any]:
    return {key: _bare(value) for key, value in parameters.items()}


def _bare(value: Any) -> Any:
    return http_sf.Token(str(value)) if isinstance(value, Token) else value


def _same(one: Any, other: Any) -> bool:
    # Their tokens are equal to strings.
    return repr(one) == repr(other)


@given(dictionaries)
def test_what_is_written_is_read_again_here_and_there(members: dict[str, Item | InnerList]) -> None:
    text = ", ".join(f"{key}={serialize(value)}" for key, value in members.items())
    assert parse_dictionary(text) == members
    read = http_sf.parse(text.encode(), tltype="dictionary")
    assert _same(read, {key: theirs(value) for key, value in members.items()})


@given(texts)
def test_whatever_is_taken_here_means_the_same_there(text: str) -> None:
    try:
        found = parse_dictionary(text)
    except Rejection as refusal:
        if refusal.code != "header-invalid":
            raise
        return
    read = http_sf.parse(text.encode(), tltype="dictionary")
    assert _same(read, {key: theirs(value) for key, value in found.items()})
    again = ", ".join(f"{key}={serialize(value)}" for key, value in found.items())
    assert parse_dictionary(again) == found
