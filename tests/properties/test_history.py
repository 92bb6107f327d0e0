"""Histories of random chains: what the gateway keeps is proved, and whatever is changed or left out is noticed."""

import json
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from edi_gateway.errors import Unproven
from edi_gateway.receipts.history import Told, parse, to_json
from edi_gateway.workflows.check_history import check_history
from tests.support.chains import Chained, trading

PARTIES = ("acme", "globex", "initech")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def ledgers(draw) -> Chained:
    """A ledger of several parties, in which acme has at least one entry, and some of what it had is erased."""
    chained = Chained()
    for party in ["acme", *draw(st.lists(st.sampled_from(PARTIES), max_size=30))]:
        chained.record(party)
    for index in draw(st.sets(st.sampled_from(chained.of["acme"]), max_size=len(chained.of["acme"]) - 1)):
        chained.erase("acme", index)
    return chained


@given(ledgers(), st.data())
def test_every_part_of_every_chain_holds_and_claims_no_more_than_there_is(chained: Chained, data) -> None:
    chain = chained.of["acme"]
    first = data.draw(st.integers(1, len(chain)))
    last = data.draw(st.integers(first, len(chain)))
    history = chained.history("acme", range(first, last + 1), range(last + 1, len(chain) + 1))
    checked = check_history(to_json(history), chained.log.vkey)
    assert parse(to_json(history)) == history
    assert checked.unexplained == ()
    # Whatever is said to be complete is so, by what really was recorded.
    start = checked.entries[0].index
    really = [index for index in chain if start <= index < checked.complete_to]
    assert [entry.index for entry in checked.entries if entry.index < checked.complete_to] == really


@given(ledgers(), st.data())
def test_whatever_is_left_out_between_two_entries_is_missed(chained: Chained, data) -> None:
    chain = chained.of["acme"]
    assume(len(chain) > 2)
    whole = chained.history("acme", range(1, len(chain) + 1))
    out = data.draw(st.sets(st.integers(1, len(chain) - 2), min_size=1))
    kept = tuple(entry for at, entry in enumerate(whole.entries) if at not in out)
    with pytest.raises(Unproven, match="is missing"):
        check_history(to_json(replace(whole, entries=kept)), chained.log.vkey)
    # And numbered anew, it contradicts its own statements, which say what stood before each.
    told = [at for at, entry in enumerate(kept) if isinstance(entry, Told)]
    renumbered = tuple(replace(entry, sequence=at + 1) for at, entry in enumerate(kept))
    assume(any(kept[at].sequence != at + 1 for at in told))
    with pytest.raises(Unproven, match=r"by its own statement|does not follow"):
        check_history(to_json(replace(whole, entries=renumbered)), chained.log.vkey)


def _written() -> tuple[bytes, str]:
    chained = trading()
    chained.erase("acme", 3)
    return to_json(replace(chained.history("acme", [2, 3, 4], [6]), next=5)), chained.log.vkey


WRITTEN, VKEY = _written()


@given(st.integers(0, len(WRITTEN) * 8 - 1))
def test_any_flipped_bit_in_a_history_is_noticed(bit: int) -> None:
    altered = bytearray(WRITTEN)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unproven):
        check_history(bytes(altered), VKEY)


def test_one_flipped_bit_in_each_octet_of_a_history_is_noticed() -> None:
    for at in range(len(WRITTEN)):
        altered = bytearray(WRITTEN)
        altered[at] ^= 1 << at % 7
        with pytest.raises(Unproven):
            check_history(bytes(altered), VKEY)


@given(
    st.binary(max_size=100)
    | st.text(max_size=60).map(str.encode)
    | values.map(lambda value: json.dumps(value).encode())
)
@example(b"")
def test_any_bytes_are_unproven(octets: bytes) -> None:
    with pytest.raises(Unproven):
        check_history(octets, None)


@given(st.sampled_from(sorted(json.loads(WRITTEN))), values)
def test_any_other_value_in_a_history_is_unproven(name: str, value: object) -> None:
    # Whether there is more is not proved, and need not be said; without erasures it is told what isn't explained.
    assume((name, value) not in [("next", None), ("next", 5), ("version", 1), ("erasures", [])])
    with pytest.raises(Unproven):
        check_history(json.dumps({**json.loads(WRITTEN), name: value}).encode(), VKEY)


@given(st.sampled_from(["sequence", "index", "statement", "salt", "proof", "erased", "leafHash"]), st.data(), values)
def test_any_other_value_in_an_entry_is_unproven(name: str, data, value: object) -> None:
    history = json.loads(WRITTEN)
    entry = data.draw(st.sampled_from([*history["entries"], *history["erasures"]]))
    assume(name not in entry or entry[name] != value or type(entry[name]) is not type(value))
    entry[name] = value
    with pytest.raises(Unproven):
        check_history(json.dumps(history).encode(), VKEY)
