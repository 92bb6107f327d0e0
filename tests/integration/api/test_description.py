"""The description of the interface, for programs and for people."""

import re
from typing import Any

import pytest

from edi_gateway.envelopes.unwrap import ENVELOPES
from tests.support.client import Client


@pytest.fixture(scope="module")
def described(shared: Client) -> Any:
    answer = shared.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def test_every_route_of_the_interface_is_described(described: Any) -> None:
    routes = {f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods}
    assert routes >= {
        "POST /v1/documents",
        "GET /v1/documents",
        "GET /v1/documents/{id}",
        "GET /v1/documents/{id}/content",
        "GET /v1/documents/{id}/receipt",
        "POST /v1/documents/{id}/erasure",
        "POST /v1/documents/{id}/hold",
        "DELETE /v1/documents/{id}/hold",
        "GET /v1/partners",
        "GET /v1/partners/{id}",
        "GET /v1/partners/{id}/keys",
        "POST /v1/partners",
        "POST /v1/partners/{id}/keys",
        "GET /checkpoint",
        "GET /tile/{path}",
        "GET /v1/ledger/inclusion",
        "GET /v1/ledger/consistency",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
    }


def test_posting_says_what_it_takes_and_how_it_answers(described: Any) -> None:
    posting = described["paths"]["/v1/documents"]["post"]
    assert set(posting["requestBody"]["content"]) == set(ENVELOPES)
    assert set(posting["responses"]) >= {"200", "201", "400", "401", "403", "409", "413", "415", "422", "503"}
    for status, response in posting["responses"].items():
        media_type = "application/json" if status.startswith("2") else "application/problem+json"
        assert media_type in response["content"]


def test_every_reference_leads_somewhere(described: Any) -> None:
    wanted = set(re.findall(r"'#/components/schemas/(\w+)'", str(described)))
    assert wanted <= set(described["components"]["schemas"])


def test_the_frameworks_own_shape_of_errors_is_not_announced(described: Any) -> None:
    assert "HTTPValidationError" not in str(described)


def test_routes_that_take_a_token_say_so(described: Any) -> None:
    assert described["paths"]["/v1/documents"]["get"]["security"]
    assert "security" not in described["paths"]["/v1/documents"]["post"]
    assert "security" not in described["paths"]["/checkpoint"]["get"]


def test_the_page_for_people_needs_nothing_from_elsewhere(shared: Client) -> None:
    page = shared.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "POST /v1/documents" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_a_posted_document_needs_no_router(shared: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared.app.router, "routes", [])
    assert shared.post(b"<unsigned/>").status_code == 401
    assert shared.get("/healthz").status_code == 404
