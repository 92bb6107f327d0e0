"""Every problem is a problem document with a code that is explained, whatever goes wrong, and tells nothing else."""

import re
from pathlib import Path

import pytest

from edi_gateway.api.problem_types import PROBLEM_TYPES
from edi_gateway.errors import REASONS
from tests.support.client import Client, assert_problem
from tests.support.gateway import invoice

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "problems.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| (\d{3}) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def test_every_reason_to_refuse_a_document_has_a_status_and_advice() -> None:
    assert set(REASONS) <= set(PROBLEM_TYPES)


def test_the_documentation_lists_exactly_the_problems_that_there_are() -> None:
    documented = {code: (int(status), *rest) for code, status, *rest in ROW.findall(DOCUMENTATION.read_text("utf-8"))}
    assert documented == {code: (kind.status, kind.title, kind.advice) for code, kind in PROBLEM_TYPES.items()}


@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_the_type_of_every_problem_leads_to_its_explanation(shared: Client, code: str) -> None:
    page = shared.get(f"/problems/{code}")
    assert page.status_code == 200
    assert PROBLEM_TYPES[code].advice in page.text


def test_the_page_of_a_problem_that_does_not_exist_is_not_found(shared: Client) -> None:
    assert_problem(shared.get("/problems/nonsense"), 404, "not-found")


def test_an_unknown_path_is_a_problem(shared: Client) -> None:
    assert_problem(shared.get("/v2/documents"), 404, "not-found")


def test_the_path_is_repeated_only_so_far(shared: Client) -> None:
    assert len(shared.get("/" + "a" * 1000).json()["instance"]) == 200


def test_a_wrong_method_is_told_which_ones_there_are(shared: Client) -> None:
    answer = shared.request("DELETE", "/v1/documents")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("query", ["from=two", "size=1", "from=-1&to=2", "from=1&to=9999999999999999999999"])
def test_a_query_that_does_not_fit_is_a_problem_and_not_the_frameworks_own_shape(shared: Client, query: str) -> None:
    answer = shared.get(f"/v1/ledger/consistency?{query}")
    assert_problem(answer, 400, "query-invalid")
    assert set(answer.json()) == {"type", "title", "status", "detail", "instance", "code"}


def test_a_bug_of_ours_tells_nothing_of_itself(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the secret of line 42")

    monkeypatch.setattr("edi_gateway.gateway.examining", broken)
    answer = client.post_signed(invoice(), "acme")
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/checkpoint", "/nowhere", "/v1/documents", "/problems/unsigned", "/docs"])
def test_every_answer_keeps_browsers_from_guessing(shared: Client, path: str) -> None:
    headers = shared.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] in ("no-store", "no-cache")


def test_head_answers_like_get_without_a_body(shared: Client) -> None:
    answer = shared.request("HEAD", "/checkpoint")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) == len(shared.get("/checkpoint").content)
