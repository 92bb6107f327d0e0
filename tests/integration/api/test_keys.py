"""The life of partners' keys over HTTP: who may take a step, what is answered, and what a revocation puts in doubt."""

from datetime import timedelta
from typing import Any

import pytest

from edi_gateway.access import create_token
from edi_gateway.model.moment import timestamp
from tests.support import certificates, keys
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import NOW, order_response, pem, private_key


def fingerprint(client: Client, partner: str = "acme") -> str:
    return keys.of(client.gateway, partner).fingerprint


def proposed(client: Client, owner: str = "next", **more: Any) -> str:
    body = {"publicKey": pem(owner).decode(), "propose": True, **more}
    answer = client.post_json("/v1/partners/acme/keys", body, client.token("operator"))
    assert answer.status_code == 201
    said = answer.json()["statement"]
    assert said["type"] == "key.proposed"
    return str(said["key"]["fingerprint"])


def shown(client: Client, key: str) -> Any:
    return client.get(f"/v1/keys/{key}", client.token("officer")).json()


def test_a_key_goes_its_way_from_proposed_to_retired(client: Client) -> None:
    key, operator = proposed(client, purpose="http-signature"), client.token("operator")
    assert (shown(client, key)["state"], shown(client, key)["purpose"]) == ("proposed", "http-signature")
    answer = client.request("POST", f"/v1/keys/{key}/approve", headers={"Authorization": f"Bearer {operator}"})
    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/keys/{key}")
    assert answer.json()["statement"]["type"] == "key.activated"
    assert shown(client, key)["state"] == "active"
    answer = client.post_json(f"/v1/keys/{key}/retire", {"reason": "replaced"}, operator)
    assert answer.json()["statement"]["reason"] == "replaced"
    assert shown(client, key)["state"] == "retired"
    assert [event["type"] for event in shown(client, key)["events"]] == [
        "key.proposed",
        "key.activated",
        "key.retired",
    ]


def test_a_revocation_says_what_it_affects(client: Client) -> None:
    key, operator = fingerprint(client), client.token("operator")
    before, since = client.post_signed(order_response("OR-1"), "acme"), timestamp(client.clock())
    after = client.post_signed(order_response("OR-2"), "acme")
    assert (before.status_code, after.status_code) == (201, 201)
    assert_problem(client.get(f"/v1/keys/{key}/affected", operator), 400, "query-invalid")
    answer = client.post_json(f"/v1/keys/{key}/revoke", {"at": since, "reason": "stolen"}, operator)
    said = answer.json()["statement"]
    assert (said["type"], said["appliesFrom"], said["affected"]) == ("key.revoked", since, 1)
    (one,) = client.get(answer.headers["location"], operator).json()["documents"]
    assert one["id"] == after.json()["statement"]["id"]
    path = f"/v1/keys/{key}/affected"
    assert len(client.get(path, operator, **{"from": "2020-01-01T00:00:00Z"}).json()["documents"]) == 2
    refused = client.post_signed(order_response("OR-3"), "acme")
    assert_problem(refused, 422, "key-not-valid")


def test_under_four_eyes_whoever_proposed_is_refused(tmp_path) -> None:
    with serving(tmp_path / "data", enrolled=False, four_eyes=True) as client:
        anna, berta = (create_token(client.gateway, "operator", name) for name in ("anna", "berta"))
        partner = {"id": "acme", "name": "Acme", "identifiers": ["0088:1"]}
        assert client.post_json("/v1/partners", partner, anna).status_code == 201
        answer = client.post_json("/v1/partners/acme/keys", {"publicKey": pem("acme").decode()}, anna)
        key = answer.json()["statement"]["key"]["fingerprint"]
        path = f"/v1/keys/{key}/approve"
        assert_problem(client.post_json(path, {}, anna), 403, "second-person-needed")
        assert client.post_json(path, {}, berta).status_code == 201
        assert_problem(client.post_json(path, {}, berta), 409, "key-state")


def test_a_key_is_renewed_and_under_four_eyes_only_once_somebody_approves(client: Client) -> None:
    key, operator, office = fingerprint(client), client.token("operator"), client.token("officer")
    made = certificates.certificate(private_key("acme"), since=NOW, until=NOW + timedelta(days=2000))
    body = {"certificate": certificates.pem(made).decode(), "propose": True}
    answer = client.post_json(f"/v1/keys/{key}/renew", body, operator)
    assert (answer.status_code, answer.json()["statement"]["type"]) == (201, "key.renewal-proposed")
    assert_problem(client.post_json(f"/v1/keys/{key}/renew", body, operator), 409, "already-registered")
    before, index = shown(client, key), answer.json()["index"]
    assert_problem(client.post_json(f"/v1/keys/{key}/approve", {}, operator), 409, "key-state")
    assert_problem(client.post_json(f"/v1/keys/{key}/approve?renewal=0", {}, operator), 409, "key-state")
    answer = client.post_json(f"/v1/keys/{key}/approve?renewal={index}", {}, operator)
    assert answer.json()["statement"]["proposal"] == index
    after = client.get(f"/v1/keys/{key}", office).json()
    assert (before["until"], after["until"]) == (timestamp(NOW + timedelta(days=729)), timestamp(NOW + timedelta(2000)))
    assert after["certificate"] == certificates.pem(made).decode()
    assert after["events"][-1]["until"] == after["until"]


def test_what_renews_no_key_is_refused(shared: Client) -> None:
    path, operator = f"/v1/keys/{fingerprint(shared)}/renew", shared.token("operator")
    assert_problem(shared.post_json(path, {"certificate": pem("next").decode()}, operator), 422, "not-enrollable")
    assert_problem(shared.post_json(path, {"certificate": "x"}, operator), 422, "not-enrollable")
    assert_problem(shared.post_json(path, {}, operator), 400, "body-invalid")


def test_keys_that_end_soon_are_listed_first_to_end_first(client: Client) -> None:
    for owner, days in (("late", 50), ("soon", 5), ("later", 70)):
        proposed(client, owner, until=timestamp(NOW + timedelta(days=days)))
    token = client.token("officer")
    ends = [key["until"] for key in client.get("/v1/keys/expiring", token).json()["keys"]]
    assert ends == [timestamp(NOW + timedelta(days=days)) for days in (5, 50)]
    assert len(client.get("/v1/keys/expiring", token, days=7).json()["keys"]) == 1
    assert_problem(client.get("/v1/keys/expiring", token, days=0), 400, "query-invalid")


@pytest.mark.parametrize("step", ["approve", "renew", "retire", "revoke"])
def test_only_operators_take_a_step(shared: Client, step: str) -> None:
    path = f"/v1/keys/{fingerprint(shared)}/{step}"
    assert_problem(shared.post_json(path, {}), 401, "token-missing")
    for role, partner in (("officer", None), ("partner", "acme")):
        assert_problem(shared.post_json(path, {}, shared.token(role, partner)), 403, "role-insufficient")
    assert shared.gateway.ledger.head().size == 4


@pytest.mark.parametrize("path", ["/expiring", "/{key}", "/{key}/affected"])
def test_keys_are_not_shown_to_partners_nor_to_strangers(shared: Client, path: str) -> None:
    path = "/v1/keys" + path.replace("{key}", fingerprint(shared))
    assert_problem(shared.get(path), 401, "token-missing")
    assert_problem(shared.get(path, shared.token("partner", "acme")), 403, "role-insufficient")


@pytest.mark.parametrize("key", ["00" * 32, "x", "0" * 64 + "%0A"])
def test_a_key_that_is_not_there_is_not_found(shared: Client, key: str) -> None:
    operator = shared.token("operator")
    assert_problem(shared.get(f"/v1/keys/{key}", operator), 404, "not-found")
    assert_problem(shared.post_json(f"/v1/keys/{key}/retire", {}, operator), 404, "not-found")


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("retire", {"reason": ""}),
        ("retire", {"why": "x"}),
        ("revoke", {}),
        ("revoke", {"at": "2026-11-20T00:00:00Z"}),
        ("revoke", {"at": "yesterday", "reason": "stolen"}),
        ("revoke", {"at": "2999-01-01T00:00:00Z", "reason": "stolen"}),
        ("revoke", {"at": "2026-11-20T00:00:00Z", "reason": "x" * 201}),
    ],
)
def test_a_step_that_is_badly_asked_for_is_400(shared: Client, step: str, body: object) -> None:
    answer = shared.post_json(f"/v1/keys/{fingerprint(shared)}/{step}", body, shared.token("operator"))
    assert_problem(answer, 400, "body-invalid")


def test_all_that_is_wrong_with_a_key_is_said_at_once(shared: Client) -> None:
    body = {"pem": pem("acme").decode(), "until": "tomorrow"}
    answer = shared.post_json("/v1/partners/acme/keys", body, shared.token("operator"))
    assert_problem(answer, 400, "body-invalid")
    for complaint in ("pem: Extra inputs", "until: ", "give either a certificate or a publicKey"):
        assert complaint in answer.json()["detail"]


def test_a_key_is_a_certificate_or_a_public_key_and_not_both(shared: Client) -> None:
    body = {"publicKey": pem("acme").decode(), "certificate": pem("acme").decode()}
    answer = shared.post_json("/v1/partners/acme/keys", body, shared.token("operator"))
    assert_problem(answer, 400, "body-invalid")
    assert "give either" in answer.json()["detail"]


def test_a_body_with_a_name_twice_is_refused(shared: Client) -> None:
    headers = {"Authorization": f"Bearer {shared.token('operator')}", "Content-Type": "application/json"}
    path = f"/v1/keys/{fingerprint(shared)}/retire"
    answer = shared.request("POST", path, content=b'{"reason":"a","reason":"b"}', headers=headers)
    assert_problem(answer, 400, "body-invalid")


@pytest.mark.parametrize("number", ["7_0", "1.0", " 7", "07", "+7", "\u0667", "1e1", ""])
def test_a_number_in_a_query_has_plain_digits(shared: Client, number: str) -> None:
    operator, officer = shared.token("operator"), shared.token("officer")
    for path, token, query in (
        ("/v1/keys/expiring", operator, {"days": number}),
        ("/v1/documents", officer, {"limit": number}),
        ("/v1/parties/acme/history", officer, {"size": number}),
        ("/v1/ledger/inclusion", None, {"index": 0, "size": number}),
        ("/v1/ledger/consistency", None, {"to": 2, "from": number}),
    ):
        assert_problem(shared.get(path, token, **query), 400, "query-invalid")
