"""The FastAPI application: routers, error handlers, lifespan."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from edi_gateway.access import Denied
from edi_gateway.api import (
    archive,
    contracts,
    custody,
    documents,
    health,
    keys,
    ledger,
    pages,
    parties,
    partners,
    problems,
    profiles,
    sessions,
    tokens,
    trust,
    validations,
)
from edi_gateway.api.admission import declared, denial
from edi_gateway.api.doorway import Doorway
from edi_gateway.api.guard import Guard
from edi_gateway.api.problems import Problem
from edi_gateway.documents.schema import warm
from edi_gateway.errors import Fault, Rejection, Unproven, is_expected
from edi_gateway.gateway import build
from edi_gateway.model.moment import Clock, system_clock
from edi_gateway.settings import Settings, load

log = logging.getLogger("edi_gateway")

ROUTERS = (
    documents.router,
    validations.router,
    archive.router,
    custody.router,
    contracts.router,
    ledger.router,
    parties.router,
    partners.router,
    profiles.router,
    keys.router,
    trust.router,
    tokens.router,
    sessions.router,
    health.router,
    pages.router,
)


def create_app(settings: Settings | None = None, clock: Clock = system_clock) -> FastAPI:
    """The application of one worker. Without settings they are read from the environment, as workers do."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        gateway = build(settings or load(), clock)
        warm()
        app.state.doorway = Doorway(gateway)
        yield
        gateway.close()

    # FastAPI's own pages would be tried before any route, and fetch scripts from elsewhere: `api.pages` has ours.
    app = FastAPI(
        title="edi-gateway", version=version("edi-gateway"), lifespan=lifespan, openapi_url=None, redirect_slashes=False
    )
    app.add_exception_handler(Rejection, _rejected)
    app.add_exception_handler(Fault, _faulted)
    app.add_exception_handler(Unproven, _faulted)
    app.add_exception_handler(Denied, denial)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unrouted)
    # What nobody has thought of must not be open to anybody.
    declared(ROUTERS)
    for router in ROUTERS:
        app.include_router(router)
    return app


def front(app: FastAPI) -> ASGIApp:
    """What a server serves: the application behind the guard, and before it the short way for documents."""
    return Guard(DocumentsFirst(app))


class DocumentsFirst:
    """Takes a posted document to its door past FastAPI's way to an endpoint, which costs as much as the rest of HTTP.

    FastAPI describes that route all the same, and would serve it alike.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != documents.PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app
        request = Request(scope, receive)
        try:
            response = await documents.post_document(request)
        except Rejection as error:
            response = await _rejected(request, error)
        except (Fault, Unproven) as error:
            response = await _faulted(request, error)
        await response(scope, receive, send)


async def _rejected(request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejection)
    peer = request.client.host if request.client else "-"
    log.info("rejected %s from %s: %s", request.url.path, peer, error)
    return problems.rejection(request, error)


async def _faulted(request: Request, error: Exception) -> Response:
    code, trace = problems.fault_code(error), None if is_expected(error) else error
    log.error("fault at %s: %s: %s", request.url.path, code, error, exc_info=trace)
    return problems.fault(request, error)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problems.problem(request, error.code, error.detail, error.headers, error.also)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _problem(request, problems.invalid("query-invalid", error.errors()))


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return problems.problem(request, "method-not-allowed", "", {"Allow": ", ".join(_methods(request))})
    return problems.problem(request, "not-found")


def _methods(request: Request) -> list[str]:
    """RFC 9110 §15.5.6 wants all of them; the routing knows only those of the first route that fits the path."""
    path = request.url.path
    routes = (route for router in ROUTERS for route in router.routes if isinstance(route, Route))
    return sorted({method for route in routes if route.path_regex.match(path) for method in route.methods or ()})
