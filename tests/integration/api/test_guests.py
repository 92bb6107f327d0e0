"""Guests, tokens as they are listed and revoked over HTTP, and what the trail has of it all."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from edi_gateway.access import GUEST_LIFETIME, token_id
from edi_gateway.model.moment import timestamp
from tests.support.client import Client, assert_problem
from tests.support.gateway import NOW, invoice, order


@pytest.fixture
def document(client: Client) -> str:
    return post(client, order(), "globex")


@pytest.fixture
def officer(client: Client) -> str:
    return client.token("officer")


def post(client: Client, document: bytes, owner: str) -> str:
    return client.post_signed(document, owner).headers["location"].rpartition("/")[2]


def invite(client: Client, document: str, officer: str, **said: Any) -> dict[str, Any]:
    answer = client.post_json(f"/v1/documents/{document}/guests", {"name": "Court of X"} | said, officer)
    assert answer.status_code == 201
    return answer.json()


def steps(client: Client, officer: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/audit", officer, **query)
    assert answer.status_code == 200
    return answer.json()["steps"]


def delete(client: Client, id: str, token: str) -> httpx.Response:
    return client.request("DELETE", f"/v1/tokens/{id}", headers={"Authorization": f"Bearer {token}"})


def test_a_guest_opens_the_proofs_of_one_document_by_a_link(client: Client, document: str, officer: str) -> None:
    guest = invite(client, document, officer)
    evidence = client.get(guest["evidence"])
    assert (evidence.status_code, evidence.headers["content-type"]) == (200, "application/zip")
    assert client.get(guest["receipt"]).json()["statement"]["id"] == document
    assert client.get(f"/v1/documents/{document}/receipt", guest["token"]).status_code == 200


def test_a_guest_sees_nothing_else(client: Client, document: str, officer: str) -> None:
    guest, other = invite(client, document, officer), post(client, invoice(), "acme")
    for part in ("receipt", "evidence"):
        assert_problem(client.get(f"/v1/documents/{other}/{part}", guest["token"]), 404, "not-found")
        assert_problem(client.get(f"/v1/documents/{other}/{part}?access_token={guest['token']}"), 404, "not-found")
    assert_problem(client.get(f"/v1/documents/{other}/receipt?level=witnessed", guest["token"]), 404, "not-found")
    for path in ("", f"/{document}", f"/{document}/content"):
        assert_problem(client.get(f"/v1/documents{path}", guest["token"]), 403, "role-insufficient")


def test_a_guest_is_let_in_until_the_link_ends(client: Client, document: str, officer: str) -> None:
    guest = invite(client, document, officer)
    assert guest["expiresAt"] <= timestamp(client.clock.now + GUEST_LIFETIME)
    client.clock.now += GUEST_LIFETIME
    assert_problem(client.get(guest["evidence"]), 401, "token-invalid")


def test_a_guest_is_let_in_for_as_long_as_was_said(client: Client, document: str, officer: str) -> None:
    until = timestamp(NOW + timedelta(days=1))
    assert invite(client, document, officer, until=until)["expiresAt"] == until
    for bad in (NOW - timedelta(days=1), NOW + timedelta(days=365)):
        body = {"name": "x", "until": timestamp(bad)}
        assert_problem(client.post_json(f"/v1/documents/{document}/guests", body, officer), 400, "body-invalid")


@pytest.mark.parametrize("role", ["officer", "operator"])
def test_no_other_token_is_taken_from_an_address(client: Client, document: str, role: str) -> None:
    answer = client.get(f"/v1/documents/{document}/evidence?access_token={client.token(role)}")
    assert_problem(answer, 401, "token-invalid")


def test_nobody_is_invited_to_what_is_not_there(client: Client, officer: str) -> None:
    for id in ("0" * 36, "x"):
        assert_problem(client.post_json(f"/v1/documents/{id}/guests", {"name": "x"}, officer), 404, "not-found")


def test_an_officer_ends_a_guests_token_and_no_other(client: Client, document: str, officer: str) -> None:
    guest, operator = invite(client, document, officer), client.token("operator")
    assert_problem(delete(client, token_id(operator), officer), 404, "not-found")
    assert delete(client, guest["id"], officer).status_code == 204
    assert_problem(client.get(guest["evidence"]), 401, "token-invalid")
    assert_problem(delete(client, guest["id"], officer), 404, "not-found")


def test_an_operator_lists_tokens_and_ends_them(client: Client, document: str, officer: str) -> None:
    operator = client.token("operator")
    client.get("/v1/documents", officer)
    listed = client.get("/v1/tokens", operator)
    (first, _) = listed.json()["tokens"]
    assert (first["id"], first["role"], first["state"]) == (token_id(officer), "officer", "good")
    assert first["lastUsedAt"]
    assert officer.removeprefix("edg_") not in listed.text
    assert delete(client, first["id"], operator).status_code == 204
    assert_problem(client.get("/v1/documents", officer), 401, "token-invalid")
    assert client.get("/v1/tokens", operator).json()["tokens"][0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/v1/documents/{}", "document.read"),
        ("/v1/documents/{}/content", "content.read"),
        ("/v1/documents/{}/receipt", "receipt.read"),
        ("/v1/documents/{}/evidence", "evidence.read"),
    ],
)
def test_what_an_officer_reads_is_noted(client: Client, document: str, officer: str, path: str, event: str) -> None:
    assert client.get(path.format(document), officer).status_code == 200
    (step,) = steps(client, officer, event=event)
    assert (step["subject"], step["role"], step["address"]) == (document, "officer", "192.0.2.1")
    assert (step["credential"], step["actor"]) == (token_id(officer), "officer")


def test_what_a_guest_opens_is_noted(client: Client, document: str, officer: str) -> None:
    guest = invite(client, document, officer)
    client.get(guest["evidence"])
    (step,) = steps(client, officer, event="evidence.read")
    assert (step["actor"], step["role"], step["credential"]) == ("Court of X", "auditor-guest", guest["id"])
    (made,) = steps(client, officer, subject=guest["id"])
    assert (made["event"], made["role"], made["credential"]) == ("token.created", "officer", token_id(officer))
    assert guest["token"].removeprefix("edg_") not in client.get("/v1/audit", officer).text


def test_an_exported_history_is_noted(client: Client, document: str, officer: str) -> None:
    assert client.get("/v1/parties/globex/history", officer, limit=2).status_code == 200
    (step,) = steps(client, officer, event="history.read")
    assert (step["subject"], step["detail"]) == ("globex", "limit=2")


def test_what_a_partner_reads_of_its_own_and_what_nobody_got_is_not_noted(
    client: Client, document: str, officer: str
) -> None:
    partner = client.token("partner", "globex")
    assert client.get(f"/v1/documents/{document}/evidence", partner).status_code == 200
    assert client.get(f"/v1/documents/{'0' * 36}/evidence", officer).status_code == 404
    assert {step["event"] for step in steps(client, officer)} == {"token.created"}


def test_what_cannot_be_noted_is_not_read(client: Client, document: str, officer: str) -> None:
    client.get("/v1/documents", officer)
    with client.gateway.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE trail RENAME TO elsewhere")
    assert_problem(client.get(f"/v1/documents/{document}/evidence", officer), 503, "unavailable")


def test_the_trail_is_read_page_by_page(client: Client, document: str, officer: str) -> None:
    for _ in range(4):
        client.get(f"/v1/documents/{document}", officer)
    found, cursor = [], {}
    while True:
        page = client.get("/v1/audit", officer, limit=2, **cursor).json()
        found += [step["number"] for step in page["steps"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [5, 4, 3, 2, 1]
