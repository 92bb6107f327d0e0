"""A COSE receipt, checked by a library for SCITT that we did not write."""

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from scitt_cose.receipt import verify_receipt

from edi_gateway.ledger import stored
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.model.record import Entry
from edi_gateway.workflows.acknowledge import cose_receipt
from tests.support.ledger import MemoryLog
from tests.support.notary import notary_of

SIZES = (1, 2, 3, 255, 256, 257, 700)
ID = "01a20846-fe09-701d-81b1-fe6ed4f9cf0a"


def grown(size: int) -> MemoryLog:
    log = MemoryLog()
    log.append([b"entry %d" % number for number in range(size)])
    return log


def receipt_of(log: MemoryLog, index: int) -> bytes:
    content = log.entries[index]
    entry = Entry(index, ID, "test", "acme", 1, b"{}", b"", content, leaf_hash(content), log.head.size)
    path = stored.inclusion_proof(log, index, log.head.size)
    return cose_receipt(notary_of(log.origin, log.key), entry, path, log.head)


def pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def verified(receipt: bytes, entry: bytes, key: Ed25519PrivateKey):
    return verify_receipt(receipt, leaf_entry_hex=entry.hex(), log_public_key_pem=pem(key))


@pytest.mark.parametrize("size", SIZES)
def test_a_receipt_of_the_first_and_of_the_last_entry_is_accepted(size: int) -> None:
    log = grown(size)
    for index in {0, size // 2, size - 1}:
        found = verified(receipt_of(log, index), log.entries[index], log.key)
        assert found.ok, found.errors
        assert (found.leaf_index, found.tree_size, found.root) == (index, size, log.head.root.hex())
        assert (found.issuer, found.subject) == (log.origin, f"urn:uuid:{ID}")
        assert found.protected_header_ext == {4: log.verifier.key_id}


def test_another_entry_is_not_the_one_that_the_receipt_is_for() -> None:
    log = grown(257)
    assert not verified(receipt_of(log, 100), log.entries[101], log.key).ok


def test_another_key_did_not_sign() -> None:
    log = grown(5)
    found = verified(receipt_of(log, 3), log.entries[3], Ed25519PrivateKey.generate())
    assert not found.ok
    assert found.failed_at == "signature"


def test_any_flipped_bit_is_found() -> None:
    log = grown(3)
    receipt = receipt_of(log, 1)
    for at in range(len(receipt) * 8):
        altered = bytearray(receipt)
        altered[at // 8] ^= 1 << at % 8
        assert not verified(bytes(altered), log.entries[1], log.key).ok, at


def test_the_receipt_is_encoded_in_the_one_deterministic_way() -> None:
    receipt = receipt_of(grown(300), 299)
    assert receipt == cbor2.dumps(cbor2.loads(receipt), canonical=True)
    protected = cbor2.loads(receipt).value[0]
    assert protected == cbor2.dumps(cbor2.loads(protected), canonical=True)
