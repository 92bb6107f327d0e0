"""Roots, grants and what is known of revocations, over HTTP: operators change them, officers look."""

from base64 import b64encode

import pytest

from edi_gateway.workflows.check import check_receipt
from tests.support import pki
from tests.support.client import Client, assert_problem
from tests.support.gateway import order
from tests.support.vouching import signed

ROOT = pki.root()
BETWEEN = pki.between(ROOT)
SUBJECT = "CN=Globex Signer,O=Globex"
SIGNER = pki.signer(BETWEEN, subject=SUBJECT)
CA = {"name": "acme-ca", "certificate": ROOT.pem.decode()}
GRANT = {"partner": "globex", "root": "acme-ca", "kind": "subject", "value": SUBJECT}


def _given(client: Client, path: str, body: object) -> str:
    answer = client.post_json(path, body, client.token("operator"))
    assert answer.status_code == 201, answer.text
    statement = check_receipt(answer.content, client.gateway.notary.verifier.vkey).statement
    return str(statement["id"])


def _crl(octets: bytes, issuer: bytes | None = None) -> dict[str, str]:
    body = {"octets": b64encode(octets).decode()}
    return body | ({"issuer": issuer.decode()} if issuer else {})


def test_a_partner_signs_with_a_certificate_from_its_authority(client: Client) -> None:
    operator, officer = client.token("operator"), client.token("officer")
    _given(client, "/v1/trust/roots", CA)
    grant = _given(client, "/v1/trust/grants", GRANT | {"propose": True})
    sent = signed(order("PO-1"), SIGNER)
    assert_problem(client.post(sent.body, sent.content_type), 401, "unknown-signer")
    _given(client, f"/v1/trust/grants/{grant}/approve", {})
    assert_problem(client.post(sent.body, sent.content_type), 422, "revocation-unknown")
    for body in (_crl(pki.crl(ROOT)), _crl(pki.crl(BETWEEN), BETWEEN.pem)):
        answer = client.post_json("/v1/trust/revocations", body, operator)
        assert (answer.status_code, answer.json()["kind"]) == (201, "crl")
    assert len(client.get("/v1/trust/revocations", officer).json()["revocations"]) == 2
    assert client.post(sent.body, sent.content_type).status_code == 201
    told = client.get("/v1/trust", officer).json()
    assert [(one["name"], one["state"], one["pathLength"]) for one in told["roots"]] == [("acme-ca", "in force", 1)]
    match = {"kind": "subject", "value": SUBJECT}
    assert told["grants"] == [
        {"id": grant, "partner": "globex", "root": "acme-ca", "match": match, "state": "in force"}
    ]
    _given(client, f"/v1/trust/grants/{grant}/end", {"reason": "moved"})
    _given(client, "/v1/trust/roots/acme-ca/retire", {})
    told = client.get("/v1/trust", officer).json()
    assert (told["roots"][0]["state"], told["grants"][0]["state"]) == ("retired", "ended")


def test_steps_that_can_not_be_taken_are_told(client: Client) -> None:
    operator = client.token("operator")

    def refused(path: str, body: object, status: int, code: str) -> None:
        assert_problem(client.post_json(f"/v1/trust/{path}", body, operator), status, code)

    _given(client, "/v1/trust/roots", CA)
    grant = _given(client, "/v1/trust/grants", GRANT)
    refused("roots", CA, 409, "already-registered")
    refused("roots", CA | {"name": "Acme"}, 422, "not-enrollable")
    refused("roots", CA | {"name": "other", "usages": ["emailProtection"]}, 422, "not-enrollable")
    refused("roots", CA | {"name": "other", "certificate": SIGNER.pem.decode()}, 422, "not-enrollable")
    refused("roots", CA | {"name": "other", "pathLength": 4}, 400, "body-invalid")
    refused("grants", GRANT, 409, "already-registered")
    refused("grants", GRANT | {"root": "none"}, 404, "not-found")
    refused("grants", GRANT | {"partner": "nobody"}, 422, "not-enrollable")
    refused("grants", GRANT | {"value": "Globex"}, 422, "not-enrollable")
    refused(f"grants/{grant}/approve", {}, 409, "trust-state")
    refused("grants/none/end", {}, 404, "not-found")
    refused("roots/none/retire", {}, 404, "not-found")
    refused("revocations", {"octets": "!"}, 400, "body-invalid")
    refused("revocations", _crl(pki.crl(BETWEEN)), 422, "not-enrollable")


@pytest.mark.parametrize("path", ["/v1/trust", "/v1/trust/revocations"])
def test_partners_and_strangers_see_nothing_of_it(shared: Client, path: str) -> None:
    assert_problem(shared.get(path), 401, "token-missing")
    assert_problem(shared.get(path, shared.token("partner", "acme")), 403, "role-insufficient")


@pytest.mark.parametrize("path", ["roots", "roots/acme-ca/retire", "grants", "grants/x/approve", "revocations"])
def test_only_operators_change_it(shared: Client, path: str) -> None:
    assert_problem(shared.post_json(f"/v1/trust/{path}", {}, shared.token("officer")), 403, "role-insufficient")
