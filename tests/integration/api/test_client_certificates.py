"""Partners that show a client certificate: to the server itself, or to a proxy that says so (RFC 9440)."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from edi_gateway.errors import Misuse
from edi_gateway.model.request import PEER, Peer
from edi_gateway.settings import load
from tests.support import keys
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import certificate, order_response, suspend

DOCUMENTS = "/v1/documents"
PROXY = "192.0.2.7"


@contextmanager
def behind(path: Path, peer: Peer, **settings: Any) -> Iterator[Client]:
    """A gateway whose connections all come from this peer."""
    with serving(path / "data", **settings) as client:
        served = FastAPI.__call__

        async def of_peer(app: FastAPI, scope: Scope, receive: Receive, send: Send) -> None:
            await served(app, {**scope, PEER: peer}, receive, send)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(FastAPI, "__call__", of_peer)
            yield client


def asked(client: Client, owner: str, path: str = DOCUMENTS) -> Any:
    header = f":{b64encode(certificate(owner)).decode()}:"
    return client.request("GET", path, headers={"Client-Cert": header})


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Client]:
    with behind(tmp_path, Peer(PROXY), client_cert_proxies=["192.0.2.0/29", "2001:db8::/32"]) as client:
        yield client


def test_a_certificate_that_was_shown_to_the_server_names_the_partner(tmp_path: Path) -> None:
    with behind(tmp_path, Peer("198.51.100.9", certificate("acme's tls"))) as client:
        assert_problem(client.get(DOCUMENTS), 401, "unknown-signer")
        key = keys.add(client.gateway, "acme's tls", purpose="tls-client")
        mine = client.post_signed(order_response("OR-1"), "acme").json()["statement"]["id"]
        assert [one["id"] for one in client.get(DOCUMENTS).json()["documents"]] == [mine]
        assert_problem(client.get("/v1/partners"), 403, "role-insufficient")
        assert client.get("/v1/partners", client.token("officer")).status_code == 200
        keys.retire(client.gateway, key)
        assert_problem(client.get(DOCUMENTS), 401, "unknown-signer")


def test_a_proxy_that_is_trusted_says_which_certificate_was_shown(proxied: Client) -> None:
    keys.add(proxied.gateway, "acme's tls", purpose="tls-client")
    assert asked(proxied, "acme's tls").status_code == 200
    assert_problem(asked(proxied, "stranger"), 401, "unknown-signer")
    assert_problem(proxied.get(DOCUMENTS), 401, "token-missing")


def test_a_certificate_of_a_suspended_partner_opens_nothing(proxied: Client) -> None:
    keys.add(proxied.gateway, "acme's tls", purpose="tls-client")
    suspend(proxied.gateway, "acme")
    assert_problem(asked(proxied, "acme's tls"), 403, "access-suspended")


def test_a_key_for_another_purpose_shows_nothing(proxied: Client) -> None:
    assert_problem(asked(proxied, "acme"), 401, "unknown-signer")
    keys.add(proxied.gateway, "acme's requests", purpose="http-signature")
    assert_problem(asked(proxied, "acme's requests"), 401, "unknown-signer")


@pytest.mark.parametrize("peer", [Peer("192.0.2.8"), Peer("2001:db9::1"), Peer(""), Peer("localhost")], ids=str)
def test_from_anybody_else_the_header_says_nothing(tmp_path: Path, peer: Peer) -> None:
    with behind(tmp_path, peer, client_cert_proxies=["192.0.2.0/29", "2001:db8::/32"]) as client:
        keys.add(client.gateway, "acme's tls", purpose="tls-client")
        assert_problem(asked(client, "acme's tls"), 401, "token-missing")
        forwarded = {"Client-Cert": f":{b64encode(certificate('acme')).decode()}:", "X-Forwarded-For": PROXY}
        assert_problem(client.request("GET", DOCUMENTS, headers=forwarded), 401, "token-missing")


def test_without_the_setting_no_proxy_is_believed(tmp_path: Path) -> None:
    with behind(tmp_path, Peer(PROXY)) as client:
        keys.add(client.gateway, "acme's tls", purpose="tls-client")
        assert_problem(asked(client, "acme's tls"), 401, "token-missing")


@pytest.mark.parametrize("header", ["", "nonsense", ":AAAA:", '"text"', "(:AAAA:)", ":AAAA:, b=:AAAA:"])
def test_a_header_that_holds_no_certificate_is_refused(proxied: Client, header: str) -> None:
    assert_problem(proxied.request("GET", DOCUMENTS, headers={"Client-Cert": header}), 400, "header-invalid")


def test_two_headers_are_none(proxied: Client) -> None:
    keys.add(proxied.gateway, "acme's tls", purpose="tls-client")
    owner = "acme's tls"
    value = f":{b64encode(certificate(owner)).decode()}:"
    answer = proxied.request("GET", DOCUMENTS, headers=[("Client-Cert", value), ("Client-Cert", value)])
    assert_problem(answer, 400, "header-invalid")


@pytest.mark.parametrize("network", ["proxy.example.com", "192.0.2.1/24", "192.0.2.0/33", ""])
def test_a_network_that_is_none_is_refused_at_the_start(network: str) -> None:
    with pytest.raises(Misuse, match="client_cert_proxies"):
        load(client_cert_proxies=[network])
