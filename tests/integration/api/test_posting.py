"""Posting: each row of the table of statuses, by a document that earns it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from edi_gateway.errors import Fault
from edi_gateway.workflows.check import CheckedReceipt, check_receipt
from tests.support import cii, orderx
from tests.support.client import Client, serving
from tests.support.gateway import (
    NOW,
    Format,
    contract,
    enrol,
    enrol_key,
    invoice,
    order,
    order_response,
    pem,
    signed,
    suspend,
)


def receipt_of(answer: httpx.Response) -> bytes:
    """The receipt in a problem, cut out as it stands there."""
    return answer.content[answer.content.index(b'"receipt": ') + len(b'"receipt": ') : -1]


def checked(client: Client, receipt: bytes) -> CheckedReceipt:
    """What a stranger finds who trusts the ledger's key."""
    return check_receipt(receipt, client.gateway.notary.verifier.vkey)


def recorded(client: Client, answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem, after making sure that the refusal is recorded and proved."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    statement = checked(client, receipt_of(answer)).statement
    assert statement["id"] == problem["documentId"]
    assert statement["validation"]["code"] == code
    assert answer.headers["location"] == f"/v1/documents/{problem['documentId']}" == problem["instance"]
    return problem


def turned_away(client: Client, answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem, after making sure that nothing was recorded."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert "receipt" not in problem
    assert client.gateway.ledger.head().size == 4
    return problem


@pytest.mark.parametrize("format", ["xmldsig", "cms", "smime"])
def test_an_accepted_invoice_is_answered_with_a_receipt_that_holds(client: Client, format: Format) -> None:
    answer = client.post_signed(invoice(), "acme", format)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    statement = checked(client, answer.content).statement
    assert statement["type"] == "document.accepted"
    assert answer.headers["location"] == f"/v1/documents/{statement['id']}"
    assert (statement["sender"], statement["receiver"]) == ("acme", "globex")


@pytest.mark.parametrize(
    ("document", "owner", "format"),
    [
        (order(), "globex", "xmldsig"),
        (order_response(), "acme", "smime"),
        (contract(), "acme", "jws"),
        (contract(), "acme", "jws-flattened"),
    ],
)
def test_every_kind_of_document_is_accepted(client: Client, document: bytes, owner: str, format: Format) -> None:
    assert client.post_signed(document, owner, format).status_code == 201


def test_the_same_bytes_again_get_the_first_receipt_byte_for_byte(client: Client) -> None:
    content_type, body = signed(invoice(), "acme")
    first = client.post(body, content_type)
    client.post_signed(order(), "globex")
    again = client.post(body, content_type)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert client.gateway.ledger.head().size == 6


def test_a_large_document_takes_the_same_way_in_a_thread(client: Client) -> None:
    padded = invoice().replace(b"<cbc:DueDate>", b"\n" * 120_000 + b"<cbc:DueDate>", 1)
    assert client.post_signed(padded, "acme").status_code == 201


def test_what_is_not_xml_is_400(client: Client) -> None:
    turned_away(client, client.post(b"<Invoice"), 400, "not-xml")


def test_an_empty_body_is_400(client: Client) -> None:
    turned_away(client, client.post(b""), 400, "not-xml")


def test_an_endless_idempotency_key_is_400(client: Client) -> None:
    answer = client.post_signed(invoice(), "acme", headers={"Idempotency-Key": "k" * 257})
    turned_away(client, answer, 400, "header-invalid")


def test_an_unsigned_document_is_401(client: Client) -> None:
    answer = client.post(invoice())
    turned_away(client, answer, 401, "unsigned")
    assert answer.headers["www-authenticate"].startswith("Document-Signature")


def test_a_stranger_is_401(client: Client) -> None:
    turned_away(client, client.post_signed(invoice(), "stranger"), 401, "unknown-signer")


def test_one_changed_character_is_401(client: Client) -> None:
    content_type, body = signed(invoice("INV-1"), "acme")
    turned_away(client, client.post(body.replace(b"INV-1", b"INV-2"), content_type), 401, "signature-invalid")


def test_a_suspended_partner_is_403_with_a_receipt(client: Client) -> None:
    suspend(client.gateway, "acme")
    recorded(client, client.post_signed(invoice(), "acme"), 403, "partner-suspended")
    suspend(client.gateway, "acme", suspended=False)
    assert client.post_signed(invoice(), "acme").status_code == 201


def test_the_same_number_with_other_content_is_409_with_a_receipt(client: Client) -> None:
    assert client.post_signed(invoice("INV-1", "PO-1"), "acme").status_code == 201
    problem = recorded(client, client.post_signed(invoice("INV-1", "PO-2"), "acme"), 409, "document-conflict")
    assert problem["findings"][-1]["rule"] == "GW-LINK-001"


@pytest.mark.parametrize("format", ["xmldsig", "cms", "smime"])
@pytest.mark.parametrize(("content", "kind"), [(cii.INVOICE, "invoice"), (cii.CREDIT_NOTE, "credit-note")])
def test_a_cross_industry_invoice_is_accepted_as_a_ubl_one_is(
    client: Client, content: bytes, kind: str, format: Format
) -> None:
    answer = client.post_signed(content, "acme", format)
    assert answer.status_code == 201
    statement = checked(client, answer.content).statement
    assert (statement["sender"], statement["receiver"]) == ("acme", "globex")
    listed = client.get("/v1/documents", client.token("officer"), type=kind).json()["documents"]
    assert [each["format"] for each in listed] == ["cii-d22b-invoice"]


@pytest.mark.parametrize("format", ["xmldsig", "cms"])
@pytest.mark.parametrize("profile", ["basic", "comfort"])
def test_an_order_in_order_x_is_accepted_as_a_ubl_one_is(client: Client, profile: str, format: Format) -> None:
    content = orderx.BASIC.replace(b":basic<", f":{profile}<".encode())
    answer = client.post_signed(content, "globex", format)
    assert answer.status_code == 201
    statement = checked(client, answer.content).statement
    assert (statement["sender"], statement["receiver"]) == ("globex", "acme")
    listed = client.get("/v1/documents", client.token("officer"), type="order").json()["documents"]
    assert [each["format"] for each in listed] == [f"order-x-1.0-{profile}"]


def test_a_number_is_the_same_number_in_either_syntax(client: Client) -> None:
    assert client.post_signed(invoice("INV-1"), "acme").status_code == 201
    problem = recorded(client, client.post_signed(cii.INVOICE, "acme"), 409, "document-conflict")
    assert problem["findings"][-1]["rule"] == "GW-LINK-001"


def test_a_conflict_leaves_the_first_document_as_it_was(client: Client) -> None:
    content_type, body = signed(invoice("INV-1", "PO-1"), "acme")
    first = client.post(body, content_type)
    client.post_signed(invoice("INV-1", "PO-2"), "acme")
    assert client.post(body, content_type).content == first.content


def test_an_idempotency_key_stands_for_one_document(client: Client) -> None:
    key = {"Idempotency-Key": "once"}
    first = client.post_signed(invoice("INV-1"), "acme", headers=key)
    again = client.post_signed(invoice("INV-2"), "acme", headers=key)
    assert first.status_code == 201
    recorded(client, again, 409, "idempotency-key-reused")


def test_another_partner_may_use_the_same_idempotency_key(client: Client) -> None:
    key = {"Idempotency-Key": "once"}
    assert client.post_signed(invoice(), "acme", headers=key).status_code == 201
    assert client.post_signed(order(), "globex", headers=key).status_code == 201


@pytest.mark.parametrize("pieces", [1, 64])
def test_a_body_beyond_the_limit_is_413_and_the_limit_is_named(client: Client, pieces: int) -> None:
    limit = client.gateway.settings.max_body_bytes
    whole = b"<" * (limit + 1)
    size = -(-len(whole) // pieces)
    chunks = [whole[at : at + size] for at in range(0, len(whole), size)]
    problem = turned_away(client, client.post_in_chunks(chunks), 413, "body-too-large")
    assert str(limit) in problem["detail"]


def test_a_declared_length_beyond_the_limit_is_413_before_the_body_is_read(client: Client) -> None:
    answer = client.post(b"<a/>", headers={"Content-Length": str(10**12)})
    turned_away(client, answer, 413, "body-too-large")
    assert answer.headers["connection"] == "close"


def test_a_format_that_is_not_spoken_is_415_and_those_that_are_get_named(client: Client) -> None:
    problem = turned_away(client, client.post(b"UNB+UNOC:3'", "application/edifact"), 415, "content-type-unknown")
    assert "application/jose" in problem["detail"]


def test_a_compressed_body_is_415(client: Client) -> None:
    content_type, body = signed(invoice(), "acme")
    answer = client.post(body, content_type, {"Content-Encoding": "gzip"})
    turned_away(client, answer, 415, "content-type-unknown")


def test_a_key_that_is_not_valid_yet_is_422_with_a_receipt(client: Client) -> None:
    enrol(client.gateway, "initech", "0088:7300030000005")
    enrol_key(client.gateway, "initech", pem("initech"), (NOW + timedelta(days=1), None))
    recorded(client, client.post_signed(invoice(), "initech"), 422, "key-not-valid")


def test_somebody_elses_invoice_is_422_with_a_receipt(client: Client) -> None:
    problem = recorded(client, client.post_signed(invoice(), "globex"), 422, "party-mismatch")
    assert {"name": "link", "outcome": "fail"} in problem["stages"]
    assert problem["findings"][0]["rule"] == "GW-PARTY-001"


def test_broken_rules_are_422_with_all_findings_and_a_receipt(client: Client) -> None:
    broken = invoice().replace(b"<cbc:ID>INV-1</cbc:ID>", b"", 1).replace(b"<cbc:DueDate>", b"<cbc:DueDate>x", 1)
    problem = recorded(client, client.post_signed(broken, "acme"), 422, "document-invalid")
    assert problem["summary"]["fatal"] + problem["summary"]["error"] >= 2
    assert {"name": "schema", "outcome": "fail"} in problem["stages"]
    assert problem["ruleset"]
    assert problem["sha256"]
    for finding in problem["findings"]:
        assert finding["rule"]
        assert finding["severity"] in ("fatal", "error", "warning", "information")
        assert finding["message"]


def test_xml_that_is_no_document_of_ours_is_422_with_a_receipt(client: Client) -> None:
    recorded(client, client.post_signed(b"<note/>", "acme"), 422, "document-unknown")


def test_what_is_authentic_but_malformed_is_422_with_a_receipt(client: Client) -> None:
    content_type, body = signed(b"<Invoice", "acme", "cms")
    recorded(client, client.post(body, content_type), 422, "document-malformed")


def test_a_refused_document_can_be_corrected_and_sent_under_its_number(client: Client) -> None:
    broken = invoice("INV-1").replace(b"<cbc:DueDate>", b"<cbc:DueDate>x", 1)
    assert client.post_signed(broken, "acme").status_code == 422
    assert client.post_signed(invoice("INV-1"), "acme").status_code == 201


def test_our_own_fault_is_503_and_nothing_is_recorded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> None:
        raise Fault("disk full, at /var/lib/secret")

    content_type, body = signed(invoice(), "acme")
    with monkeypatch.context() as patched:
        patched.setattr(client.gateway.ledger, "appending", failing)
        answer = client.post(body, content_type)
    turned_away(client, answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert "secret" not in answer.text
    assert client.post(body, content_type).status_code == 201


def test_credentials_are_not_kept_with_a_document(client: Client) -> None:
    secrets = {"Authorization": "Bearer edg_s3cret", "Cookie": "session=s3cret", "Proxy-Authorization": "s3cret"}
    answer = client.post_signed(invoice(), "acme", headers={**secrets, "X-Trace": "kept"})
    payload = client.gateway.archive.payload(answer.headers["location"].rpartition("/")[2])
    assert payload is not None
    assert b"s3cret" not in payload.headers
    assert json.loads(payload.headers)["x-trace"] == "kept"


def test_a_sender_that_never_ends_is_408(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"<a"
        await asyncio.Event().wait()

    with serving(tmp_path / "data", body_timeout=0.01) as client:
        answer = client.request("POST", "/v1/documents", content=endless(), headers={"Content-Type": "application/xml"})
        turned_away(client, answer, 408, "body-too-slow")
        assert answer.headers["connection"] == "close"
