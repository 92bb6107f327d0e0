from dataclasses import replace

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note, proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.receipts import receipt as receipts
from edi_gateway.receipts.statement import commit
from edi_gateway.workflows.check import check_receipt
from tests.support.ledger import MemoryLog
from tests.support.ledger_receipts import log_of, receipt_of, statement_of


@pytest.fixture(scope="module")
def log():
    return log_of(300)


@pytest.fixture(scope="module")
def receipt(log):
    return receipt_of(log, statement_of(log))


def _check(receipt, vkey):
    return check_receipt(receipts.to_json(receipt), vkey)


def _reproved(receipt, **changes):
    changed = replace(proof.parse(receipt.proof.encode()), **changes)
    return replace(receipt, proof=proof.marshal(changed).decode())


def test_a_receipt_is_checked_with_the_checkers_own_key(log, receipt):
    checked = _check(receipt, log.vkey)
    assert checked.trusted
    assert checked.receipt == receipt
    assert checked.statement["type"] == "partner.added"
    assert checked.leaf == leaf_hash(commit(receipt.statement, receipt.salt)) == log.hashes[300]
    assert checked.checkpoint == Checkpoint(log.origin, 301, checked.checkpoint.root)


def test_without_a_key_a_receipt_only_agrees_with_itself(receipt):
    assert not _check(receipt, None).trusted


def test_a_receipt_of_another_log_is_refused_with_our_key_though_it_agrees_with_itself(log):
    forged = MemoryLog(origin=log.origin)
    receipt = receipt_of(forged, statement_of(forged))
    assert not _check(receipt, None).trusted
    with pytest.raises(Unproven, match="no signature of a known key"):
        _check(receipt, log.vkey)


def test_a_changed_statement_is_not_the_one_in_the_ledger(log, receipt):
    with pytest.raises(Unproven, match="does not lead to the root hash"):
        _check(replace(receipt, statement=statement_of(log, type="partner.resumed")), log.vkey)


def test_a_changed_salt_is_not_the_one_in_the_ledger(log, receipt):
    with pytest.raises(Unproven, match="does not lead to the root hash"):
        _check(replace(receipt, salt=b"\x01" * 32), log.vkey)


def test_a_receipt_and_its_proof_name_one_index(log, receipt):
    with pytest.raises(Unproven, match="says index 299, its proof 300"):
        _check(replace(receipt, index=299), log.vkey)
    with pytest.raises(Unproven, match=r"does not lead|too long|too short"):
        _check(replace(_reproved(receipt, index=299), index=299), log.vkey)


def test_a_statement_recorded_in_another_log_is_refused(log):
    log = MemoryLog()
    receipt = receipt_of(log, statement_of(log, origin="gw.example.com/other"))
    with pytest.raises(Unproven, match="different logs"):
        _check(receipt, log.vkey)


@pytest.mark.parametrize("origin", [1, None, []])
def test_a_statement_whose_origin_is_no_name_is_refused(origin):
    log = MemoryLog()
    with pytest.raises(Unproven, match="different logs"):
        _check(receipt_of(log, statement_of(log, origin=origin)), log.vkey)


def test_a_checkpoint_that_the_key_signed_for_another_log_is_refused(log, receipt):
    signed = note.sign(log.origin, log.key, checkpoint.marshal(Checkpoint("gw.example.com/other", 301, log.head.root)))
    with pytest.raises(Unproven, match="is of the log"):
        _check(_reproved(receipt, checkpoint=signed), log.vkey)


def test_a_proof_of_an_older_tree_does_not_hold_the_entry(log, receipt):
    older = MemoryLog(key=log.key)
    older.append(log.entries[:300])
    with pytest.raises(Unproven, match="outside a tree of 300"):
        _check(_reproved(receipt, checkpoint=older.checkpoint()), log.vkey)


def test_data_that_nothing_authenticates_is_refused(log, receipt):
    with pytest.raises(Unproven, match="extra data"):
        _check(_reproved(receipt, extra=b"trust me"), log.vkey)


def test_a_key_inside_that_did_not_sign_is_a_lie_even_where_the_checkers_own_holds(log, receipt):
    with pytest.raises(Unproven, match="no signature of a known key"):
        _check(replace(receipt, vkey=MemoryLog().vkey), log.vkey)


def test_after_a_rotation_the_key_inside_may_be_the_other_one_that_signed(log, receipt):
    newer = MemoryLog()
    signed = proof.parse(receipt.proof.encode()).checkpoint
    text = note.open(signed, [log.verifier])
    both = signed + note.sign(log.origin, newer.key, text).rpartition(b"\n\n")[2]
    assert _check(replace(_reproved(receipt, checkpoint=both), vkey=newer.vkey), log.vkey).trusted


@pytest.mark.parametrize("vkey", ["", "nonsense", "a+b+c", "\udcff+00000000+AAAA"])
def test_what_is_no_verifier_key_checks_nothing(receipt, vkey):
    with pytest.raises(Unproven, match="verifier key"):
        _check(receipt, vkey)
