"""A COSE receipt and a bare tlog-proof, checked for the statement of a JSON receipt."""

from dataclasses import replace

import cbor2
import pytest

from edi_gateway.errors import Unproven
from edi_gateway.ledger import proof, stored
from edi_gateway.model.record import Entry
from edi_gateway.receipts import cose
from edi_gateway.receipts import receipt as receipts
from edi_gateway.syntax import json
from edi_gateway.workflows.acknowledge import cose_receipt
from edi_gateway.workflows.check_proofs import check_cose, check_tlog_proof
from tests.support.ledger import MemoryLog
from tests.support.ledger_receipts import log_of, receipt_of, statement_of
from tests.support.notary import notary_of


@pytest.fixture(scope="module")
def log():
    return log_of(300)


@pytest.fixture(scope="module")
def about(log):
    """The first receipt of entry 300; meanwhile there are more."""
    given = receipts.to_json(receipt_of(log, statement_of(log)))
    log.append([b"later %d" % number for number in range(30)])
    return given


def sealed(log, about):
    """The COSE receipt of the same entry, in the tree as it is now."""
    receipt = receipts.parse(about)
    id = json.parse(receipt.statement)["id"]
    content, leaf = log.entries[receipt.index], log.hashes[receipt.index]
    entry = Entry(receipt.index, id, "", "", 1, receipt.statement, receipt.salt, content, leaf, log.head.size)
    path = stored.inclusion_proof(log, receipt.index, log.head.size)
    return cose_receipt(notary_of(log.origin, log.key), entry, path, log.head)


def bare(log, index=300):
    path = stored.inclusion_proof(log, index, log.head.size)
    return proof.marshal(proof.InclusionProof(index, path, log.checkpoint()))


@pytest.mark.parametrize(("form", "check"), [(sealed, check_cose), (lambda log, _: bare(log), check_tlog_proof)])
class TestBothForms:
    def test_the_statement_of_the_receipt_is_proved_in_the_tree_of_the_proof(self, log, about, form, check):
        checked = check(form(log, about), about, log.vkey)
        assert checked.trusted
        assert checked.statement["type"] == "partner.added"
        assert (checked.receipt.index, checked.checkpoint.size, checked.checkpoint.root) == (300, 331, log.head.root)
        assert checked.receipt.vkey == log.vkey

    def test_without_a_key_it_only_agrees_with_the_receipt(self, log, about, form, check):
        assert not check(form(log, about), about, None).trusted

    def test_it_does_not_prove_another_statement(self, log, about, form, check):
        other = about.replace(b"partner.added", b"partner.moved")
        with pytest.raises(Unproven, match=r"does not (lead to the root hash|prove this statement)"):
            check(form(log, about), other, log.vkey)

    def test_it_does_not_hold_under_the_key_of_another_log(self, log, about, form, check):
        with pytest.raises(Unproven, match="known key"):
            check(form(log, about), about, MemoryLog(origin=log.origin).vkey)

    def test_a_key_that_did_not_sign_at_that_size_is_refused(self, log, about, form, check):
        with pytest.raises(Unproven, match="key not valid then"):
            check(form(log, about), about, f"{log.vkey} 0 330")
        assert check(form(log, about), about, f"{log.vkey} 0 331").trusted

    def test_a_receipt_that_names_another_index_is_refused(self, log, about, form, check):
        other = about.replace(b'"index":300', b'"index":299')
        with pytest.raises(Unproven, match=r"says index 299|different entries"):
            check(form(log, about), other, log.vkey)


def test_any_flipped_bit_of_a_cose_receipt_is_found_but_in_the_size_that_nothing_signs(log, about):
    given = sealed(log, about)
    for at in range(len(given) * 8):
        altered = bytearray(given)
        altered[at // 8] ^= 1 << at % 8
        try:
            found = check_cose(bytes(altered), about, log.vkey)
        except Unproven:
            continue
        # RFC 9942 §5.2: the signature is over the root hash.
        assert found.checkpoint.size != log.head.size
        assert found.checkpoint.root == log.head.root
        assert replace(cose.parse(bytes(altered)), size=log.head.size) == cose.parse(given)


def _changed(given, **changes):
    protected, unprotected, payload, signature = cbor2.loads(given).value
    parts = {"protected": protected, "unprotected": unprotected, "payload": payload, "signature": signature} | changes
    return cbor2.dumps(cbor2.CBORTag(18, list(parts.values())), canonical=True)


def test_what_nothing_signs_is_not_taken_along(log, about):
    given = sealed(log, about)
    proofs = cbor2.loads(given).value[1]
    for changes in (
        {"unprotected": dict(proofs) | {99: "believe me"}},
        {"unprotected": {396: dict(proofs[396]) | {-2: []}}},
        {"unprotected": {396: {-1: [*proofs[396][-1], b""]}}},
        {"payload": log.head.root},
    ):
        with pytest.raises(Unproven):
            check_cose(_changed(given, **changes), about, log.vkey)
    assert _changed(given) == given


def test_a_cose_receipt_in_another_encoding_is_refused(log, about):
    tagged = cbor2.loads(sealed(log, about))
    indefinite = b"\xd2\x9f" + b"".join(map(cbor2.dumps, tagged.value)) + b"\xff"
    assert cbor2.loads(indefinite).value == tagged.value
    with pytest.raises(Unproven, match="one way"):
        check_cose(indefinite, about, log.vkey)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xd2", b"\xd2\x80", b"\xd2\x84\x40\xa0\xf6\x40", b"\x81" * 9000, b"\x9b" + b"\xff" * 8, b"\xd2" * 10_001],
    ids=["empty", "cut", "array", "headers", "deep", "huge", "long"],
)
def test_other_bytes_are_no_cose_receipt(data):
    with pytest.raises(Unproven):
        cose.parse(data)


def test_a_true_is_no_number(log, about):
    given = sealed(log, about)
    place = cbor2.dumps([True, False, []])
    with pytest.raises(Unproven, match="RFC 9162"):
        check_cose(_changed(given, unprotected={396: {-1: [place]}}), about, log.vkey)
