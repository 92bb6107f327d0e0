"""Contracts over HTTP: to officers all, to partners their own."""

from urllib.parse import quote

import pytest

from tests.support.client import Client, assert_problem
from tests.support.contracts import ID, record
from tests.support.gateway import enrol


@pytest.fixture
def signed(client: Client) -> Client:
    """One that both signed, and one that only acme did."""
    for sender in ("acme", "globex"):
        assert client.post_signed(record(sender), sender, "jws").status_code == 201
    assert client.post_signed(record("acme", "FC/2 ü"), "acme", "jws").status_code == 201
    return client


def test_a_list_says_where_contracts_stand(signed: Client) -> None:
    answer = signed.get("/v1/contracts", signed.token("officer"), at="2027-01-01T00:00:00Z").json()
    assert (answer["at"], answer["next"]) == ("2027-01-01T00:00:00.000Z", None)
    told = [(one["contractId"], one["state"], one["inForce"], one["version"]) for one in answer["contracts"]]
    assert told == [(ID, "in-force", True, 1), ("FC/2 ü", "offered", False, 1)]
    assert answer["contracts"][0] == {
        "contractId": ID,
        "parties": ["acme", "globex"],
        "state": "in-force",
        "inForce": True,
        "version": 1,
        "title": "Tools and fasteners, frame agreement",
        "validFrom": "2026-11-01",
        "validUntil": "2027-12-31",
        "self": "/v1/contracts/FC-1",
    }


def test_one_says_who_has_signed_what(signed: Client) -> None:
    answer = signed.get(f"/v1/contracts/{ID}", signed.token("partner", "globex")).json()
    (contract,) = answer["contracts"]
    (version,) = contract["versions"]
    assert (version["state"], version["missing"], version["purpose"]) == ("in-force", [], "agreement")
    assert [one["party"] for one in version["signatures"]] == ["acme", "globex"]
    assert version["concludedAt"] == version["signatures"][1]["signedAt"]
    for one in version["signatures"]:
        document = signed.get(f"/v1/documents/{one['documentId']}", signed.token("officer")).json()
        assert (document["index"], document["sender"]) == (one["index"], one["party"])
        receipt = signed.get(f"/v1/documents/{one['documentId']}/receipt", signed.token("officer")).json()
        assert receipt["statement"]["document"]["contract"]["terms"] == version["terms"]
        assert receipt["statement"]["recordedAt"] == one["signedAt"]


def test_an_id_may_hold_what_addresses_set_apart(signed: Client) -> None:
    listed = signed.get("/v1/contracts", signed.token("officer")).json()["contracts"][1]
    assert listed["self"] == f"/v1/contracts/{quote('FC/2 ü', safe='')}"
    answer = signed.get(listed["self"], signed.token("officer")).json()
    assert answer["contracts"][0]["versions"][0]["missing"] == ["globex"]


def test_one_is_told_of_any_moment(signed: Client) -> None:
    token, path = signed.token("officer"), f"/v1/contracts/{ID}"
    answer = signed.get(path, token, at="2028-01-01T00:00:00Z").json()
    assert (answer["at"], answer["contracts"][0]["state"]) == ("2028-01-01T00:00:00.000Z", "expired")
    assert_problem(signed.get(path, token, at="2020-01-01T00:00:00Z"), 404, "not-found")
    assert_problem(signed.get(path, token, since="2020-01-01T00:00:00Z"), 400, "query-invalid")


def test_a_record_that_says_otherwise_is_409_with_what_differs(signed: Client) -> None:
    answer = signed.post_signed(record("globex", "FC/2 ü", valueCeiling="1.00"), "globex", "jws")
    assert_problem(answer, 409, "contract-conflict")
    problem = answer.json()
    assert problem["findings"][-1]["rule"] == "GW-LINK-003"
    assert problem["receipt"]["statement"]["type"] == "document.conflict"


def test_pages_follow_each_other(signed: Client) -> None:
    token = signed.token("officer")
    first = signed.get("/v1/contracts", token, limit=1).json()
    second = signed.get("/v1/contracts", token, limit=1, cursor=first["next"]).json()
    assert [one["contractId"] for page in (first, second) for one in page["contracts"]] == [ID, "FC/2 ü"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "offered"}, ["FC/2 ü"]),
        ({"state": "terminated"}, []),
        ({"party": "globex"}, [ID, "FC/2 ü"]),
        ({"party": "initech"}, []),
        ({"at": "2020-01-01T00:00:00Z"}, []),
    ],
)
def test_filters_narrow_the_list(signed: Client, query: dict[str, str], found: list[str]) -> None:
    answer = signed.get("/v1/contracts", signed.token("partner", "acme"), **query).json()
    assert [one["contractId"] for one in answer["contracts"]] == found


@pytest.mark.parametrize(
    "query",
    [{"state": "signed"}, {"cursor": "x"}, {"cursor": "é"}, {"cursor": "W10"}, {"cursor": "WzFd"}, {"at": "now"}],
)
def test_a_query_that_means_nothing_is_refused(signed: Client, query: dict[str, str]) -> None:
    assert_problem(signed.get("/v1/contracts", signed.token("officer"), **query), 400, "query-invalid")


def test_what_is_not_there_and_what_is_not_ones_own_are_answered_alike(signed: Client) -> None:
    enrol(signed.gateway, "initech", "test:initech")
    stranger = signed.token("partner", "initech")
    assert signed.get("/v1/contracts", stranger).json()["contracts"] == []
    for path in (f"/v1/contracts/{ID}", "/v1/contracts/none", f"/v1/contracts/{'x' * 300}", "/v1/contracts/%00"):
        assert_problem(signed.get(path, stranger), 404, "not-found")


def test_reading_by_people_is_in_the_trail(signed: Client) -> None:
    officer = signed.token("officer")
    signed.get(f"/v1/contracts/{ID}", officer)
    signed.get(f"/v1/contracts/{ID}", signed.token("partner", "acme"))
    steps = signed.get("/v1/audit", officer, subject=ID).json()["steps"]
    assert [(one["event"], one["subject"]) for one in steps] == [("contract.read", ID)]
