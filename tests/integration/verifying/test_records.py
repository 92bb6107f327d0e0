"""What is recorded beside the ledger, edited by hand: the full audit finds it, and says where."""

import pytest

from edi_gateway.gateway import Gateway
from edi_gateway.workflows.verify import verify_ledger
from tests.support.auditing import ORIGIN, assert_found, edit

RECORD_LIES = {
    "a transmission without a document": (
        "263 documents are in the archive, but the transmissions of 264",
        ["INSERT INTO payloads SELECT 'x', body, headers FROM payloads LIMIT 1"],
    ),
    "a body changed": (
        "entry 4: the body",
        ["UPDATE payloads SET body = headers WHERE id = (SELECT id FROM documents WHERE leaf_index = 4)"],
    ),
    "headers changed": (
        "entry 4: the headers",
        ["UPDATE payloads SET headers = body WHERE id = (SELECT id FROM documents WHERE leaf_index = 4)"],
    ),
    "a body deleted": (
        "entry 4: the transmission",
        ["DELETE FROM payloads WHERE id = (SELECT id FROM documents WHERE leaf_index = 4)"],
    ),
    "a verdict changed": ("entry 5: .*verdict", ["UPDATE documents SET verdict = 'accepted' WHERE leaf_index = 5"]),
    "a reason changed": ("entry 5: .*code", ["UPDATE documents SET code = 'document-unknown' WHERE leaf_index = 5"]),
    "a number changed": ("entry 4: .*number", ["UPDATE documents SET number = 'PO-0' WHERE leaf_index = 4"]),
    "a sender changed": ("entry 9: .*sender", ["UPDATE documents SET sender = 'globex' WHERE leaf_index = 9"]),
    "a receiver changed": ("entry 9: .*receiver", ["UPDATE documents SET receiver = NULL WHERE leaf_index = 9"]),
    "a date changed": (
        "entry 4: .*issue date",
        ["UPDATE documents SET issue_date = '2020-01-01' WHERE leaf_index = 4"],
    ),
    "a time changed": (
        "entry 4: .*received at",
        ["UPDATE documents SET received_at = '2020-01-01T00:00:00.000Z' WHERE leaf_index = 4"],
    ),
    "a digest changed": (
        "entry 4: .*digest",
        ["UPDATE documents SET document_digest = 'sha256:00' WHERE leaf_index = 4"],
    ),
    "a report changed": (
        "entry 5: the report",
        ["UPDATE documents SET report = (SELECT report FROM documents WHERE leaf_index = 9) WHERE leaf_index = 5"],
    ),
    "a report that is no report": (
        "entry 5: the report",
        ["UPDATE documents SET report = SUBSTR(report, 2) WHERE leaf_index = 5"],
    ),
    "a document deleted": (
        "263 documents are in the ledger in entries 0 to 267, 262 in the archive",
        [
            "DELETE FROM payloads WHERE id = (SELECT id FROM documents WHERE leaf_index = 9)",
            "DELETE FROM documents WHERE leaf_index = 9",
        ],
    ),
    "a partner resumed": ("partner globex", ["UPDATE partners SET suspended = FALSE"]),
    "a partner renamed": ("partner acme", ["UPDATE partners SET name = 'Mallory' WHERE id = 'acme'"]),
    "an identifier taken": ("partner acme", ["UPDATE identifiers SET partner = 'globex'"]),
    "a partner slipped in": (
        "partner mallory",
        ["INSERT INTO partners VALUES ('mallory', 'Mallory', FALSE, '2020-01-01T00:00:00.000Z')"],
    ),
    "a key given to another": ("key ", ["UPDATE partner_keys SET partner = 'globex'"]),
    "a key prolonged": ("key ", ["UPDATE partner_keys SET valid_until = NULL"]),
    "a key deleted": ("key ", ["DELETE FROM partner_keys WHERE partner = 'acme'"]),
    "a key for another purpose": ("key ", ["UPDATE partner_keys SET purpose = 'encryption'"]),
    "a step of a key's life deleted": ("key ", ["DELETE FROM key_events WHERE leaf_index = 1"]),
    "a step of a key's life by another": ("key ", ["UPDATE key_events SET actor = 'mallory'"]),
    "a key replaced under its name": (
        "key ",
        ["UPDATE partner_keys SET spki = (SELECT spki FROM partner_keys WHERE partner = 'globex')"],
    ),
}


@pytest.mark.parametrize("lie", RECORD_LIES)
def test_a_lie_beside_the_ledger_is_found_by_the_full_audit(ledger: Gateway, lie: str):
    message, statements = RECORD_LIES[lie]
    edit(ledger, *statements)
    verify_ledger(ledger.ledger, ORIGIN)
    assert_found(ledger, message, full=True)
