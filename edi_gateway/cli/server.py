"""Serving: workers that share one address, and a process beside them for what is not asked over HTTP."""

import logging
import logging.config
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from importlib import import_module

import click
import uvicorn

from edi_gateway.api.multiprocess import prepare
from edi_gateway.cli.background import keep
from edi_gateway.cli.listening import address, configured, serve_until_stopped
from edi_gateway.cli.logs import LOGGING
from edi_gateway.cli.workers import supervise
from edi_gateway.documents.schema import warm
from edi_gateway.engine.starting import for_good
from edi_gateway.errors import Fault, GatewayError, Misuse
from edi_gateway.gateway import build
from edi_gateway.settings import Settings
from edi_gateway.storage.serving import serving

log = logging.getLogger("edi_gateway.serve")

GRACE = 30
"""Seconds that requests under way have to end after the server was asked to stop."""

BACKLOG = 2048


def run(chosen: Settings) -> None:
    """Serve until stopped. Raises Misuse for what can't be served, Fault where the server could not start."""
    with serving(chosen.data_dir):
        _keep_serving(chosen)


def _keep_serving(chosen: Settings) -> None:
    # What is missing or doubtful is said here, once, before any worker starts.
    _check_gateway(chosen)
    _check_tls(chosen)
    _check_client_ca(chosen)
    with ExitStack() as opened:
        listeners = [opened.enter_context(listener) for listener in _listen(chosen)]
        url = address(listeners[0], chosen.host, chosen.tls_cert is not None)
        started = _run(chosen, listeners, lambda: _ready(url, chosen.workers))
    try:
        _anchor(chosen)
    except GatewayError as error:
        # All that was asked was answered; whatever is the matter now is met again at the next start.
        log.error("the anchor is not up to date: %s", error)
    if not started:
        raise Fault("The server could not start; the log says why.")


def _check_gateway(chosen: Settings) -> None:
    """Whether all is there, payload keys too; and bring the anchor up to date before anything is served."""
    with closing(build(chosen)) as gateway:
        gateway.vault.ready()
        gateway.watch.keep()


def _anchor(chosen: Settings) -> None:
    """Bring the anchor up to date, after all was served."""
    with closing(build(chosen)) as gateway:
        gateway.watch.keep()


def _check_tls(chosen: Settings) -> None:
    if chosen.tls_cert and chosen.tls_key:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chosen.tls_cert, chosen.tls_key)
        except ssl.SSLError as error:
            message = f"{chosen.tls_cert} and {chosen.tls_key} are not a PEM certificate and its private key."
            raise Misuse(message) from error


def _check_client_ca(chosen: Settings) -> None:
    if chosen.tls_client_ca:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(chosen.tls_client_ca)
        except OSError as error:
            raise Misuse(f"{chosen.tls_client_ca} should hold PEM certificates: {error}") from error


def _listen(chosen: Settings) -> list[socket.socket]:
    """A listening socket for each worker, all of one address: the kernel spreads connections over them evenly.

    With one socket for all, whichever worker wakes up first takes everything that is waiting.
    """
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    address = (chosen.host, chosen.port)
    # Alone at first: a socket that shares its port would bind beside another server's without a word.
    alone = socket.create_server(address, family=family, backlog=BACKLOG)
    if chosen.workers == 1:
        return [alone]
    with alone:
        address = alone.getsockname()[:2]
    return [
        socket.create_server(address, family=family, backlog=BACKLOG, reuse_port=True) for _ in range(chosen.workers)
    ]


def _config(chosen: Settings) -> uvicorn.Config:
    # Not before `prepare`: the counters decide at their import whether several workers share them.
    from edi_gateway.web import create_app, front

    return configured(
        front(create_app(chosen)),
        chosen.tls_cert,
        chosen.tls_key,
        GRACE,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        lifespan="on",
        backlog=BACKLOG,
        # Optional: whoever shows none is asked for another credential, or none at all.
        ssl_cert_reqs=ssl.CERT_OPTIONAL if chosen.tls_client_ca else ssl.CERT_NONE,
        ssl_ca_certs=chosen.tls_client_ca,
    )


def _ready(url: str, workers: int) -> None:
    click.echo(f"edi-gateway is ready at {url} ({workers} {'worker' if workers == 1 else 'workers'})")


def _serve(chosen: Settings, listener: socket.socket, ready: Callable[[], None]) -> bool:
    return serve_until_stopped(_config(chosen), listener, ready)


def _run(chosen: Settings, listeners: list[socket.socket], ready: Callable[[], None]) -> bool:
    """A worker for each socket, and the background; they share what is imported and compiled before the fork."""
    logging.config.dictConfig(LOGGING)
    prepare(chosen)
    with for_good():
        import_module("edi_gateway.web")
        warm()
    works = [partial(_serve, chosen, listener) for listener in listeners]
    return supervise([*works, partial(keep, chosen)], ready, GRACE + 5)
