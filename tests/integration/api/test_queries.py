"""Queries: names that a route doesn't know, and names that come twice, are not passed over."""

import pytest

from tests.support.client import Client, assert_problem

ID = "019ab000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/v1/documents", "known: sender, receiver, type, number, verdict, from, to, q, cursor, limit"),
        (f"/v1/documents/{ID}", "this takes no query"),
        (f"/v1/documents/{ID}/receipt", "known: level, access_token"),
        (f"/v1/documents/{ID}/evidence", "known: access_token"),
        ("/v1/parties/acme/history", "known: from, to, cursor, limit, size"),
        ("/v1/partners", "this takes no query"),
        ("/v1/keys/expiring", "known: days"),
        ("/v1/ledger/inclusion", "known: index, size"),
        ("/v1/ledger/consistency", "known: from, to"),
        ("/v1/ledger/key", "this takes no query"),
        ("/v1/ledger/keys", "this takes no query"),
    ],
)
def test_a_name_that_a_route_does_not_know_is_400_and_names_the_known_ones(
    shared: Client, path: str, known: str
) -> None:
    answer = shared.get(path, shared.token("officer"), fromm="2026")
    assert_problem(answer, 400, "query-invalid")
    assert answer.json()["detail"] == f"fromm: not a name that is known here; {known}."


@pytest.mark.parametrize(
    ("path", "name"),
    [("/v1/documents?type=order&type=invoice", "type"), ("/v1/ledger/inclusion?index=0&size=4&size=3", "size")],
)
def test_a_name_that_comes_twice_is_400(shared: Client, path: str, name: str) -> None:
    answer = shared.get(path, shared.token("officer"))
    assert_problem(answer, 400, "query-invalid")
    assert answer.json()["detail"] == f"{name}: given more than once."


def test_a_name_is_repeated_in_one_line_and_cut(shared: Client) -> None:
    answer = shared.get(f"/v1/ledger/key?%0A%1B={'x' * 5}&{'y' * 5000}=1")
    assert r"'\n\x1b', yyy" in answer.json()["detail"]
    assert len(answer.json()["detail"]) < 300


def test_who_is_calling_is_settled_before_the_query_is_looked_at(shared: Client) -> None:
    assert_problem(shared.get("/v1/documents", fromm="2026"), 401, "token-missing")


def test_what_a_file_server_could_serve_takes_any_query_as_it_would(shared: Client) -> None:
    assert shared.get("/checkpoint", t="1").content == shared.get("/checkpoint").content
