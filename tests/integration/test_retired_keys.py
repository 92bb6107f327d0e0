"""A key of the ledger that signs no more: what it signed is kept, repeated byte for byte, and checked."""

import pytest
from sqlalchemy import text

from edi_gateway.errors import Fault, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.keys import LedgerKey, open_by, parse_keys
from edi_gateway.workflows import rotate
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.rotate import check_signatures, keys_text
from edi_gateway.workflows.verify import Verification, verify_ledger
from edi_gateway.workflows.verify_state import from_state, to_state
from tests.support import rotation
from tests.support.gateway import ORIGIN, reopened
from tests.support.recording import append_bulk
from tests.support.rotation import record


def kept_sizes(gateway: Gateway) -> list[int]:
    with gateway.engine.connect() as connection:
        return list(connection.scalars(text("SELECT size FROM head_signatures ORDER BY size")))


@pytest.fixture
def receipts(gateway: Gateway) -> dict[str, bytes]:
    return rotation.across(gateway, record)


def test_receipts_are_repeated_byte_for_byte_whatever_has_become_of_the_keys(gateway: Gateway, receipts):
    def repeated(by: Gateway) -> dict[str, bytes]:
        return {number: record(by, number) for number in receipts}

    assert repeated(gateway) == receipts
    kept = rotation.keep(gateway, rotation.first(gateway))
    assert kept.kept
    assert repeated(gateway) == receipts
    rotation.destroy(gateway, kept)
    fresh = reopened(gateway)
    assert fresh.notary.signer_of(kept) is None
    assert repeated(fresh) == receipts
    fresh.close()


def test_a_receipt_holds_under_the_key_of_its_size_and_no_other(gateway: Gateway, receipts):
    old, new = (one.key.verifier.vkey for one in gateway.notary.history.keys)
    assert check_receipt(receipts["before"], old).trusted
    with pytest.raises(Unproven, match="no signature of a known key"):
        check_receipt(receipts["before"], new)
    with pytest.raises(Unproven, match="no signature of a known key"):
        check_receipt(receipts["after"], old)
    trusted = keys_text(gateway.notary.keys)
    for receipt in receipts.values():
        assert check_receipt(receipt, trusted).trusted


def test_a_checkpoint_that_the_retired_key_signs_for_a_later_tree_does_not_hold(gateway: Gateway, receipts):
    old = rotation.first(gateway)
    signer = gateway.notary.signer_of(old)
    (_, new), head = gateway.notary.history.keys, gateway.ledger.head()
    said = checkpoint.marshal(checkpoint.Checkpoint(ORIGIN, head.size, head.root))
    forged = note.compose(said, [note.Signature(old.key.verifier, signer.sign(said.encode()))])
    with pytest.raises(Unproven, match=f"key not valid then: .* signs from size 0 to {old.key.until}"):
        open_by(forged, parse_keys(keys_text(gateway.notary.keys)))
    assert open_by(forged, [LedgerKey(old.key.verifier), new.key]).size == head.size


def test_the_whole_ledger_still_holds(gateway: Gateway, receipts):
    rotation.keep(gateway, rotation.first(gateway))
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).head.size == 9


def test_keeping_goes_on_where_it_was_interrupted(gateway: Gateway, receipts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rotate, "PAGE", 2)
    old, kind = rotation.first(gateway), type(gateway.notary.kept)
    with monkeypatch.context() as patched:
        keep, pages = kind.keep, iter(range(2))

        def full_disk(self, key, signatures):
            if next(pages, None) is None:
                raise Fault("The disk is full.")
            keep(self, key, signatures)

        patched.setattr(kind, "keep", full_disk)
        with pytest.raises(Fault, match="disk is full"):
            rotation.keep(gateway, old)
    assert not rotation.again(gateway, old).kept
    assert gateway.notary.kept.newest_kept(old.id) == 2
    rotation.keep(gateway, old)
    assert kept_sizes(gateway) == [0, 1, 2, 3, 4, 5, 6, 7, 8]


def test_commits_larger_than_a_page_are_kept_once(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rotate, "PAGE", 3)
    append_bulk(gateway.ledger, 20)
    append_bulk(gateway.ledger, 2)
    receipt = record(gateway, "PO-1")
    old = rotation.first(gateway)
    rotation.add(gateway)
    rotation.keep(gateway, rotation.retire(gateway, old))
    assert kept_sizes(gateway) == [0, 1, 2, 3, 4, 24, 26, 27, 28, 29]
    assert record(gateway, "PO-1") == receipt


def test_what_was_not_kept_of_a_key_that_is_gone_is_a_fault(gateway: Gateway, receipts):
    old = rotation.first(gateway)
    gateway.notary.kept.all_kept(old.id)
    gateway.notary.refresh()
    with pytest.raises(Fault, match="is gone, and its signature of the tree of 5 was not kept"):
        gateway.recorder.receipt_again(4)


def damaged(gateway: Gateway, statement: str) -> None:
    with gateway.engine.begin() as connection:
        if gateway.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER head_signatures_no_{verb}"))
        connection.execute(text(statement))


def test_every_kept_signature_is_checked_and_counted(gateway: Gateway, receipts):
    old = rotation.keep(gateway, rotation.first(gateway))
    assert check_signatures(old, gateway.ledger, gateway.notary.kept) == len(kept_sizes(gateway)) == 9


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE head_signatures SET signature = (SELECT signature FROM head_signatures WHERE size = 2) "
            "WHERE size = 3",
            "for the tree of 3: .* does not verify",
        ),
        ("DELETE FROM head_signatures WHERE size = 4", "of the trees from 1 to 8 not all signatures"),
    ],
    ids=["another signature", "a missing one"],
)
def test_what_is_kept_and_does_not_hold_is_found(gateway: Gateway, receipts, statement: str, said: str):
    old = rotation.keep(gateway, rotation.first(gateway))
    damaged(gateway, statement)
    with pytest.raises(Unproven, match=said):
        check_signatures(old, gateway.ledger, gateway.notary.kept)


@pytest.mark.parametrize("change", ["from_size = from_size + 1", "until_size = 5", "until_size = NULL"])
def test_sizes_of_keys_that_are_not_as_the_ledger_tells_are_found(gateway: Gateway, receipts, change: str):
    damaged(gateway, f"UPDATE ledger_keys SET {change}")
    with pytest.raises(Unproven, match="the ledger's own keys, or the sizes that they sign, are not as the ledger"):
        verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_an_audit_that_was_interrupted_still_knows_the_keys(gateway: Gateway, receipts):
    begun = Verification(ORIGIN, full=True)
    with gateway.ledger.inspecting() as inspection:
        assert begun.take(inspection, 7)
    begun = from_state(to_state(begun), ORIGIN, True, gateway.ledger)
    assert verify_ledger(gateway.ledger, ORIGIN, full=True, begun=begun).head.size == 9
