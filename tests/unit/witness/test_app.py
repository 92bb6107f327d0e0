"""A witness as HTTP shows it."""

from collections.abc import Iterator

import anyio
import httpx
import pytest

from edi_gateway.ledger.witnessing import MAX_REQUEST
from edi_gateway.witness import app
from edi_gateway.witness.app import create_app
from edi_gateway.witness.state import folder_of
from tests.support import witness_requests
from tests.support.ledger import ORIGIN
from tests.support.witnesses import AT, log_of, request, verified, witness_in


class Door:
    """Asks the application, without a network."""

    def __init__(self, witness, now=AT):
        self._app = create_app(witness, lambda: now + 0.9)

    def _ask(self, method, path, **given):
        async def ask():
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://witness.example") as client:
                return await client.request(method, path, **given)

        return anyio.run(ask)

    def post(self, body):
        return self._ask("POST", "/add-checkpoint", content=body)

    def get(self, path):
        return self._ask("GET", path)


@pytest.fixture
def log():
    return log_of(9)


@pytest.fixture
def witness(tmp_path, log):
    return witness_in(tmp_path / "witness", log)


def test_eleven_requests_are_answered_as_the_reference_does(tmp_path):
    witness = witness_in(tmp_path / "witness")
    witness.state.add_log(witness_requests.VERIFIER, only=False)
    door = Door(witness)
    for case in witness_requests.CASES:
        answer = door.post(case.body)
        assert answer.status_code == case.status, case.name
        assert case.answer in answer.text, case.name


def test_a_cosignature_bears_the_time_at_which_it_was_asked_for_in_whole_seconds(witness, log):
    answer = Door(witness).post(request(log))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert verified(witness, log, answer.content) == [AT]


def test_a_conflict_is_the_latest_size_and_nothing_else(witness, log):
    door = Door(witness)
    door.post(request(log))
    answer = door.post(request(log))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (409, b"9\n", "text/x.tlog.size")


def test_the_latest_cosigned_checkpoint_is_served_to_anybody(witness, log):
    door = Door(witness)
    path = f"/{folder_of(ORIGIN)}/checkpoint"
    assert door.get(path).status_code == 404
    lines = door.post(request(log)).content
    answer = door.get(path)
    assert (answer.status_code, answer.content) == (200, log.checkpoint() + lines)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
        "text/plain; charset=utf-8",
        "no-cache",
    )


@pytest.mark.parametrize(
    "path",
    [
        f"/{folder_of('other.example/log')}/checkpoint",
        f"/{folder_of(ORIGIN).upper()}/checkpoint",
        "/lock/checkpoint",
        "/..%2Fvkeys/checkpoint",
        "/%2e%2e/checkpoint",
        "/vkeys",
        "/",
    ],
)
def test_nothing_else_is_served(witness, log, path):
    door = Door(witness)
    door.post(request(log))
    assert door.get(path).status_code == 404


def test_checkpoints_are_submitted_with_post_only(witness):
    assert Door(witness).get("/add-checkpoint").status_code == 405


def test_a_body_above_the_limit_is_not_read_to_its_end(witness):
    read = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 65_536

    async def chunks():
        for chunk in endless():
            yield chunk

    answer = Door(witness).post(chunks())
    assert (answer.status_code, str(MAX_REQUEST) in answer.text) == (413, True)
    assert len(read) <= 4


def test_a_body_that_does_not_come_is_not_waited_for(witness, monkeypatch):
    monkeypatch.setattr(app, "BODY_TIMEOUT", 0.01)

    async def never():
        yield b"old 0\n"
        await anyio.sleep_forever()

    assert Door(witness).post(never()).status_code == 408


def test_a_witness_in_trouble_says_so_and_why_in_its_own_log_only(witness, log, tmp_path, caplog):
    door = Door(witness)
    door.post(request(log))
    (tmp_path / "witness" / "checkpoints" / folder_of(ORIGIN)).write_bytes(b"damaged")
    for answer in (door.post(request(log, 9)), door.get(f"/{folder_of(ORIGIN)}/checkpoint")):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "checkpoints" not in answer.text
    assert "is not what was written" in caplog.text
