"""One server in one process, until it is asked to stop."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from edi_gateway.cli.connection import BoundedProtocol
from edi_gateway.cli.logs import LOGGING


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def configured(app: Any, tls_cert: Path | None, tls_key: Path | None, grace: int, **more: Any) -> uvicorn.Config:
    """What all servers here have in common: bounded heads, one form of log. `grace`: seconds to end in."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        log_config=LOGGING,
        access_log=False,
        server_header=False,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
        timeout_graceful_shutdown=grace,
        **more,
    )


def serve_until_stopped(config: uvicorn.Config, listener: socket.socket, ready: Callable[[], None]) -> bool:
    """Serve until SIGTERM or SIGINT; True when it did, False when it could not start."""
    server = _Server(config, ready)
    # Once all is answered, uvicorn raises the signal again that stopped it: being asked to stop is no failure.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run([listener])
    except (KeyboardInterrupt, SystemExit):
        return server.started
    return server.started


def address(listener: socket.socket, host: str, tls: bool) -> str:
    """The URL at which a listening socket is reached."""
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{listener.getsockname()[1]}"
