"""A partner brings its next key itself: asked with its present one, and the next one proves that it has it."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from edi_gateway.signing import jws, renewal
from edi_gateway.syntax.base64 import decode_url
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.renew import FRESH
from tests.support import certificates, keys
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import NOW, certificate, contract, order_response, pem, private_key, suspend

ORIGIN = "localhost/ledger"
PATH = "/v1/partners/acme/keys"


def bring(client: Client, body: bytes, path: str = PATH) -> httpx.Response:
    return client.request("POST", path, content=body, headers={"Content-Type": "application/jose"})


def asked(client: Client, old: str = "acme", new: str = "acme's next", partner: str = "acme", **how: Any) -> bytes:
    pair = private_key(old), private_key(new)
    at = client.gateway.clock() + how.get("late", timedelta())
    return renewal.request(partner, how.get("origin", ORIGIN), pair, at, how.get("certificate"))


def written(client: Client, inner: dict[str, str] | None = None, **changes: str | None) -> bytes:
    """A request whose members are changed, or left out where the change is None; `inner` changes those of the proof."""
    genuine = asked(client).split(b".")[1]
    members = json.loads(decode_url(genuine)) | changes
    if inner is not None:
        said = json.loads(decode_url(members["proof"].split(".")[1].encode())) | inner
        members["proof"] = jws.sign(canonical(said), private_key("acme's next")).decode()
    return jws.sign(canonical({n: v for n, v in members.items() if v is not None}), private_key("acme"))


def test_a_key_that_a_partner_brings_waits_for_an_operator(client: Client) -> None:
    answer = bring(client, asked(client, certificate=certificate("acme's next")))
    assert (answer.status_code, answer.headers["location"]) == (201, PATH)
    said = answer.json()["statement"]
    assert (said["type"], said["by"]) == ("key.proposed", "partner:acme")
    assert said["request"]["key"] == keys.of(client.gateway, "acme").fingerprint
    assert client.post_signed(order_response("OR-1"), "acme's next").status_code == 401
    path = f"/v1/keys/{said['key']['fingerprint']}/approve"
    assert client.post_json(path, {}, client.token("operator")).status_code == 201
    assert client.post_signed(order_response("OR-1"), "acme's next").status_code == 201


def test_a_gateway_may_trust_it_at_once_or_refuse_to_be_asked(tmp_path) -> None:
    with serving(tmp_path / "trusting", partner_renewals="active") as client:
        assert bring(client, asked(client)).json()["statement"]["type"] == "key.added"
        assert client.post_signed(order_response("OR-1"), "acme's next").status_code == 201
    with serving(tmp_path / "closed", partner_renewals="refused") as client:
        assert_problem(bring(client, asked(client)), 401, "token-missing")


@pytest.mark.parametrize(("setting", "type"), [("active", "key.renewed"), ("proposed", "key.renewal-proposed")])
def test_a_partner_renews_its_certificate_itself(tmp_path, setting: str, type: str) -> None:
    with serving(tmp_path / "data", partner_renewals=setting) as client:
        made = certificates.certificate(private_key("acme"), since=NOW, until=NOW + timedelta(days=2000))
        body = asked(client, new="acme", certificate=certificates.der(made))
        answer = bring(client, body)
        assert (answer.status_code, answer.json()["statement"]["type"]) == (201, type)
        assert answer.json()["statement"]["by"] == "partner:acme"
        assert_problem(bring(client, body), 409, "already-registered")
        (key,) = client.gateway.directory.refreshed().keys_of["acme"]
        assert len(key.terms) == (2 if setting == "active" else 1)


def test_a_request_that_was_overheard_is_of_no_use(client: Client) -> None:
    body = asked(client)
    assert bring(client, body).status_code == 201
    assert_problem(bring(client, body), 409, "already-registered")
    keys.retire(client.gateway, keys.of(client.gateway, "acme"))
    assert_problem(bring(client, asked(client, new="another")), 401, "unknown-signer")


@pytest.mark.parametrize("late", [-FRESH - timedelta(seconds=1), FRESH + timedelta(minutes=1)])
def test_a_proof_of_another_moment_is_refused(shared: Client, late: timedelta) -> None:
    answer = bring(shared, asked(shared, late=late))
    assert_problem(answer, 422, "not-enrollable")
    assert "not of this moment" in answer.json()["detail"]


def test_a_key_of_another_partner_asks_for_nothing(shared: Client) -> None:
    assert_problem(bring(shared, asked(shared, old="globex")), 401, "unknown-signer")
    assert_problem(bring(shared, asked(shared), "/v1/partners/globex/keys"), 401, "unknown-signer")
    assert_problem(bring(shared, asked(shared), "/v1/partners/nobody/keys"), 401, "unknown-signer")
    assert_problem(bring(shared, asked(shared, old="stranger")), 401, "unknown-signer")


def test_a_request_that_was_changed_is_refused(shared: Client) -> None:
    head, payload, signature = asked(shared).split(b".")
    changed = payload[:-8] + (b"A" if payload[-8:-7] != b"A" else b"B") + payload[-7:]
    assert_problem(bring(shared, b".".join((head, changed, signature))), 401, "signature-invalid")
    assert_problem(bring(shared, b"nonsense"), 400, "not-jws")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"partner": "globex"}, "name the partner acme"),
        ({"origin": "elsewhere.example/ledger"}, "the origin localhost/ledger"),
        ({"type": "document"}, "whose type is key.renewal"),
        ({"publicKey": None}, "a certificate or a publicKey"),
        ({"publicKey": pem("another").decode()}, "proof does not hold"),
        ({"publicKey": "nonsense"}, "not usable"),
        ({"proof": None}, "proof does not hold"),
        ({"proof": "nonsense"}, "proof does not hold"),
        ({"role": "operator"}, "not known"),
        ({"until": "tomorrow"}, "until"),
        ({"proof": {"fingerprint": "00" * 32}}, "for another key"),
        ({"proof": {"partner": "globex"}}, "name the partner acme"),
        ({"proof": {"at": "now"}}, "at"),
        ({"proof": {"type": "key.renewal"}}, "whose type is key.possession"),
    ],
)
def test_a_request_that_means_something_else_is_refused(shared: Client, changes: dict[str, Any], why: str) -> None:
    proof = changes.pop("proof") if isinstance(changes.get("proof"), dict) else None
    answer = bring(shared, written(shared, proof, **changes))
    assert_problem(answer, 422, "not-enrollable")
    assert why in answer.json()["detail"]


def test_a_document_is_no_request_and_a_request_no_document(client: Client) -> None:
    document = jws.sign(contract(), private_key("acme"))
    assert_problem(bring(client, document), 422, "not-enrollable")
    answer = client.post(asked(client), "application/jose")
    assert_problem(answer, 422, answer.json()["code"])
    assert len(client.gateway.directory.refreshed().keys_of["acme"]) == 1


def test_a_weak_key_and_a_suspended_partner_are_refused(client: Client) -> None:
    pair = private_key("acme"), rsa.generate_private_key(65537, 1024)
    body = renewal.request("acme", ORIGIN, pair, client.gateway.clock())
    assert_problem(bring(client, body), 422, "not-enrollable")
    suspend(client.gateway, "acme")
    answer = bring(client, asked(client))
    assert_problem(answer, 422, "not-enrollable")
    assert "suspended" in answer.json()["detail"]
