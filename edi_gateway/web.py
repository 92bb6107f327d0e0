"""The FastAPI application: routers, error handlers, lifespan."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

from edi_gateway.api import documents, problems
from edi_gateway.api.doorway import Doorway
from edi_gateway.documents.schema import warm
from edi_gateway.errors import Fault, Rejection
from edi_gateway.gateway import build
from edi_gateway.settings import Settings, load

log = logging.getLogger("edi_gateway")


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application of one worker. Without settings they are read from the environment, as workers do."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        gateway = build(settings or load())
        warm()
        app.state.doorway = Doorway(gateway)
        yield
        gateway.close()

    app = FastAPI(title="edi-gateway", version="1", lifespan=lifespan)
    app.add_exception_handler(Rejection, _rejected)
    app.add_exception_handler(Fault, _faulted)
    app.add_exception_handler(Exception, _faulted)
    app.include_router(documents.router)
    return app


async def _rejected(request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejection)
    peer = request.client.host if request.client else "-"
    log.info("rejected %s from %s: %s", request.url.path, peer, error)
    return problems.rejection(request, error)


async def _faulted(request: Request, error: Exception) -> Response:
    log.error("fault at %s", request.url.path, exc_info=error)
    return problems.fault(request, error if isinstance(error, Fault) else Fault(repr(error)))
