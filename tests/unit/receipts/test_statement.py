import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from edi_gateway.model.document import Document, Finding, Location, Party, Ruleset
from edi_gateway.model.partner import Identifier, Partner, PartnerKey
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.receipts.statement import (
    commit,
    complete,
    digest,
    document_statement,
    finding_json,
    findings_digest,
    headers_bytes,
    key_statement,
    partner_statement,
)
from edi_gateway.syntax.json import canonical

TEN = datetime(2026, 11, 22, 10, 0, 0, 1_999, tzinfo=UTC)
KEY = PartnerKey("f1" * 32, "acme", b"spki", public_key=generate_private_key(SECP256R1()).public_key())
TRANSMISSION = Transmission(b"<Order/>", "application/xml", TEN, {"content-type": "application/xml", "accept": "*/*"})
VERIFIED = Verified("xmldsig", "application/xml", b"<Order></Order>", KEY, "ecdsa-sha256", "sha256", signed_at=TEN)
ORDER = Document("ubl-2.1-order", "order", Party(), (), number="PO-1001", issue_date=date(2026, 11, 22))
FINDING = Finding("GW-1", "error", "rules", "Wrong.", ("BT-1",), "a", "b", (Location("/a", None, 3), Location()))
PLACE = {"id": "0199", "origin": "gw.example.com/ledger"}


def _sha256(octets):
    return "sha256:" + hashlib.sha256(octets).hexdigest()


def test_an_accepted_document_is_stated_as_the_contract_shows_it():
    draft = document_statement(
        "document.accepted",
        **PLACE,
        transmission=TRANSMISSION,
        verified=VERIFIED,
        receiver="globex",
        document=ORDER,
        ruleset=[Ruleset("ubl-2.1-order", "1.0")],
    )
    assert complete(draft, TEN + timedelta(milliseconds=5), "acme", 42, b"\x00" * 32) == {
        "type": "document.accepted",
        "id": "0199",
        "origin": "gw.example.com/ledger",
        "recordedAt": "2026-11-22T10:00:00.006Z",
        "receivedAt": "2026-11-22T10:00:00.001Z",
        "chain": {"party": "acme", "sequence": 42, "previous": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        "sender": "acme",
        "receiver": "globex",
        "document": {"format": "ubl-2.1-order", "type": "order", "number": "PO-1001", "issueDate": "2026-11-22"},
        "digests": {
            "transmission": _sha256(b"<Order/>"),
            "headers": _sha256(b'{"accept":"*/*","content-type":"application/xml"}'),
            "document": _sha256(b"<Order></Order>"),
        },
        "signature": {
            "format": "xmldsig",
            "algorithm": "ecdsa-sha256",
            "key": "f1" * 32,
            "signedAt": "2026-11-22T10:00:00.001Z",
        },
        "validation": {
            "outcome": "accepted",
            "findings": _sha256(b"[]"),
            "ruleset": [{"name": "ubl-2.1-order", "version": "1.0"}],
        },
    }


def test_a_refusal_before_anything_was_read_leaves_out_what_is_not_known():
    draft = document_statement(
        "document.rejected",
        **PLACE,
        transmission=TRANSMISSION,
        verified=replace(VERIFIED, signed_at=None),
        code="key-not-valid",
    )
    assert not {"receiver", "document", "recordedAt", "chain"} & draft.keys()
    assert "signedAt" not in draft["signature"]
    assert draft["validation"] == {
        "outcome": "rejected",
        "code": "key-not-valid",
        "findings": _sha256(b"[]"),
        "ruleset": [],
    }


def test_a_conflict_is_an_outcome_of_its_own():
    draft = document_statement("document.conflict", **PLACE, transmission=TRANSMISSION, verified=VERIFIED)
    assert draft["validation"]["outcome"] == "conflict"


def test_a_document_that_lacks_its_number_is_stated_without():
    draft = document_statement(
        "document.rejected",
        **PLACE,
        transmission=TRANSMISSION,
        verified=VERIFIED,
        document=replace(ORDER, number=None, issue_date=None),
    )
    assert draft["document"] == {"format": "ubl-2.1-order", "type": "order"}


def test_a_partner_is_stated_with_its_identifiers():
    acme = Partner("acme", "Acme", (Identifier("0088", "7300010000001"), Identifier("GLN", "1:2")))
    assert partner_statement("partner.added", acme, **PLACE, by="officer") == {
        "type": "partner.added",
        **PLACE,
        "by": "officer",
        "partner": {"id": "acme", "name": "Acme", "identifiers": ["0088:7300010000001", "GLN:1:2"]},
    }
    assert "by" not in partner_statement("partner.suspended", acme, **PLACE)


def test_a_key_is_stated_with_the_window_of_our_trust():
    key = replace(KEY, certificate=b"der", valid_from=TEN, valid_until=TEN + timedelta(days=365))
    assert key_statement("key.added", key, **PLACE)["key"] == {
        "fingerprint": "f1" * 32,
        "partner": "acme",
        "from": "2026-11-22T10:00:00.001Z",
        "until": "2027-11-22T10:00:00.001Z",
        "certificate": _sha256(b"der"),
    }
    assert key_statement("key.added", KEY, **PLACE)["key"] == {"fingerprint": "f1" * 32, "partner": "acme"}


def test_the_first_entry_of_a_party_has_no_predecessor():
    assert complete({}, TEN, "acme", 1, None)["chain"] == {"party": "acme", "sequence": 1}


@pytest.mark.parametrize(("sequence", "previous"), [(0, None), (1, b"\x00" * 32), (2, None), (-1, b"\x00" * 32)])
def test_a_chain_with_a_gap_is_not_written(sequence, previous):
    with pytest.raises(ValueError, match="do not fit"):
        complete({}, TEN, "acme", sequence, previous)


def test_completing_leaves_the_draft_as_it_was():
    draft = {"type": "partner.added"}
    complete(draft, TEN, "acme", 1, None)
    assert draft == {"type": "partner.added"}


def test_a_moment_is_stated_in_utc_whatever_its_zone():
    tokyo = TEN.astimezone(timezone(timedelta(hours=9)))
    assert complete({}, tokyo, "acme", 1, None)["recordedAt"] == "2026-11-22T10:00:00.001Z"


def test_an_entry_is_a_versioned_commitment_that_needs_the_salt():
    statement, salt = b'{"type":"partner.added"}', bytes(range(32))
    entry = commit(statement, salt)
    assert entry == b"\x01" + hmac.new(salt, statement, hashlib.sha256).digest()
    assert commit(statement, bytes(32)) != entry != commit(statement + b" ", salt)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_salt_of_another_size_is_not_used(size):
    with pytest.raises(ValueError, match="32 bytes"):
        commit(b"{}", bytes(size))


def test_a_finding_leaves_out_what_it_does_not_say():
    assert finding_json(FINDING) == {
        "rule": "GW-1",
        "severity": "error",
        "stage": "rules",
        "terms": ["BT-1"],
        "message": "Wrong.",
        "expected": "a",
        "actual": "b",
        "locations": [{"xpath": "/a", "line": 3}, {}],
        "help": "/rules/GW-1",
    }
    assert finding_json(Finding("GW-2", "warning", "schema", "Odd.")) == {
        "rule": "GW-2",
        "severity": "warning",
        "stage": "schema",
        "message": "Odd.",
        "help": "/rules/GW-2",
    }


def test_an_empty_expectation_is_said_all_the_same():
    assert finding_json(Finding("GW-3", "error", "rules", "", actual=""))["actual"] == ""


def test_findings_are_digested_as_answers_show_them():
    shown = json.loads(json.dumps([finding_json(FINDING)]))
    assert findings_digest([FINDING]) == _sha256(canonical(shown))
    assert findings_digest([FINDING]) != findings_digest([FINDING, FINDING])


def test_the_bytes_of_the_headers_are_those_that_are_digested():
    draft = document_statement("document.accepted", **PLACE, transmission=TRANSMISSION, verified=VERIFIED)
    assert digest(headers_bytes(TRANSMISSION)) == draft["digests"]["headers"]
