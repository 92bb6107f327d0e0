"""Judging a document over HTTP without recording it."""

import httpx
import pytest

from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import signed
from tests.support.ubl import INVOICE, changed, drop, set_text

WRONG = changed(INVOICE, set_text("cac:LegalMonetaryTotal/cbc:PayableAmount", "1.00"))


def ask(
    client: Client, body: bytes, token: str | None, content_type: str = "application/xml", query: str = ""
) -> httpx.Response:
    headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {token}"} if token else {})
    return client.request("POST", f"/v1/validations{query}", content=body, headers=headers)


@pytest.mark.parametrize(("role", "partner"), [("officer", None), ("operator", None), ("partner", "acme")])
def test_whoever_has_a_token_may_ask_and_nothing_is_recorded(shared: Client, role: str, partner: str | None) -> None:
    before = shared.gateway.ledger.head().size
    answer = ask(shared, WRONG, shared.token(role, partner))
    assert answer.status_code == 200
    told = answer.json()
    assert told["verdict"] == "rejected"
    assert [finding["rule"] for finding in told["findings"]] == ["BR-CO-16"]
    assert shared.gateway.ledger.head().size == before


def test_a_stranger_may_not(shared: Client) -> None:
    assert_problem(ask(shared, INVOICE, None), 401, "token-missing")


def test_a_signed_document_is_judged_without_its_signature(shared: Client) -> None:
    content_type, body = signed(INVOICE, "acme", "smime")
    told = ask(shared, body, shared.token("officer"), content_type).json()
    assert (told["verdict"], told["signature"]) == ("accepted", "notChecked")


def test_a_profile_and_a_stage_may_be_chosen(shared: Client) -> None:
    officer, plain = shared.token("officer"), changed(INVOICE, drop("cbc:CustomizationID"))
    assert ask(shared, plain, officer).json()["verdict"] == "accepted"
    told = ask(shared, plain, officer, query="?profile=en16931&stage=rules").json()
    assert [finding["rule"] for finding in told["findings"]] == ["BR-01"]
    assert_problem(ask(shared, plain, officer, query="?profile=nothing"), 400, "query-invalid")
    assert_problem(ask(shared, plain, officer, query="?stage=schema"), 400, "query-invalid")


def test_what_is_not_read_is_told(shared: Client) -> None:
    officer = shared.token("officer")
    assert_problem(ask(shared, b"GIF89a", officer, "image/gif"), 415, "content-type-unknown")
    assert ask(shared, b"<Invoice", officer).json()["findings"][0]["rule"] == "GW-DOC-100"


def test_a_document_that_is_large_is_judged_and_one_that_is_too_large_is_not(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with serving(tmp_path_factory.mktemp("small") / "data", max_body_bytes=200_000) as client:
        large = INVOICE + b"<!-- -->" * 15_000
        assert ask(client, large, client.token("officer")).json()["verdict"] == "accepted"
        assert_problem(ask(client, INVOICE + b" " * 200_000, client.token("officer")), 413, "body-too-large")


def test_the_help_of_a_finding_leads_to_its_rule(shared: Client) -> None:
    (finding,) = ask(shared, WRONG, shared.token("officer")).json()["findings"]
    assert finding["help"] == "/rules/BR-CO-16"
    page = shared.get(finding["help"])
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert page.text.startswith("BR-CO-16 (fatal)")
    assert_problem(shared.get("/rules/BR-999"), 404, "not-found")
