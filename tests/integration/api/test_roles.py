"""Every route in every role: it answers whom the table of rights lets in, and nobody else."""

import re
from collections.abc import Iterator
from typing import get_args

import httpx
import pytest
from fastapi import APIRouter, Depends

from edi_gateway.access import ALLOWED, OPEN, SIGNED, Holder, issue_token
from edi_gateway.access.rights import DESCRIBED, Action
from edi_gateway.api.admission import May, declared
from edi_gateway.model.caller import Role
from edi_gateway.web import ROUTERS
from tests.house.repository import ROOT
from tests.support.client import Client
from tests.support.gateway import order

ROUTES = declared(ROUTERS)
ROLES = get_args(Role)
EXAMPLES = {
    "{id}": "acme",
    "{name}": "acme-ca",
    "{fingerprint}": "0" * 64,
    "{path:path}": "0/000",
    "{contractId:path}": "FC-1",
    "{code}": "not-found",
    "{rule}": "BR-01",
}
DENIED = {"token-missing", "token-invalid", "role-insufficient"}


@pytest.fixture(scope="module")
def tokens(shared: Client) -> dict[str, str]:
    return {role: shared.token(role, "acme" if role == "partner" else None) for role in ROLES[:-1]} | {
        "auditor-guest": issue_token(shared.gateway, Holder("auditor-guest", "guest", document=posted(shared)))
    }


def posted(client: Client) -> str:
    return client.post_signed(order(), "globex").headers["location"].rpartition("/")[2]


def ask(client: Client, route: tuple[str, str], token: str | None) -> httpx.Response:
    method, path = route
    for name, example in EXAMPLES.items():
        path = path.replace(name, example)
    assert "{" not in path, "an example is missing"
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return client.request(method, path, headers=headers, content=b"{}" if method == "POST" else None)


def code(answer: httpx.Response) -> str | None:
    problem = answer.headers.get("content-type") == "application/problem+json"
    return str(answer.json()["code"]) if problem else None


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
@pytest.mark.parametrize("role", ROLES)
def test_a_route_answers_the_roles_of_its_action_and_no_others(
    shared: Client, tokens: dict[str, str], route: tuple[str, str], role: Role
) -> None:
    answer, action = ask(shared, route, tokens[role]), ROUTES[route]
    assert answer.status_code < 500
    if action in OPEN or action == "documents.post" or role in ALLOWED[action]:
        assert code(answer) not in DENIED
    else:
        assert (answer.status_code, code(answer)) == (403, "role-insufficient")


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
@pytest.mark.parametrize(("token", "refused"), [(None, "token-missing"), ("edg_" + "x" * 43, "token-invalid")])
def test_nobody_in_particular_is_answered_only_where_anybody_is(
    shared: Client, route: tuple[str, str], token: str | None, refused: str
) -> None:
    answer, action = ask(shared, route, token), ROUTES[route]
    assert answer.status_code < 500
    if action in OPEN or action == "documents.post":
        assert code(answer) not in DENIED
    else:
        assert (answer.status_code, code(answer)) == (401, refused)


def test_every_action_is_somebodys_and_some_routes() -> None:
    assert set(ALLOWED) == set(DESCRIBED) == set(get_args(Action)) == set(ROUTES.values())
    for action, roles in ALLOWED.items():
        assert bool(roles) or action in OPEN | SIGNED
        assert not roles or action not in OPEN


def test_a_route_that_declares_nothing_is_not_served() -> None:
    router = APIRouter()
    router.add_api_route("/secret", lambda: "told")
    with pytest.raises(ValueError, match="no action"):
        declared([router])


def test_a_route_that_declares_two_actions_is_not_served() -> None:
    router = APIRouter(dependencies=[Depends(May("documents.read"))])
    router.add_api_route("/secret", lambda: "told", dependencies=[Depends(May("metrics.read"))])
    with pytest.raises(ValueError, match="declares"):
        declared([router])


def test_the_page_for_integrators_names_the_same_roles() -> None:
    rows = dict(_who_rows())
    assert len(rows) > 20
    for route, named in rows.items():
        action = ROUTES[route]
        assert {"auditor-guest" if name == "guest" else name for name in named} == (ALLOWED[action] or {"anybody"}), (
            route
        )


def _who_rows() -> Iterator[tuple[tuple[str, str], set[str]]]:
    for line in (ROOT / "docs/http.md").read_text("utf-8").splitlines():
        if row := re.match(r"\| `(GET|POST|PUT|DELETE) ([^`]+)` \| ([^|]+) \|", line):
            method, path, who = row.groups()
            yield (
                (method, re.sub(r"{(path|contractId)}", r"{\1:path}", path)),
                set(re.findall(rf"{'|'.join(ROLES)}|guest|anybody", who)),
            )
