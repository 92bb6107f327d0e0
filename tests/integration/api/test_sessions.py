"""Logging in and out over HTTP."""

import pyotp
import pytest

from edi_gateway.access.accounts import add_user
from edi_gateway.model.trail import Actor
from tests.support.client import Client, assert_problem
from tests.support.people import PASSWORD, hash_quickly


@pytest.fixture(autouse=True)
def _quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_quickly(monkeypatch)


@pytest.fixture
def said(client: Client) -> dict[str, str]:
    uri = add_user(client.gateway, "anna", "officer", PASSWORD, Actor("root", "host"))
    code = pyotp.TOTP(pyotp.parse_uri(uri or "").secret).at(client.clock.now)
    return {"name": "anna", "password": PASSWORD, "code": code}


def test_somebody_logs_in_reads_and_logs_out(client: Client, said: dict[str, str]) -> None:
    answer = client.post_json("/v1/sessions", said)
    assert answer.status_code == 201
    session = answer.json()
    assert (session["name"], session["role"]) == ("anna", "officer")
    assert client.get("/v1/documents", session["token"]).status_code == 200
    (listed,) = client.get("/v1/tokens", session["token"]).json()["tokens"]
    assert (listed["id"], listed["account"]) == (session["id"], "anna")
    headers = {"Authorization": f"Bearer {session['token']}"}
    assert client.request("DELETE", "/v1/sessions", headers=headers).status_code == 204
    assert_problem(client.get("/v1/documents", session["token"]), 401, "token-invalid")


@pytest.mark.parametrize("wrong", [{"name": "bert"}, {"password": "x"}, {"code": "000000"}, {"code": ""}])
def test_whatever_is_wrong_is_answered_alike(client: Client, said: dict[str, str], wrong: dict[str, str]) -> None:
    answer = client.post_json("/v1/sessions", said | wrong)
    assert_problem(answer, 401, "login-refused")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["detail"] == client.post_json("/v1/sessions", said | {"name": "carl"}).json()["detail"]


def test_too_many_failures_are_told_when_to_come_again(client: Client, said: dict[str, str]) -> None:
    for _ in range(4):
        client.post_json("/v1/sessions", said | {"password": "x"})
    answer = client.post_json("/v1/sessions", said)
    assert_problem(answer, 429, "too-many-requests")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "body", [{}, {"name": "anna"}, {"name": "anna", "password": "x" * 300}, {"name": 1, "password": 2}, []]
)
def test_what_is_no_login_is_refused_without_repeating_it(client: Client, body: object) -> None:
    answer = client.post_json("/v1/sessions", body)
    assert_problem(answer, 400, "body-invalid")
    assert "x" * 20 not in answer.text


def test_a_token_that_is_no_session_cannot_be_logged_out(client: Client) -> None:
    headers = {"Authorization": f"Bearer {client.token('officer')}"}
    assert_problem(client.request("DELETE", "/v1/sessions", headers=headers), 404, "not-found")
