"""Go's checksum database as a judge of our log: compiles `tests/outside/go/sumdb.go`, runs it, serves it folders."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from tests.support import programs
from tests.support.listening import listening

SOURCE = Path(__file__).parents[1] / "outside" / "go" / "sumdb.go"
GOPATH = Path("/usr/share/gocode")
"""Where Debian's golang-golang-x-mod-dev puts its sources."""


class Disagreed(Exception):
    """Go's code does not accept what it was shown."""


@dataclass(frozen=True)
class Sumdb:
    program: Path

    def log(self, vkey: str, url: str) -> int:
        """Check every entry of the log at a URL; return the tree's size."""
        return self._run("log", vkey, url)

    def growth(self, vkey: str, url: str, older: Path) -> int:
        """Check that the log at a URL grew from an older checkpoint; return the tree's size."""
        return self._run("growth", vkey, url, str(older))

    def proof(self, vkey: str, file: Path, entry: bytes) -> int:
        """Check a tlog-proof for an entry; return the tree's size."""
        return self._run("proof", vkey, str(file), entry.hex())

    def _run(self, *arguments: str) -> int:
        done = programs.run([self.program, *arguments], text=True)
        if done.returncode:
            raise Disagreed(done.stderr.strip())
        return int(done.stdout)


def build(folder: Path) -> Sumdb:
    """Compile our program into a folder, or skip the test where Go or its library is missing."""
    return Sumdb(_compiled(SOURCE, folder / "sumdb"))


def compiled(program: str, folder: Path) -> Path:
    """Somebody's program that uses Go's library, compiled into a folder; likewise."""
    source = folder / "program.go"
    source.write_text(program)
    return _compiled(source, folder / "program")


def _compiled(source: Path, program: Path) -> Path:
    go = shutil.which("go")
    if go is None or not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("needs Go and its sumdb library: apt-get install golang-go golang-golang-x-mod-dev")
    # The library lies in a GOPATH, without a module proxy; the installed toolchain is the one to use.
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    programs.run([go, "build", "-o", program, source.name], cwd=source.parent, env=environment, check=True)
    return program


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder over HTTP on a free port; gives the URL."""
    with listening(partial(_Quiet, directory=str(folder))) as url:
        yield url
