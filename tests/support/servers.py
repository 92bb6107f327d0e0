"""The real servers, each in a process of its own."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.programs import Program, running

_READY = re.compile(r"(?:edi-gateway|The witness) is ready at (https?://\S+)(?: \(\d+ workers?\))?\n")


@contextmanager
def serving(folder: Path, *options: str | Path) -> Iterator[tuple[Program, str]]:
    """A gateway that serves, and the address that it says it is ready at."""
    with _serving(folder, "serve", *options) as served:
        yield served


@contextmanager
def witness_serving(folder: Path, *options: str | Path) -> Iterator[tuple[Program, str]]:
    """A witness that serves, and where."""
    with _serving(folder, "witness", "serve", *options) as served:
        yield served


@contextmanager
def _serving(folder: Path, *words: str | Path) -> Iterator[tuple[Program, str]]:
    command = [sys.executable, "-m", "edi_gateway", *words, "--port", "0"]
    with running(command, folder) as server:
        said = server.line()
        ready = _READY.fullmatch(said)
        assert ready, said + server.log
        yield server, ready[1]
