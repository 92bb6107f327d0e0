"""A bundle of evidence holds as it was gathered, and in no other way."""

import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.errors import Unproven
from edi_gateway.receipts import bundle
from edi_gateway.workflows.check_evidence import Trust, check_evidence
from tests.support.evidence import check_files, evidence_of
from tests.support.gateway import enrol_both, make_gateway

POSITIONS = 120
"""Flipped in each file, spread over it; in a shorter one every byte."""

Files = dict[str, bytes]


class Two(NamedTuple):
    """The files of two bundles of one gateway, and its verifier key."""

    one: Files
    other: Files
    vkey: str


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    gateway = make_gateway(tmp_path_factory.mktemp("gateway"))
    enrol_both(gateway)
    one = bundle.unpack(evidence_of(gateway, "PO-1"))
    other = bundle.unpack(evidence_of(gateway, "PO-2"))
    yield Two(one, other, gateway.notary.vkey)
    gateway.close()


def _altered(content: bytes, at: int, bit: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


def test_a_bundle_as_it_was_gathered_holds(two: Two) -> None:
    assert check_files(two.one, two.vkey).receipt.trusted
    assert check_files(two.other, two.vkey).receipt.trusted


def test_a_flipped_bit_in_any_file_but_the_readme_is_found_and_the_file_named(two: Two) -> None:
    for name in two.one.keys() - {bundle.README}:
        content = two.one[name]
        for at in sorted({0, len(content) - 1, *range(0, len(content), max(1, len(content) // POSITIONS))}):
            with pytest.raises(Unproven, match=f"^{re.escape(name)}: "):
                check_files(two.one | {name: _altered(content, at, at % 8)}, two.vkey)


@given(draws=st.data())
def test_any_flipped_bit_is_found_even_without_a_key(two: Two, draws: st.DataObject) -> None:
    name = draws.draw(st.sampled_from(sorted(two.one.keys() - {bundle.README})))
    content = two.one[name]
    at, bit = draws.draw(st.integers(0, len(content) - 1)), draws.draw(st.integers(0, 7))
    with pytest.raises(Unproven):
        check_files(two.one | {name: _altered(content, at, bit)}, None)


@given(draws=st.data())
def test_any_other_content_of_a_file_is_found(two: Two, draws: st.DataObject) -> None:
    name = draws.draw(st.sampled_from(sorted(two.one.keys() - {bundle.README})))
    content = two.one[name]
    cut, more = draws.draw(st.integers(0, len(content))), draws.draw(st.binary(max_size=20))
    if content[:cut] + more != content:
        with pytest.raises(Unproven):
            check_files(two.one | {name: content[:cut] + more}, two.vkey)


def test_the_readme_proves_nothing_and_may_say_anything(two: Two) -> None:
    assert check_files(two.one | {bundle.README: b"All is well."}, two.vkey).checked


def test_a_file_that_is_missing_is_found(two: Two) -> None:
    for name in two.one:
        with pytest.raises(Unproven):
            check_files({other: content for other, content in two.one.items() if other != name}, two.vkey)


@pytest.mark.parametrize("name", ["note.txt", "keys/1-key.added.json", "checkpoints/1.tsr", "signature/ok", "a/b"])
def test_a_file_that_nobody_asked_for_is_found(two: Two, name: str) -> None:
    with pytest.raises(Unproven, match=f"^{re.escape(name)}: "):
        check_files(two.one | {name: b"{}"}, two.vkey)


def test_the_receipt_of_another_event_in_the_place_of_a_keys_is_found(two: Two) -> None:
    for name in ("keys/1-key.added.json", f"keys/{two.one['receipt.json'].count(b'x')}-document.accepted.json"):
        with pytest.raises(Unproven):
            check_files(two.one | {name: two.one[bundle.RECEIPT]}, two.vkey)


def test_files_swapped_between_two_bundles_are_found(two: Two) -> None:
    for name in (two.one.keys() & two.other.keys()) - {bundle.README}:
        if two.one[name] != two.other[name]:
            with pytest.raises(Unproven):
                check_files(two.one | {name: two.other[name]}, two.vkey)
    swapped = [name for name in two.one.keys() & two.other.keys() if two.one[name] != two.other[name]]
    assert {bundle.RECEIPT, bundle.BODY, bundle.DOCUMENT, bundle.REPORT, bundle.STATEMENT} <= set(swapped)


def test_files_swapped_within_a_bundle_are_found(two: Two) -> None:
    names = sorted(two.one.keys() - {bundle.README})
    for one, other in product(names, names):
        if one < other and two.one[one] != two.one[other]:
            with pytest.raises(Unproven):
                check_files(two.one | {one: two.one[other], other: two.one[one]}, two.vkey)


@given(draws=st.data())
def test_whatever_becomes_of_the_zip_it_holds_unchanged_or_not_at_all(two: Two, draws: st.DataObject) -> None:
    packed = bundle.pack(two.one)
    at, bit = draws.draw(st.integers(0, len(packed) - 1)), draws.draw(st.integers(0, 7))
    altered = _altered(packed, at, bit)
    try:
        check_evidence(altered, Trust(two.vkey))
    except Unproven:
        return
    # What nobody reads may differ: dates, attributes; and the README.
    read = bundle.unpack(altered)
    assert read | {bundle.README: b""} == two.one | {bundle.README: b""}


@given(st.binary(max_size=300).map(lambda rest: b"PK\x03\x04" + rest) | st.binary(max_size=50))
def test_any_bytes_are_unproven(octets: bytes) -> None:
    with pytest.raises(Unproven):
        check_evidence(octets, Trust(None))
