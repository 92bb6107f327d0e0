"""Partners and keys over HTTP: officers and operators look, operators enrol, and each change is in the ledger."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.model.moment import timestamp
from edi_gateway.workflows.check import check_receipt
from tests.support.client import Client, assert_problem
from tests.support.gateway import ACME_ID, NOW, certificate, contract, pem, signed, suspend

INITECH = {"id": "initech", "name": "Initech Inc.", "identifiers": ["0088:7300030000005", "VAT:US123"]}


def statement(client: Client, receipt: bytes) -> Any:
    return check_receipt(receipt, client.gateway.notary.verifier.vkey).statement


@pytest.mark.parametrize("role", ["officer", "operator"])
def test_officers_and_operators_see_partners_and_keys(shared: Client, role: str) -> None:
    token = shared.token(role)
    partners = shared.get("/v1/partners", token).json()["partners"]
    assert [partner["id"] for partner in partners] == ["acme", "globex"]
    assert shared.get("/v1/partners/acme", token).json() == partners[0]
    assert partners[0] == {"id": "acme", "name": "Acme", "identifiers": [ACME_ID], "suspended": False}
    assert len(shared.get("/v1/partners/acme/keys", token).json()["keys"]) == 1


@pytest.mark.parametrize("path", ["/v1/partners", "/v1/partners/acme", "/v1/partners/acme/keys"])
def test_partners_are_not_shown_to_partners_nor_to_strangers(shared: Client, path: str) -> None:
    assert_problem(shared.get(path), 401, "token-missing")
    assert_problem(shared.get(path, shared.token("partner", "acme")), 403, "role-insufficient")


@pytest.mark.parametrize("path", ["/v1/partners", "/v1/partners/acme/keys"])
def test_only_operators_enrol(shared: Client, path: str) -> None:
    for token, status, code in (
        (None, 401, "token-missing"),
        (shared.token("officer"), 403, "role-insufficient"),
        (shared.token("partner", "acme"), 403, "role-insufficient"),
    ):
        assert_problem(shared.post_json(path, INITECH, token), status, code)
    assert shared.gateway.ledger.head().size == 4


def test_a_partner_who_does_not_exist_is_not_found(shared: Client) -> None:
    operator = shared.token("operator")
    assert_problem(shared.get("/v1/partners/nobody", operator), 404, "not-found")
    assert_problem(shared.get("/v1/partners/nobody/keys", operator), 404, "not-found")
    body = {"publicKey": pem("nobody").decode()}
    assert_problem(shared.post_json("/v1/partners/nobody/keys", body, operator), 404, "not-found")


def test_a_partner_is_enrolled_with_a_receipt_that_says_by_whom(client: Client) -> None:
    answer = client.post_json("/v1/partners", INITECH, client.token("operator"))
    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/partners/initech"
    said = statement(client, answer.content)
    assert (said["type"], said["by"]) == ("partner.added", "operator")
    assert said["partner"] == INITECH
    assert client.get("/v1/partners/initech", client.token("officer")).json() == INITECH | {"suspended": False}


def test_a_partner_enrolled_over_http_trades_at_once(client: Client) -> None:
    operator = client.token("operator")
    client.post_json("/v1/partners", INITECH, operator)
    content_type, body = signed(contract().replace(b"7300010000001", b"7300030000005"), "initech", "jws")
    assert_problem(client.post(body, content_type), 401, "unknown-signer")
    answer = client.post_json("/v1/partners/initech/keys", {"publicKey": pem("initech").decode()}, operator)
    assert answer.status_code == 201
    assert statement(client, answer.content)["type"] == "key.added"
    assert client.post(body, content_type).status_code == 201


def test_a_key_shows_where_it_stands_and_how_it_came(client: Client) -> None:
    operator = client.token("operator")
    window = {"from": timestamp(NOW + timedelta(days=7)), "until": timestamp(NOW + timedelta(days=14))}
    answer = client.post_json("/v1/partners/acme/keys", {"publicKey": pem("next").decode(), **window}, operator)
    said = statement(client, answer.content)
    first, second = client.get("/v1/partners/acme/keys", operator).json()["keys"]
    assert (first["state"], second["state"]) == ("active", "upcoming")
    assert first["certificate"].startswith("-----BEGIN CERTIFICATE")
    assert second["certificate"] is None
    assert second["publicKey"] == pem("next").decode()
    assert second["algorithm"] == "EC secp256r1"
    assert {"from": second["from"], "until": second["until"]} == window
    (event,) = second["events"]
    assert (event["index"], event["type"], event["by"]) == (4, "key.added", "operator")
    assert event["recordedAt"] == said["recordedAt"]
    client.clock.now = NOW + timedelta(days=14)
    states = [key["state"] for key in client.get("/v1/partners/acme/keys", operator).json()["keys"]]
    assert states == ["active", "retired"]


def test_a_certificate_narrows_the_window_to_its_own(client: Client) -> None:
    made = x509.load_der_x509_certificate(certificate("next"))
    body = {"certificate": made.public_bytes(Encoding.PEM).decode()}
    assert client.post_json("/v1/partners/acme/keys", body, client.token("operator")).status_code == 201
    key = client.get("/v1/partners/acme/keys", client.token("operator")).json()["keys"][1]
    assert key["until"] == timestamp(made.not_valid_after_utc)


@pytest.mark.parametrize(
    "partner",
    [INITECH | {"id": "acme"}, INITECH | {"identifiers": ["0088:7300030000005", ACME_ID]}],
    ids=["id", "identifier"],
)
def test_what_another_partner_has_is_409(shared: Client, partner: object) -> None:
    assert_problem(shared.post_json("/v1/partners", partner, shared.token("operator")), 409, "already-registered")


def test_a_key_that_is_registered_is_409(shared: Client) -> None:
    body = {"publicKey": pem("acme").decode()}
    assert_problem(
        shared.post_json("/v1/partners/globex/keys", body, shared.token("operator")), 409, "already-registered"
    )


@pytest.mark.parametrize("id", ["Initech", "../x", "a" * 65, "-x"])
def test_an_id_that_is_none_is_422(shared: Client, id: str) -> None:
    assert_problem(
        shared.post_json("/v1/partners", INITECH | {"id": id}, shared.token("operator")), 422, "not-enrollable"
    )


def test_a_key_that_is_too_weak_is_422(shared: Client) -> None:
    weak = rsa.generate_private_key(65537, 1024).public_key()
    body = {"publicKey": weak.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()}
    assert_problem(shared.post_json("/v1/partners/acme/keys", body, shared.token("operator")), 422, "not-enrollable")


@pytest.mark.parametrize("text", ["", "nonsense", "\x00", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"])
def test_what_is_no_key_is_422(shared: Client, text: str) -> None:
    answer = shared.post_json("/v1/partners/acme/keys", {"publicKey": text}, shared.token("operator"))
    assert_problem(answer, 422, "not-enrollable")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"id": "x"}',
        b'{"id": "x", "name": "X", "identifiers": []}',
        b'{"id": "x", "name": "X", "identifiers": ["no scheme"]}',
        b'{"id": "x", "name": "X", "identifiers": ["a:b"], "role": "officer"}',
        b'{"id": "x", "name": "\\u0000", "identifiers": ["a:b"]}',
        b'{"id": "x", "name": "\\ud800", "identifiers": ["a:b"]}',
        b"\xff",
    ],
)
def test_a_body_that_is_no_partner_is_400(shared: Client, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {shared.token('operator')}"}
    assert_problem(shared.request("POST", "/v1/partners", content=body, headers=headers), 400, "body-invalid")


@pytest.mark.parametrize("extra", [{}, {"publicKey": "a", "certificate": "b"}, {"publicKey": "a", "from": 5}])
def test_a_body_that_is_no_key_is_400(shared: Client, extra: object) -> None:
    assert_problem(shared.post_json("/v1/partners/acme/keys", extra, shared.token("operator")), 400, "body-invalid")


def test_a_body_that_is_far_too_large_is_413(shared: Client) -> None:
    body = INITECH | {"name": "x" * 70_000}
    assert_problem(shared.post_json("/v1/partners", body, shared.token("operator")), 413, "body-too-large")


def test_a_suspended_partner_is_shown_as_such(client: Client) -> None:
    suspend(client.gateway, "globex")
    assert client.get("/v1/partners/globex", client.token("officer")).json()["suspended"] is True
