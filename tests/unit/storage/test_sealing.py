"""What is sealed can be read as what it is, and as nothing else."""

import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.errors import Unproven
from edi_gateway.model.data_key import DataKey
from edi_gateway.storage.sealing import Contents, Field, seal, unseal

KEY = secrets.token_bytes(32)
PLAIN = Contents(b"a body", b'{"content-type":"application/cms"}', b'{"findings":[]}')
FIELDS: tuple[Field, ...] = ("body", "headers", "report")


@given(st.binary(), st.binary(), st.binary())
def test_each_field_comes_back_as_it_was(body: bytes, headers: bytes, report: bytes):
    plain = Contents(body, headers, report)
    sealed = seal(plain, "id-1", KEY)
    assert Contents(*(unseal(one, name, "id-1", KEY) for one, name in zip(sealed, FIELDS, strict=True))) == plain
    assert [len(one) for one in sealed] == [len(one) + 28 for one in plain]


@given(st.sampled_from(range(3)), st.data())
def test_any_bit_that_is_flipped_is_found(field: int, data: st.DataObject):
    sealed = bytearray(seal(PLAIN, "id-1", KEY)[field])
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unproven, match="id-1"):
        unseal(bytes(sealed), FIELDS[field], "id-1", KEY)


def test_a_field_of_another_document_or_another_field_or_under_another_key_is_found():
    sealed = seal(PLAIN, "id-1", KEY)
    for wrong in (
        (sealed.body, "body", "id-2", KEY),
        (sealed.body, "headers", "id-1", KEY),
        (sealed.report, "body", "id-1", KEY),
        (sealed.body, "body", "id-1", secrets.token_bytes(32)),
    ):
        with pytest.raises(Unproven):
            unseal(*wrong)


@pytest.mark.parametrize("size", [0, 1, 11, 12, 27])
def test_what_is_too_short_is_found(size: int):
    with pytest.raises(Unproven):
        unseal(bytes(size), "body", "id-1", KEY)


def test_no_two_fields_share_a_nonce_nor_do_two_attempts():
    nonces = [one[:12] for _ in range(100) for one in seal(PLAIN, "id-1", KEY)]
    assert len(set(nonces)) == 300


def test_anybody_with_the_data_key_decrypts_it_by_the_book():
    sealed = seal(PLAIN, "id-1", KEY).body
    assert AESGCM(KEY).decrypt(sealed[:12], sealed[12:], b"edi-gateway sealed payload\nid-1\nbody\n") == PLAIN.body


def test_a_data_key_is_not_in_what_is_said_of_it():
    assert "REDACT" not in repr(DataKey(b"REDACT" * 5, "0123456789abcdef", b"wrapped"))
