"""One server in one process, until it is asked to stop."""

import signal
import socket
from collections.abc import Callable

import uvicorn


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


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
