"""A receipt holds as it was given, and in no other way."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edi_gateway.errors import Unproven
from edi_gateway.receipts import receipt as receipts
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.check import check_receipt
from tests.support.ledger import MemoryLog, flipped
from tests.support.ledger_receipts import receipt_of, statement_of

LOG = MemoryLog()
LOG.append([b"%d" % number for number in range(70)])
RECEIPT = receipt_of(LOG, statement_of(LOG), bytes(range(32)))
WRITTEN = receipts.to_json(RECEIPT)

values = st.recursive(
    st.text(max_size=8) | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_every_flipped_bit_in_a_receipt_is_noticed():
    assert check_receipt(WRITTEN, LOG.vkey).receipt == RECEIPT
    for altered in flipped(WRITTEN):
        with pytest.raises(Unproven):
            check_receipt(altered, LOG.vkey)


@given(st.sampled_from(list(flipped(WRITTEN))))
def test_any_flipped_bit_in_a_receipt_is_noticed_even_without_a_key(altered):
    with pytest.raises(Unproven):
        check_receipt(altered, None)


@given(
    st.binary(max_size=100)
    | st.text(max_size=60).map(str.encode)
    | values.map(lambda value: json.dumps(value).encode())
)
@example(b"")
def test_any_bytes_are_unproven(octets):
    with pytest.raises(Unproven):
        check_receipt(octets, None)


@given(st.sampled_from(["version", "statement", "salt", "index", "proof", "vkey"]), values)
def test_any_other_value_in_a_receipt_is_unproven(name, value):
    members = json.loads(WRITTEN)
    if members[name] == value and type(members[name]) is type(value):
        return
    with pytest.raises(Unproven):
        check_receipt(json.dumps({**members, name: value}).encode(), LOG.vkey)


@given(st.dictionaries(st.text(max_size=8), values, max_size=4))
def test_every_statement_that_can_be_canonical_is_proved_and_read_back(statement):
    log = MemoryLog()
    receipt = receipt_of(log, canonical({**statement, "origin": log.origin}))
    checked = check_receipt(receipts.to_json(receipt), log.vkey)
    assert checked.receipt == receipt
    assert checked.statement == {**statement, "origin": log.origin}
