"""Partners that sign what they ask (RFC 9421) read without a token, and bring their keys."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from edi_gateway.model.request import HttpRequest
from edi_gateway.signing import renewal
from edi_gateway.signing.http_message import GOOD_FOR, sign_request
from edi_gateway.storage import nonces
from edi_gateway.storage.nonces import SLACK
from edi_gateway.syntax.base64 import decode_url
from edi_gateway.web import create_app, front
from tests.support import keys
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import order, order_response, pem, private_key, suspend

DOCUMENTS = "/v1/documents"


class Asking:
    """Signs requests; each nonce is another."""

    def __init__(self) -> None:
        self.count = 0

    def fields(self, client: Client, method: str, path: str, owner: str, **how: Any) -> dict[str, str]:
        self.count += 1
        path, _, query = path.partition("?")
        request = HttpRequest(method, "http", how.get("host", "gateway"), path, query or None)
        at = client.gateway.clock() + how.get("late", timedelta())
        nonce = how.get("nonce", f"nonce-number-{self.count:08}")
        return sign_request(request, private_key(owner), at, nonce, how.get("body", b""))

    def ask(self, client: Client, method: str, path: str, owner: str = "acme", **how: Any) -> httpx.Response:
        body = how.get("body", b"")
        headers = self.fields(client, method, path, owner, **how) | {"content-type": "application/json"}
        return client.request(method, path, headers=headers, content=body or None)


asking = Asking()


def test_a_partner_reads_its_own_documents_and_no_others(client: Client) -> None:
    mine = client.post_signed(order_response("OR-1"), "acme").json()["statement"]["id"]
    theirs = client.post_signed(order("PO-9"), "globex").json()["statement"]["id"]
    answer = asking.ask(client, "GET", f"{DOCUMENTS}?verdict=accepted&limit=9")
    assert answer.status_code == 200
    assert {one["id"] for one in answer.json()["documents"]} == {mine, theirs}
    client.post_signed(order("PO-10").replace(b"<cbc:Quantity", b"<cbc:Quantity x='1'", 1), "globex")
    (refused,) = asking.ask(client, "GET", f"{DOCUMENTS}?verdict=rejected", "globex").json()["documents"]
    assert asking.ask(client, "GET", f"{DOCUMENTS}/{refused['id']}/evidence", "globex").status_code == 200
    assert_problem(asking.ask(client, "GET", f"{DOCUMENTS}/{refused['id']}"), 404, "not-found")
    assert_problem(asking.ask(client, "GET", "/v1/partners"), 403, "role-insufficient")


def test_a_request_is_taken_once(shared: Client) -> None:
    fields = asking.fields(shared, "GET", DOCUMENTS, "acme")
    assert shared.request("GET", DOCUMENTS, headers=fields).status_code == 200
    assert_problem(shared.request("GET", DOCUMENTS, headers=fields), 401, "nonce-used")


def test_another_worker_knows_of_it(shared: Client) -> None:
    fields = asking.fields(shared, "GET", DOCUMENTS, "acme")
    assert shared.request("GET", DOCUMENTS, headers=fields).status_code == 200
    app = create_app(shared.gateway.settings, shared.clock)

    async def ask() -> httpx.Response:
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(front(app))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as other:
                return await other.get(DOCUMENTS, headers=fields)

    assert_problem(asyncio.run(ask()), 401, "nonce-used")


def test_a_nonce_is_forgotten_once_its_signature_is_stale(client: Client) -> None:
    fields = asking.fields(client, "GET", DOCUMENTS, "acme", nonce="said-more-than-once")
    assert client.request("GET", DOCUMENTS, headers=fields).status_code == 200
    client.clock.now += GOOD_FOR
    assert_problem(client.request("GET", DOCUMENTS, headers=fields), 401, "signature-stale")
    # Not at once: the clock of another host may be behind, and take it still.
    assert_problem(asking.ask(client, "GET", DOCUMENTS, nonce="said-more-than-once"), 401, "nonce-used")
    client.clock.now += SLACK
    assert asking.ask(client, "GET", DOCUMENTS, nonce="said-more-than-once").status_code == 200


def test_what_strangers_say_is_not_remembered(client: Client) -> None:
    fields = asking.fields(client, "GET", DOCUMENTS, "acme")
    forged = fields | {"signature": fields["signature"].replace("sig=:", "sig=:AAAA", 1)[:-5] + ":"}
    assert client.request("GET", DOCUMENTS, headers=forged).status_code == 401
    assert client.request("GET", DOCUMENTS, headers=fields).status_code == 200


def test_a_key_has_only_so_many_nonces_at_a_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "MOST", 2)
    answers = [asking.ask(client, "GET", DOCUMENTS).status_code for _ in range(3)]
    assert answers == [200, 200, 401]
    assert asking.ask(client, "GET", DOCUMENTS, "globex").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", f"{DOCUMENTS}?limit=6"), ("GET", "/v1/parties/acme/history"), ("HEAD", DOCUMENTS)],
)
def test_a_signature_is_good_for_no_other_request(shared: Client, method: str, path: str) -> None:
    fields = asking.fields(shared, "GET", f"{DOCUMENTS}?limit=5", "acme")
    answer = shared.request(method, path, headers=fields)
    assert answer.status_code == 401
    if method != "HEAD":
        assert_problem(answer, 401, "signature-invalid")


def test_head_is_signed_as_head(shared: Client) -> None:
    assert asking.ask(shared, "HEAD", DOCUMENTS).status_code == 200


def test_only_a_key_that_is_valid_and_signs_requests_is_taken(client: Client) -> None:
    assert_problem(asking.ask(client, "GET", DOCUMENTS, "stranger"), 401, "unknown-signer")
    keys.add(client.gateway, "acme's tls", purpose="tls-client")
    assert_problem(asking.ask(client, "GET", DOCUMENTS, "acme's tls"), 401, "unknown-signer")
    keys.add(client.gateway, "acme's requests", purpose="http-signature")
    assert asking.ask(client, "GET", DOCUMENTS, "acme's requests").status_code == 200
    assert_problem(client.post_signed(order_response("OR-1"), "acme's requests"), 422, "key-purpose")
    waiting = keys.propose(client.gateway, "acme's next")
    assert_problem(asking.ask(client, "GET", DOCUMENTS, "acme's next"), 401, "unknown-signer")
    keys.retire(client.gateway, keys.approve(client.gateway, waiting))
    assert_problem(asking.ask(client, "GET", DOCUMENTS, "acme's next"), 401, "unknown-signer")


@pytest.mark.parametrize("late", [timedelta(minutes=-2), timedelta(minutes=1)])
def test_a_signature_of_another_moment_is_refused(shared: Client, late: timedelta) -> None:
    assert_problem(asking.ask(shared, "GET", DOCUMENTS, late=late), 401, "signature-stale")


def test_half_a_signature_is_none(shared: Client) -> None:
    fields = asking.fields(shared, "GET", DOCUMENTS, "acme")
    del fields["signature"]
    assert_problem(shared.request("GET", DOCUMENTS, headers=fields), 400, "header-invalid")
    fields = asking.fields(shared, "GET", DOCUMENTS, "acme")
    del fields["signature-input"]
    assert_problem(shared.request("GET", DOCUMENTS, headers=fields), 401, "token-missing")


def test_a_body_is_the_one_that_was_signed_for(shared: Client) -> None:
    body, path = order_response("OR-1"), "/v1/validations"
    fields = asking.fields(shared, "POST", path, "acme", body=body) | {"content-type": "application/xml"}
    answer = shared.request("POST", path, headers=fields, content=body)
    assert (answer.status_code, answer.json()["verdict"]) == (200, "accepted")
    fields = asking.fields(shared, "POST", path, "acme", body=body) | {"content-type": "application/xml"}
    answer = shared.request("POST", path, headers=fields, content=body.replace(b"OR-1", b"OR-2"))
    assert_problem(answer, 401, "signature-invalid")
    fields = asking.fields(shared, "POST", path, "acme") | {"content-type": "application/xml"}
    assert_problem(shared.request("POST", path, headers=fields, content=body), 401, "signature-profile")


def test_a_suspended_partner_reads_nothing_by_any_credential_until_it_is_resumed(client: Client) -> None:
    mine = client.post_signed(order_response("OR-1"), "acme").headers["location"]
    token = client.token("partner", "acme")
    suspend(client.gateway, "acme")
    for path in (DOCUMENTS, mine, f"{mine}/content", f"{mine}/receipt", f"{mine}/evidence", "/v1/parties/acme/history"):
        assert_problem(client.get(path, token), 403, "access-suspended")
        assert_problem(asking.ask(client, "GET", path), 403, "access-suspended")
    assert_problem(client.post_json("/v1/parties/acme/history-marks", {}, token), 403, "access-suspended")
    assert_problem(client.get("/v1/partners", token), 403, "role-insufficient")
    assert asking.ask(client, "GET", DOCUMENTS, "globex").status_code == 200
    assert client.get(mine, client.token("officer")).status_code == 200
    theirs = client.post_signed(order("PO-1"), "globex").headers["location"]
    suspend(client.gateway, "acme", suspended=False)
    assert client.get(mine, token).status_code == 200
    assert asking.ask(client, "GET", theirs).status_code == 200


def test_a_suspended_partner_brings_no_key(client: Client) -> None:
    body = request(client)
    suspend(client.gateway, "acme")
    assert_problem(asking.ask(client, "POST", PATH, body=body), 403, "access-suspended")


# For whom a request was signed.


def read(client: Client, host: str, owner: str = "acme") -> httpx.Response:
    """Sent to that host, as it was signed for it."""
    headers = asking.fields(client, "GET", DOCUMENTS, owner, host=host) | {"host": host}
    return client.request("GET", DOCUMENTS, headers=headers)


def test_what_was_signed_for_another_gateway_is_not_taken_from_whom_it_was_sent_to(shared: Client) -> None:
    answer = read(shared, "other.example.com")
    assert_problem(answer, 421, "misdirected-request")
    assert "gateway" in answer.json()["detail"]
    assert read(shared, "gateway").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("gw.example.com", 200),
        ("GW.Example.com:80", 200),
        ("gw.example.org:8443", 200),
        ("[2001:db8::1]:8443", 200),
        ("gw.example.org", 421),
        ("gw.example.com:8443", 421),
        ("gw.example.com.", 421),
        ("gw.example.com.evil.example", 421),
        ("localhost", 421),
    ],
)
def test_signed_requests_are_for_the_hosts_that_are_set_and_no_others(tmp_path, host: str, status: int) -> None:
    hosts = ("GW.example.com:443", "gw.example.org:8443", "[2001:DB8::1]:8443")
    with serving(tmp_path / "data", public_hosts=hosts) as client:
        assert read(client, host).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8443", 200),
        ("127.0.0.1:8443", 200),
        ("127.1.2.3", 200),
        ("[::1]:8443", 200),
        ("localhost.example.com", 421),
        ("127.0.0.1.example.com", 421),
        ("192.0.2.1:8443", 421),
        ("gw.example.com", 421),
    ],
)
def test_where_no_host_is_set_they_are_for_this_machine_alone(tmp_path, host: str, status: int) -> None:
    with serving(tmp_path / "data", public_hosts=()) as client:
        answer = read(client, host)
        assert answer.status_code == status
        assert status == 200 or "public_hosts" in answer.json()["detail"]


def test_a_request_for_another_host_uses_no_nonce_up(client: Client) -> None:
    fields = asking.fields(client, "GET", DOCUMENTS, "acme")
    assert client.request("GET", DOCUMENTS, headers=fields | {"host": "other.example.com"}).status_code == 421
    assert client.request("GET", DOCUMENTS, headers=fields).status_code == 200


def test_a_key_is_brought_to_the_gateway_that_it_was_signed_for(shared: Client) -> None:
    fields = asking.fields(shared, "POST", PATH, "acme", host="other.example.com", body=b"{}")
    headers = fields | {"host": "other.example.com", "content-type": "application/json"}
    assert_problem(shared.request("POST", PATH, headers=headers, content=b"{}"), 421, "misdirected-request")


# A partner's next key, in a request that its present one signs.

PATH = "/v1/partners/acme/keys"


def request(client: Client, new: str = "acme's next", **changes: str) -> bytes:
    """The members that the JWS would have as its payload."""
    pair = private_key("acme"), private_key(new)
    asked = renewal.request("acme", "localhost/ledger", pair, client.gateway.clock())
    return json.dumps(json.loads(decode_url(asked.split(b".")[1])) | changes).encode()


def test_a_partner_brings_its_next_key_in_a_signed_request(client: Client) -> None:
    body = request(client)
    answer = asking.ask(client, "POST", PATH, body=body)
    said = answer.json()["statement"]
    assert (answer.status_code, said["type"], said["by"]) == (201, "key.proposed", "partner:acme")
    assert said["request"]["key"] == keys.of(client.gateway, "acme").fingerprint
    assert_problem(asking.ask(client, "POST", PATH, body=body), 409, "already-registered")


def test_it_has_to_prove_that_it_has_the_new_key(shared: Client) -> None:
    answer = asking.ask(shared, "POST", PATH, body=request(shared, publicKey=pem("another").decode()))
    assert_problem(answer, 422, "not-enrollable")
    assert "proof does not hold" in answer.json()["detail"]


def test_nobody_brings_anothers_key_nor_with_a_key_for_requests_alone(client: Client) -> None:
    assert_problem(asking.ask(client, "POST", PATH, "globex", body=request(client)), 401, "unknown-signer")
    keys.add(client.gateway, "acme's requests", purpose="http-signature")
    assert_problem(asking.ask(client, "POST", PATH, "acme's requests", body=request(client)), 401, "unknown-signer")
    assert_problem(asking.ask(client, "POST", "/v1/partners/nobody/keys", body=request(client)), 401, "unknown-signer")
    partner = client.token("partner", "acme")
    assert_problem(client.post_json(PATH, json.loads(request(client)), partner), 403, "role-insufficient")


def test_where_partners_bring_no_keys_a_signature_changes_nothing(tmp_path) -> None:
    with serving(tmp_path / "data", partner_renewals="refused") as client:
        assert_problem(asking.ask(client, "POST", PATH, body=request(client)), 403, "role-insufficient")
