"""Profiles over HTTP: seen by officers and operators, set by operators who have seen the last; and what they refuse."""

from typing import Any

import httpx
import pytest

from edi_gateway.workflows.check import check_receipt
from tests.support.client import Client, assert_problem
from tests.support.gateway import contract, invoice, order, signed
from tests.support.profiles import EVERYTHING, agree
from tests.support.ubl import INVOICE, changed, drop, set_text

PATH = "/v1/partners/acme/profile"


def put(client: Client, body: object, match: str | None = '"0"', token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or client.token('operator')}"}
    if match is not None:
        headers["If-Match"] = match
    return client.request("PUT", PATH, json=body, headers=headers)


def statement(client: Client, receipt: bytes) -> Any:
    return check_receipt(receipt, client.gateway.notary.verifier.vkey).statement


def test_where_nothing_was_agreed_an_empty_profile_is_shown(shared: Client) -> None:
    for role in ("officer", "operator"):
        answer = shared.get(PATH, shared.token(role))
        assert (answer.status_code, answer.headers["etag"]) == (200, '"0"')
        assert (answer.json()["version"], answer.json()["profile"]) == (0, {})


def test_a_profile_is_set_with_a_receipt_and_shown_with_who_and_why(client: Client) -> None:
    answer = put(client, {"profile": EVERYTHING, "reason": "agreement"})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    said = statement(client, answer.content)
    assert (said["type"], said["by"], said["reason"]) == ("partner.profiled", "operator", "agreement")
    shown = client.get(PATH, client.token("officer"))
    assert shown.headers["etag"] == '"1"'
    assert shown.json() == {
        "partner": "acme",
        "version": 1,
        "profile": EVERYTHING,
        "index": 4,
        "recordedAt": said["recordedAt"],
        "by": "operator",
        "reason": "agreement",
        "changed": list(EVERYTHING),
    }


def test_older_versions_can_be_read(client: Client) -> None:
    put(client, {"profile": {"maxBytes": 5}})
    put(client, {"profile": {}}, '"1"')
    token = client.token("officer")
    assert client.get(PATH, token, version=1).json()["profile"] == {"maxBytes": 5}
    assert client.get(PATH, token).json()["profile"] == {}
    assert_problem(client.get(PATH, token, version=3), 404, "not-found")
    assert_problem(client.get(PATH, token, version="x"), 400, "query-invalid")


def test_the_same_profile_again_is_no_entry(client: Client) -> None:
    put(client, {"profile": {"types": ["order", "invoice"]}})
    answer = put(client, {"profile": {"types": ["invoice", "order"]}}, '"1"')
    assert (answer.status_code, answer.headers["etag"], answer.content) == (204, '"1"', b"")
    assert client.gateway.ledger.head().size == 5


@pytest.mark.parametrize("match", ['"1"', 'W/"0"', "0", '"x"', ""])
def test_nobody_overwrites_what_they_have_not_seen(shared: Client, match: str) -> None:
    assert_problem(put(shared, {"profile": {"maxBytes": 5}}, match), 412, "precondition-failed")
    assert_problem(put(shared, {"profile": {"maxBytes": 5}}, None), 428, "precondition-required")
    assert shared.gateway.ledger.head().size == 4


def test_any_of_several_etags_or_all_will_do(client: Client) -> None:
    assert put(client, {"profile": {"maxBytes": 5}}, '"7", "0"').status_code == 200
    assert put(client, {"profile": {"maxBytes": 6}}, "*").status_code == 200


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"profile": {"maxByte": 5}}, "'maxByte'"),
        ({"profile": {"types": ["bill"]}}, "'bill'"),
        ({"profile": []}, "profile"),
        ({"profile": {}, "because": "x"}, "because"),
        ({}, "profile"),
        ({"profile": {"maxBytes": 5}, "reason": ""}, "reason"),
    ],
    ids=repr,
)
def test_what_is_no_profile_is_refused(shared: Client, body: object, why: str) -> None:
    answer = put(shared, body)
    assert_problem(answer, 400, "body-invalid")
    assert why in answer.json()["detail"]
    assert shared.gateway.ledger.head().size == 4


def test_only_officers_and_operators_see_it_and_only_operators_set_it(shared: Client) -> None:
    partner = shared.token("partner", "acme")
    assert_problem(shared.get(PATH), 401, "token-missing")
    assert_problem(shared.get(PATH, partner), 403, "role-insufficient")
    for token in (partner, shared.token("officer")):
        assert_problem(put(shared, {"profile": {}}, token=token), 403, "role-insufficient")
    operator = shared.token("operator")
    assert_problem(shared.get("/v1/partners/nobody/profile", operator), 404, "not-found")


def test_what_was_not_agreed_on_is_answered_with_403_and_a_receipt(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    agree(client.gateway, networks=["198.51.100.0/24"])
    answer = client.post_signed(invoice(), "acme")
    assert_problem(answer, 403, "network-not-permitted")
    assert [finding["rule"] for finding in answer.json()["findings"]] == ["GW-SIGNER-007"]
    assert answer.json()["ruleset"] == [{"name": "partner-profile", "version": "1"}]
    assert answer.json()["receipt"]["statement"]["type"] == "document.rejected"
    (told,) = [one.getMessage() for one in caplog.records if one.name == "edi_gateway.api.documents"]
    assert told == f"refused {answer.json()['documentId']} of acme from 192.0.2.1"
    agree(client.gateway, networks=["192.0.2.0/24"], types=["contract"])
    answer = client.post_signed(invoice(), "acme")
    assert_problem(answer, 403, "document-not-permitted")
    assert [finding["rule"] for finding in answer.json()["findings"]] == ["GW-SIGNER-008"]
    assert client.post_signed(contract(), "acme", "jws").status_code == 201
    assert client.post_signed(order(), "globex").status_code == 201


def test_too_large_is_answered_with_413_and_too_fast_with_429_and_neither_is_recorded(client: Client) -> None:
    agree(client.gateway, maxBytes=1000, requestsPerMinute=1)
    size = client.gateway.ledger.head().size
    assert_problem(client.post_signed(invoice(), "acme"), 413, "body-too-large")
    agree(client.gateway, requestsPerMinute=1)
    content_type, body = signed(contract(), "acme", "jws")
    assert client.post(body, content_type).status_code == 201
    answer = client.post(body, content_type)
    assert_problem(answer, 429, "too-fast")
    assert 50 <= int(answer.headers["retry-after"]) <= 60
    assert client.post_signed(order(), "globex").status_code == 201
    assert client.gateway.ledger.head().size == size + 3


def test_a_document_is_judged_on_request_by_what_was_agreed(client: Client) -> None:
    body = changed(INVOICE, drop("cbc:CustomizationID"), set_text("cbc:InvoiceTypeCode", "999"))
    agree(client.gateway, ruleSets=["en16931"])

    def verdict(token: str, **query: str) -> str:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}
        answer = client.request("POST", "/v1/validations", content=body, params=query, headers=headers)
        return answer.json().get("verdict") or answer.json()["code"]

    officer, acme, globex = (client.token("officer"), *(client.token("partner", id) for id in ("acme", "globex")))
    assert (verdict(officer), verdict(officer, partner="acme")) == ("accepted", "rejected")
    assert verdict(officer, partner="nobody") == "query-invalid"
    assert (verdict(acme), verdict(globex), verdict(globex, partner="acme")) == ("rejected", "accepted", "accepted")
