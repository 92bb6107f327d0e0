"""Schemathesis makes requests out of the interface's own description, and every role sends each of them.

None is answered with a fault of ours, and nobody gets what the table of rights doesn't give. `--soak` tries many more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from edi_gateway.access import ALLOWED, OPEN, SIGNED, Holder, create_token, issue_token, token_id
from edi_gateway.api.admission import declared
from edi_gateway.api.openapi import describe
from edi_gateway.model.caller import Role
from edi_gateway.web import ROUTERS, create_app
from tests.support.client import Client, serving
from tests.support.gateway import order
from tests.support.people import hash_quickly

EXAMPLES, EXAMPLES_SOAKING = 6, 300
"""Requests for each route, each sent by everybody."""

OPERATIONS = {
    found.ok().label: found.ok()
    for found in schemathesis.openapi.from_dict(describe(create_app())).get_all_operations()
}
ACTIONS = {f"{method} {path.replace(':path', '')}": action for (method, path), action in declared(ROUTERS).items()}
CALLERS: tuple[Role | None, ...] = (None, *get_args(Role))


@dataclass(frozen=True)
class House:
    """A running gateway, somebody's token for each role, and what is there to be asked for by a path."""

    client: Client
    tokens: dict[Role | None, str | None]
    there: dict[str, str]

    def send(self, case: Any, role: Role | None, there: bool) -> httpx.Response:
        if there:
            known = {name: self.known(case.operation.path, name) for name in case.path_parameters or ()}
            case.path_parameters = {**(case.path_parameters or {}), **{n: v for n, v in known.items() if v}}
        made = case.as_transport_kwargs(base_url="http://gateway")
        token = self.tokens[role]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {name: made[name] for name in ("json", "files") if name in made}
        if "data" in made:
            body = {"content": made["data"]} if isinstance(made["data"], bytes | str) else {"data": made["data"]}
        if case.media_type and "json" not in body and "files" not in body:
            headers["Content-Type"] = case.media_type
        params = {name: value for name, value in (made.get("params") or {}).items() if name != "access_token"}
        return self.client.request(case.method, made["url"], headers=headers, params=params, **body)

    def known(self, path: str, name: str) -> str | None:
        """What a parameter of a path may be, so that there is something behind it."""
        return next((value for prefix, value in self.there.items() if path.startswith(f"{prefix}/{{{name}}}")), None)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    limits = {"reads_per_minute": 0, "address_reads_per_minute": 0, "max_body_bytes": 65_536}
    with (
        pytest.MonkeyPatch.context() as patched,
        serving(tmp_path_factory.mktemp("house") / "data", **limits) as client,
    ):
        hash_quickly(patched)
        document = client.post_signed(order(), "globex").headers["location"].rpartition("/")[2]
        guest = issue_token(client.gateway, Holder("auditor-guest", "guest", document=document))
        named: tuple[Role, ...] = ("officer", "operator")
        tokens: dict[Role | None, str | None] = {role: client.token(role) for role in named}
        tokens |= {None: None, "partner": client.token("partner", "acme"), "auditor-guest": guest}
        directory = client.gateway.directory.refreshed()
        there = {
            "/v1/documents": document,
            "/v1/parties": "acme",
            "/v1/partners": "acme",
            "/v1/keys": directory.keys_of["globex"][0].fingerprint,
            "/v1/tokens": token_id(create_token(client.gateway, "officer", "spare")),
        }
        yield House(client, tokens, there)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_request_is_our_fault_and_nobody_gets_what_is_not_theirs(house: House, operation: str, soak: bool) -> None:
    action = ACTIONS[operation]
    allowed = {role for role in CALLERS if action in OPEN | SIGNED or role in ALLOWED[action]}

    @settings(
        max_examples=EXAMPLES_SOAKING if soak else EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(OPERATIONS[operation].as_strategy(), st.booleans())
    def everybody_sends(case: Any, there: bool) -> None:
        for role in CALLERS:
            answer = house.send(case, role, there)
            told = f"{role}: {case.method} {answer.request.url}: {answer.status_code} {answer.text[:500]}"
            assert answer.status_code < 500, told
            if role not in allowed and _is(answer, case):
                assert answer.status_code in (401, 403), told

    (everybody_sends if soak else seed(9)(everybody_sends))()


def _is(answer: httpx.Response, case: Any) -> bool:
    """Whether a request reached its route: with a dot or nothing for an id, or a slash in it, it is of another one."""
    sent = urlsplit(str(answer.request.url)).path.split("/")
    meant = case.operation.path.split("/")
    return len(sent) == len(meant) and all(sent[1:]) and "%2F" not in "".join(sent).upper()


def test_every_route_that_is_described_is_tried_with_its_action() -> None:
    assert set(OPERATIONS) <= set(ACTIONS)
    assert len(OPERATIONS) > 40
