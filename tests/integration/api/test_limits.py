"""How many requests somebody may make in a minute: by credential, and by address."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.access import limits
from edi_gateway.access.limits import Limiter
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import order


class Hand:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_at_once_and_then_at_an_even_rate() -> None:
    clock = Hand()
    limiter = Limiter(60, clock)
    assert [limiter.wait("a") for _ in range(60)] == [0.0] * 60
    assert limiter.wait("a") == pytest.approx(1.0)
    assert limiter.wait("b") == 0.0
    clock.now = 0.75
    assert limiter.wait("a") == pytest.approx(0.25)
    clock.now = 1.0
    assert limiter.wait("a") == 0.0
    assert limiter.wait("a") > 0
    clock.now = 1000.0
    assert [limiter.wait("a") for _ in range(61)][-2:] == [0.0, pytest.approx(1.0)]


def test_no_limit_is_no_limit() -> None:
    limiter = Limiter(0)
    assert not any(limiter.wait("a") for _ in range(1000))


def test_those_who_ask_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 3)
    limiter = Limiter(1, Hand())
    for key in "abcd":
        assert limiter.wait(key) == 0.0
    assert limiter.wait("d") > 0
    assert limiter.wait("a") == 0.0


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serving(tmp_path / "data", reads_per_minute=3, address_reads_per_minute=6) as client:
        yield client


def test_a_credential_is_told_when_to_come_again(client: Client) -> None:
    token, other = client.token("officer"), client.token("officer")
    assert [client.get("/v1/documents", token).status_code for _ in range(3)] == [200] * 3
    answer = client.get("/v1/documents", token)
    assert_problem(answer, 429, "too-many-requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 20
    assert client.get("/v1/documents", other).status_code == 200


def test_an_address_is_told_too_whatever_it_shows(client: Client) -> None:
    tried = [client.get("/v1/documents", f"edg_{number}").status_code for number in range(7)]
    assert tried == [401] * 6 + [429]
    assert_problem(client.get("/checkpoint"), 429, "too-many-requests")
    assert_problem(client.post_json("/v1/sessions", {}), 429, "too-many-requests")


def test_posting_and_health_are_not_limited_here(client: Client) -> None:
    for _ in range(7):
        assert client.get("/healthz").status_code == 200
    for number in range(8):
        assert client.post_signed(order(f"PO-{number}"), "globex").status_code == 201
