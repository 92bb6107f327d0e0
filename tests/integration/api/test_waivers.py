"""Under a waiver a short key is good for all that a partner does with it, and for as long as was agreed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from edi_gateway.model.moment import timestamp
from edi_gateway.model.request import HttpRequest
from edi_gateway.signing import jws, renewal
from edi_gateway.signing.http_message import sign_request
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import NOW, ORIGIN, contract, enrol_key, private_key
from tests.support.profiles import agree

KEY = rsa.generate_private_key(65537, 2048)
LATER = timedelta(hours=1)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Client]:
    """It wants RSA keys of 3072 bits, and has waived that for acme's one for an hour."""
    with serving(tmp_path / "data", rsa_refused_bits=3072) as client:
        waiver = {"rsaBits": 2048, "until": timestamp(NOW + LATER), "reason": "new keys are ordered"}
        agree(client.gateway, waivers=[waiver])
        enrol_key(client.gateway, "acme", KEY.public_key())
        client.gateway.directory.refreshed()
        yield client


def read(client: Client) -> httpx.Response:
    request = HttpRequest("GET", "http", "gateway", "/v1/documents", None)
    fields = sign_request(request, KEY, client.clock(), f"nonce-{client.clock().timestamp()}")
    return client.request("GET", "/v1/documents", headers=fields)


def bring(client: Client) -> httpx.Response:
    body = renewal.request("acme", ORIGIN, (KEY, private_key("acme's next")), client.clock())
    path, headers = "/v1/partners/acme/keys", {"content-type": "application/jose"}
    return client.request("POST", path, content=body, headers=headers)


def test_until_it_ends_documents_reads_and_the_next_key_are_accepted(strict: Client) -> None:
    answer = strict.post(jws.sign(contract(), KEY), "application/jose")
    assert answer.status_code == 201
    report = strict.get(answer.headers["location"], strict.token("officer")).json()["report"]
    assert [each["rule"] for each in report["findings"]] == ["GW-SIG-001", "GW-SIG-003"]
    assert read(strict).status_code == 200
    assert bring(strict).status_code == 201


def test_once_it_ended_nothing_is(strict: Client) -> None:
    strict.clock.now += LATER
    answer = strict.post(jws.sign(contract(), KEY), "application/jose")
    assert_problem(answer, 422, "algorithm-barred")
    assert "at least 3072" in answer.json()["detail"]
    for refused in (read(strict), bring(strict)):
        assert refused.json()["code"] == "algorithm-barred"
