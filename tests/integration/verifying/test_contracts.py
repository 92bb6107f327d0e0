"""What is kept of contracts, edited by hand: the full audit finds it, and says where."""

import pytest
from sqlalchemy import insert

from edi_gateway.gateway import Gateway
from edi_gateway.storage import contract_tables as tables
from edi_gateway.workflows.verify import verify_ledger
from tests.support.auditing import ORIGIN, assert_found, edit
from tests.support.contracts import NAMING, copy, sign

LIES = {
    "a contract is taken away": "DELETE FROM contracts WHERE leaf_index = 4",
    "a contract is put in": "UPDATE contracts SET leaf_index = 3 WHERE leaf_index = 4",
    "its content is changed": "UPDATE contracts SET content = 'x' WHERE leaf_index = 4",
    "its terms are changed": "UPDATE contracts SET terms = 'sha256:0' WHERE leaf_index = 4",
    "its first day is changed": "UPDATE contracts SET valid_from = '2020-01-01' WHERE leaf_index = 4",
    "its last day is changed": "UPDATE contracts SET valid_until = NULL WHERE leaf_index = 4",
    "its purpose is changed": "UPDATE contracts SET purpose = 'termination' WHERE leaf_index = 4",
    "its version is changed": "UPDATE contracts SET version = 2 WHERE leaf_index = 4",
    "its PDF is changed": "UPDATE contracts SET pdf = '0' WHERE leaf_index = 4",
    "its parties are changed": "UPDATE contracts SET parties = '[\"acme\"]' WHERE leaf_index = 4",
    "its parties can't be read": "UPDATE contracts SET parties = '[' WHERE leaf_index = 4",
    "a party does not find it": "DELETE FROM contract_parties WHERE leaf_index = 5 AND partner = 'acme'",
    "a stranger finds it": "INSERT INTO contract_parties VALUES ('initech', 5)",
    "a signature is taken away": "DELETE FROM contract_signatures WHERE leaf_index = 5",
    "a signature is put in": "INSERT INTO contract_signatures VALUES (1, 4, '2026-11-23T12:00:00.000Z')",
    "a signature is another contract's": "UPDATE contract_signatures SET offer = 6 WHERE leaf_index = 5",
    "a signature has another moment": "UPDATE contract_signatures SET signed_at = '2020' WHERE leaf_index = 5",
}


@pytest.mark.parametrize("lie", LIES)
def test_the_audit_finds_what_was_changed_by_hand(sqlite_gateway: Gateway, lie: str):
    sign(sqlite_gateway)
    sign(sqlite_gateway, "acme", contract_id="FC-2")
    verify_ledger(sqlite_gateway.ledger, ORIGIN, full=True)
    edit(sqlite_gateway, LIES[lie])
    assert_found(sqlite_gateway, r"entr(y|ies) \d", full=True)


def test_the_audit_finds_a_signature_of_another_pdf(sqlite_gateway: Gateway):
    sign(sqlite_gateway, "acme", **NAMING)
    sqlite_gateway.recorder.record([copy("0" * 64, "globex", "sha256:other")])
    verify_ledger(sqlite_gateway.ledger, ORIGIN, full=True)
    with sqlite_gateway.engine.begin() as connection:
        row = {"leaf_index": 5, "offer": 4, "signed_at": "2026-11-23T12:00:00.000Z"}
        connection.execute(insert(tables.contract_signatures), row)
    assert_found(sqlite_gateway, "entry 5: it does not sign what entry 4 does", full=True)
