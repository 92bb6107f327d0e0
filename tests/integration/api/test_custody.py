"""Erasing and holding over HTTP: who may, what is answered, and what is told of a document that is no more."""

import json

import pytest

from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.verify import verify_ledger
from tests.support.client import Client, assert_problem
from tests.support.gateway import invoice

WHY = {"reason": "retention ended", "authority": "schedule 2026-4"}


def post_invoice(client: Client, number: str = "INV-1") -> tuple[str, dict]:
    answer = client.post_signed(invoice(number), "acme")
    assert answer.status_code == 201
    return answer.headers["location"], answer.json()


def delete(client: Client, path: str, token: str | None = None):
    return client.request("DELETE", path, headers={"Authorization": f"Bearer {token}"} if token else {})


def test_an_officer_erases_and_gets_a_receipt_that_holds(client: Client) -> None:
    here, receipt = post_invoice(client)
    answer = client.post_json(f"{here}/erasure", WHY, client.token("officer"))
    assert answer.status_code == 201
    said = check_receipt(answer.content, client.gateway.notary.vkey).statement
    assert said["type"] == "document.erased"
    assert said["by"] == "officer"
    assert said["entry"]["index"] == receipt["index"]
    assert verify_ledger(client.gateway.ledger, "localhost/ledger", full=True).documents == 0


def test_whatever_is_asked_of_an_erased_document_is_answered_with_the_proof_that_it_was_erased(client: Client) -> None:
    here, receipt = post_invoice(client)
    officer, acme = client.token("officer"), client.token("partner", "acme")
    erasing = client.post_json(f"{here}/erasure", WHY, officer).json()
    described = client.get("/openapi.json").json()["paths"]
    below = [path for path, methods in described.items() if path.startswith("/v1/documents/{id}") and "get" in methods]
    assert len(below) >= 3
    for path in below:
        for token in (officer, acme):
            answer = client.get(path.replace("/v1/documents/{id}", here), token)
            assert_problem(answer, 410, "document-erased")
            told = answer.json()
            assert told["erasure"] == {"index": receipt["index"], "erasedBy": erasing["index"]}
            assert told["receipt"] == erasing
            assert "INV-1" not in answer.text
            check_receipt(json.dumps(told["receipt"]).encode(), client.gateway.notary.vkey)


def test_the_receiver_of_an_erased_document_is_told_that_there_is_none(client: Client) -> None:
    here, _ = post_invoice(client)
    globex = client.token("partner", "globex")
    assert client.get(here, globex).status_code == 200
    client.post_json(f"{here}/erasure", WHY, client.token("officer"))
    assert_problem(client.get(here, globex), 404, "not-found")


def test_an_erased_document_is_in_no_list(client: Client) -> None:
    here, _ = post_invoice(client)
    post_invoice(client, "INV-2")
    officer = client.token("officer")
    client.post_json(f"{here}/erasure", WHY, officer)
    assert [one["number"] for one in client.get("/v1/documents", officer).json()["documents"]] == ["INV-2"]


def test_an_erased_document_cannot_be_erased_or_held_again(client: Client) -> None:
    here, _ = post_invoice(client)
    officer = client.token("officer")
    client.post_json(f"{here}/erasure", WHY, officer)
    assert_problem(client.post_json(f"{here}/erasure", WHY, officer), 410, "document-erased")
    assert_problem(client.post_json(f"{here}/hold", {"reason": "x"}, officer), 410, "document-erased")
    assert_problem(delete(client, f"{here}/hold", officer), 410, "document-erased")


def test_a_hold_forbids_erasing_until_it_is_released(client: Client) -> None:
    here, _ = post_invoice(client)
    officer = client.token("officer")
    assert_problem(delete(client, f"{here}/hold", officer), 409, "document-not-held")
    held = client.post_json(f"{here}/hold", {"reason": "case 12"}, officer)
    assert held.status_code == 201
    assert check_receipt(held.content, client.gateway.notary.vkey).statement["type"] == "document.held"
    assert_problem(client.post_json(f"{here}/hold", {"reason": "case 13"}, officer), 409, "document-held")
    assert_problem(client.post_json(f"{here}/erasure", WHY, officer), 409, "document-held")
    assert client.get(here, officer).json()["held"] is True
    released = delete(client, f"{here}/hold", officer)
    assert released.status_code == 200
    assert check_receipt(released.content, client.gateway.notary.vkey).statement["type"] == "document.released"
    assert client.get(here, officer).json()["held"] is False
    assert client.post_json(f"{here}/erasure", WHY, officer).status_code == 201


def test_a_partner_is_not_told_of_holds(client: Client) -> None:
    here, _ = post_invoice(client)
    client.post_json(f"{here}/hold", {"reason": "case 12"}, client.token("officer"))
    assert client.get(here, client.token("partner", "acme")).json()["held"] is None


@pytest.mark.parametrize(
    ("role", "partner", "status", "code"),
    [
        (None, None, 401, "token-missing"),
        ("operator", None, 403, "role-insufficient"),
        ("partner", "acme", 403, "role-insufficient"),
        ("partner", "globex", 403, "role-insufficient"),
    ],
)
def test_nobody_else_erases_holds_or_releases(
    client: Client, role: str | None, partner: str | None, status: int, code: str
) -> None:
    here, _ = post_invoice(client)
    token = client.token(role, partner) if role else None
    assert_problem(client.post_json(f"{here}/erasure", WHY, token), status, code)
    assert_problem(client.post_json(f"{here}/hold", {"reason": "x"}, token), status, code)
    assert_problem(delete(client, f"{here}/hold", token), status, code)
    answer = client.get(here, client.token("officer"))
    assert (answer.status_code, answer.json()["held"]) == (200, False)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "x"},
        {"authority": "x"},
        WHY | {"reason": ""},
        WHY | {"reason": "   "},
        WHY | {"authority": "x" * 201},
        WHY | {"reason": "two\nlines"},
        WHY | {"reason": None},
        WHY | {"more": "x"},
        [],
    ],
)
def test_an_erasure_without_reason_and_authority_is_refused(client: Client, body: object) -> None:
    here, _ = post_invoice(client)
    officer = client.token("officer")
    assert_problem(client.post_json(f"{here}/erasure", body, officer), 400, "body-invalid")
    assert client.get(here, officer).status_code == 200


@pytest.mark.parametrize("id", ["01990000-0000-7000-8000-000000000000", "x", "%00" * 36, "é" * 36])
def test_what_is_not_there_is_not_found(client: Client, id: str) -> None:
    officer = client.token("officer")
    assert_problem(client.post_json(f"/v1/documents/{id}/erasure", WHY, officer), 404, "not-found")
    assert_problem(client.post_json(f"/v1/documents/{id}/hold", {"reason": "x"}, officer), 404, "not-found")
    assert_problem(delete(client, f"/v1/documents/{id}/hold", officer), 404, "not-found")


def test_a_document_sent_again_after_its_erasure_is_taken_in_anew(client: Client) -> None:
    here, receipt = post_invoice(client)
    client.post_json(f"{here}/erasure", WHY, client.token("officer"))
    there, again = post_invoice(client)
    assert there != here
    assert again["index"] > receipt["index"]
