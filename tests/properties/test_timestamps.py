"""No octets whatsoever make the readers of timestamps fail in another way than by saying so."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.errors import Unproven
from edi_gateway.timestamps.chain import check_chain
from edi_gateway.timestamps.form import as_response, distil, from_response
from edi_gateway.timestamps.reply import granted
from edi_gateway.timestamps.token import check_token
from tests.support.tsa import Authority, make_authority

NOTE = b"a checkpoint\n"


@cache
def authority() -> Authority:
    return make_authority()


@cache
def token() -> bytes:
    return authority().token(NOTE)


@cache
def packed() -> bytes:
    """As an authority sends it, with its root, and in another order."""
    tsa = authority()
    return tsa.raw_token(NOTE, certificates=(tsa.root, tsa.between, tsa.certificate))


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    for read in (distil, granted, from_response):
        with pytest.raises(Unproven):
            read(noise)


@given(st.data())
def test_a_token_with_any_one_bit_flipped_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 8 * len(token()) - 1))
    flipped = bytearray(token())
    flipped[place // 8] ^= 1 << place % 8
    with pytest.raises(Unproven):
        check_token(bytes(flipped), NOTE, authority().roots)


@given(st.data())
def test_a_token_with_octets_replaced_removed_or_added_is_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(token())))
    end = data.draw(st.integers(start, min(len(token()), start + 40)))
    other = data.draw(st.binary(max_size=40))
    altered = token()[:start] + other + token()[end:]
    if altered != token():
        with pytest.raises(Unproven):
            check_token(altered, NOTE, authority().roots)
        with pytest.raises(Unproven):
            check_chain([token(), altered], NOTE, authority().roots)


@given(st.data())
def test_what_is_left_of_an_altered_token_is_in_the_form_that_is_kept(data: st.DataObject) -> None:
    raw = packed()
    place = data.draw(st.integers(0, len(raw) - 1))
    altered = raw[:place] + data.draw(st.binary(min_size=1, max_size=1)) + raw[place + 1 :]
    try:
        kept = distil(altered)
    except Unproven:
        return
    assert distil(kept) == kept
    assert from_response(as_response(kept)) == kept
