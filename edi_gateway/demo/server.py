"""The real server in a process of its own."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edi_gateway.demo.certificates import Identity
from edi_gateway.errors import Fault

PORT = 8443
WORKERS = 2
PATIENCE = 40
"""Seconds that the server gets to end."""


@contextmanager
def serving(data: Path, identity: Identity, log: Path) -> Iterator[str]:
    """Serve the gateway in `data` over HTTPS until the block ends; gives its address. Raises Fault."""
    command = [sys.executable, "-m", "edi_gateway", "serve", "--data-dir", str(data)]
    command += ["--port", str(PORT if _is_free(PORT) else 0), "--workers", str(WORKERS)]
    command += ["--tls-cert", str(identity.certificate_file), "--tls-key", str(identity.key_file)]
    with (
        log.open("wb") as opened,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=opened) as process,  # noqa: S603 - our own command
    ):
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    assert process.stdout
    said = process.stdout.readline().decode()
    ready = re.search(r"https://\S+", said)
    if ready is None:
        lines = log.read_text().splitlines() or ["it said nothing"]
        raise Fault(f"The server did not start: {lines[-1]}")
    return ready[0]


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
