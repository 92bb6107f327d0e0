"""The application in this process, asked as over HTTP; no socket, and no thread of the server's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from edi_gateway.access import create_token
from edi_gateway.api.problem_types import PROBLEM_TYPES
from edi_gateway.gateway import Gateway
from edi_gateway.installation import initialise
from edi_gateway.settings import load
from edi_gateway.web import create_app, front
from tests.support.copies import copied
from tests.support.gateway import Format, Ticking, signed


class Client:
    """A client of a running application, for tests that are not coroutines."""

    def __init__(self, runner: asyncio.Runner, http: httpx.AsyncClient, app: FastAPI, clock: Ticking) -> None:
        self._runner = runner
        self._http = http
        self.app = app
        self.gateway: Gateway = app.state.doorway.gateway
        self.clock = clock

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self._http.request(method, path, **options))

    def get(self, path: str, token: str | None = None, **query: Any) -> httpx.Response:
        return self.request("GET", path, params=query or None, headers=_bearer(token))

    def post_json(self, path: str, body: object, token: str | None = None) -> httpx.Response:
        return self.request("POST", path, json=body, headers=_bearer(token))

    def post(
        self, body: bytes, content_type: str = "application/xml", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self.request(
            "POST", "/v1/documents", content=body, headers={"Content-Type": content_type, **(headers or {})}
        )

    def post_in_chunks(self, chunks: list[bytes], content_type: str = "application/xml") -> httpx.Response:
        """Without Content-Length."""

        async def stream() -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

        return self.request("POST", "/v1/documents", content=stream(), headers={"Content-Type": content_type})

    def post_signed(
        self, document: bytes, owner: str, format: Format = "xmldsig", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        content_type, body = signed(document, owner, format)
        return self.post(body, content_type, headers)

    def token(self, role: str, partner: str | None = None) -> str:
        return create_token(self.gateway, role, f"{role} {partner or ''}", partner=partner)


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    """A problem document, complete, and of this kind."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"/problems/{code}"
    assert problem["title"] == PROBLEM_TYPES[code].title
    assert problem["detail"]


@contextmanager
def serving(path: Path, *, enrolled: bool = True, **settings: Any) -> Iterator[Client]:
    """A new gateway on SQLite in `path`; with acme and globex enrolled there are four entries in its ledger."""
    chosen = load(data_dir=path, **{"public_hosts": ("gateway",), **settings})
    if enrolled:
        clock = copied(path)
    else:
        clock = Ticking()
        initialise(chosen)
    app = create_app(chosen, clock)
    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        transport = httpx.ASGITransport(front(app), client=("192.0.2.1", 4711))
        http = httpx.AsyncClient(transport=transport, base_url="http://gateway")
        try:
            yield Client(runner, http, app, clock)
        finally:
            runner.run(http.aclose())
            runner.run(lifespan.__aexit__(None, None, None))


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
