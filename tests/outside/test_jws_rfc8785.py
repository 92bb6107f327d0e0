"""The rfc8785 package, a canonicaliser that we did not write, agrees with ours."""

from typing import Any

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.syntax.json import MAX_INTEGER, canonical

leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
names = st.text(max_size=5) | st.text("a\ud7ff\ue000\uffff\U00010000\U0010ffff", max_size=3)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20)


@given(values)
@settings(max_examples=300, deadline=None)
def test_both_write_the_same_bytes_or_both_refuse(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        expected = None
    try:
        found = canonical(value)
    except ValueError:
        found = None
    assert found == expected


def test_both_stop_at_the_same_integer() -> None:
    for edge in (MAX_INTEGER, -MAX_INTEGER):
        assert canonical(edge) == rfc8785.dumps(edge)
