"""A party's history over HTTP: who sees it, page by page, and marked at its end."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from edi_gateway.model.record import LEDGER
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.check_history import CheckedHistory, check_history
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import enrol, order, order_response


@dataclass(frozen=True)
class Trade:
    """acme has seven entries: its enrolment, its key, and five order responses."""

    client: Client
    officer: str
    operator: str
    acme: str
    globex: str

    def history(self, token: str, party: str = "acme", **query: object) -> CheckedHistory:
        answer = self.client.get(f"/v1/parties/{party}/history", token, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return check_history(answer.content, self.client.gateway.notary.vkey)


@pytest.fixture(scope="module")
def trade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trade]:
    with serving(tmp_path_factory.mktemp("history") / "data") as client:
        yield _traded(client)


@pytest.fixture
def own(client: Client) -> Trade:
    """A gateway of its own, for what leaves something behind."""
    return _traded(client)


def _traded(client: Client) -> Trade:
    for number in range(5):
        assert client.post_signed(order_response(f"OR-{number}"), "acme").status_code == 201
        assert client.post_signed(order(f"PO-{number}"), "globex").status_code == 201
    tokens = (client.token("officer"), client.token("operator"))
    return Trade(client, *tokens, client.token("partner", "acme"), client.token("partner", "globex"))


def numbers(history: CheckedHistory) -> list[int]:
    return [entry.sequence for entry in history.entries]


def test_a_partner_sees_its_own_history_and_an_officer_everybodys(trade: Trade) -> None:
    assert numbers(trade.history(trade.acme)) == list(range(1, 8))
    assert trade.history(trade.officer).entries == trade.history(trade.acme).entries
    assert numbers(trade.history(trade.officer, "globex")) == list(range(1, 8))


@pytest.mark.parametrize("party", ["globex", "initech", LEDGER])
@pytest.mark.parametrize(("method", "route"), [("GET", "history"), ("POST", "history-marks")])
def test_not_yours_and_not_there_are_the_same_answer(trade: Trade, party: str, method: str, route: str) -> None:
    path = f"/v1/parties/{party}/{route}"
    answer = trade.client.request(method, path, headers={"Authorization": f"Bearer {trade.acme}"})
    assert_problem(answer, 404, "not-found")
    assert party not in answer.json()["detail"]


@pytest.mark.parametrize("party", ["initech", LEDGER, "No Partner", "%00", "a" * 5000])
def test_a_party_without_entries_has_no_history(trade: Trade, party: str) -> None:
    assert_problem(trade.client.get(f"/v1/parties/{party}/history", trade.officer), 404, "not-found")
    marking = trade.client.post_json(f"/v1/parties/{party}/history-marks", {}, trade.officer)
    assert_problem(marking, 404, "not-found")


@pytest.mark.parametrize(("method", "route"), [("GET", "history"), ("POST", "history-marks")])
def test_operators_and_strangers_see_no_history(trade: Trade, method: str, route: str) -> None:
    path = f"/v1/parties/acme/{route}"
    assert_problem(trade.client.request(method, path), 401, "token-missing")
    answer = trade.client.request(method, path, headers={"Authorization": f"Bearer {trade.operator}"})
    assert_problem(answer, 403, "role-insufficient")


def test_pages_follow_each_other_without_gap_or_repetition(trade: Trade) -> None:
    read: list[int] = []
    cursor: dict[str, object] = {}
    for size in (3, 3, 1):
        page = trade.history(trade.acme, limit=3, **cursor)
        assert len(page.entries) == size
        read += numbers(page)
        cursor = {"cursor": page.next}
    assert page.next is None
    assert read == list(range(1, 8))


def test_a_span_is_given_by_numbers_or_by_moments(trade: Trade) -> None:
    whole = trade.history(trade.acme)
    moment = whole.entries[3].statement["recordedAt"]
    assert numbers(trade.history(trade.acme, **{"from": 2, "to": 4})) == [2, 3, 4]
    assert numbers(trade.history(trade.acme, **{"from": moment})) == [4, 5, 6, 7]
    assert numbers(trade.history(trade.acme, to=moment)) == [1, 2, 3]
    assert numbers(trade.history(trade.acme, **{"from": moment, "cursor": 6})) == [6, 7]
    assert_problem(trade.client.get("/v1/parties/acme/history", trade.acme, **{"from": 8}), 404, "not-found")


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "-1"},
        {"from": "1.5"},
        {"to": "2026-11-23"},
        {"cursor": "0"},
        {"cursor": "x"},
        {"limit": "0"},
        {"limit": "1001"},
        {"size": "0"},
        {"colour": "blue"},
    ],
)
def test_a_query_that_makes_no_sense_is_400(trade: Trade, query: dict[str, str]) -> None:
    answer = trade.client.get("/v1/parties/acme/history", trade.acme, **query)
    assert_problem(answer, 400, "query-invalid")
    assert next(iter(query)) in answer.json()["detail"]


def test_a_number_of_any_length_is_just_large(trade: Trade) -> None:
    assert numbers(trade.history(trade.acme, to="9" * 5000)) == list(range(1, 8))


def test_a_tree_that_never_had_a_checkpoint_is_not_given_one(trade: Trade) -> None:
    answer = trade.client.get("/v1/parties/acme/history", trade.acme, size=10_000)
    assert_problem(answer, 400, "query-invalid")
    assert "never a checkpoint of a tree of 10000" in answer.json()["detail"]


@pytest.mark.parametrize("role", ["acme", "officer"])
def test_a_mark_is_recorded_and_leads_to_a_history_that_is_complete(own: Trade, role: str) -> None:
    token = {"acme": own.acme, "officer": own.officer}[role]
    answer = own.client.post_json("/v1/parties/acme/history-marks", {}, token)
    assert answer.status_code == 201
    receipt = check_receipt(answer.content, own.client.gateway.notary.vkey)
    assert receipt.statement["type"] == "party.stated"
    assert receipt.statement["by"] == {"acme": "partner acme", "officer": "officer "}[role].strip()
    own.client.post_signed(order_response("OR-9"), "acme")
    complete = own.client.get(answer.headers["location"], own.acme)
    history = check_history(complete.content, own.client.gateway.notary.vkey)
    assert history.complete_to == history.checkpoint.size == receipt.receipt.index + 1
    assert numbers(own.history(own.acme)) == list(range(1, 10))


def test_a_mark_that_is_there_is_answered_again(own: Trade) -> None:
    first = own.client.post_json("/v1/parties/acme/history-marks", {}, own.acme)
    again = own.client.post_json("/v1/parties/acme/history-marks", {}, own.officer)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.content, first.headers["location"]) == (again.content, again.headers["location"])


def test_a_partner_that_never_sent_anything_has_its_enrolment_as_history(own: Trade) -> None:
    enrol(own.client.gateway, "initech", "0088:7300030000005")
    assert numbers(own.history(own.officer, "initech")) == [1]
