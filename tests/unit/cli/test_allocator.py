"""The server's memory allocator."""

import platform
import sys
from collections.abc import Mapping

import pytest

from edi_gateway.cli.allocator import tuned
from tests.support import programs

GLIBC = platform.libc_ver()[0] == "glibc"
PROGRAM = """
import os, sys
from edi_gateway.cli.allocator import start_over_tuned

print(os.getpid(), flush=True)
start_over_tuned()
print(os.environ.get("GLIBC_TUNABLES"), sys.argv[1:])
"""


def run(environment: Mapping[str, str]) -> list[str]:
    command = [sys.executable, "-c", PROGRAM, "--port", "1"]
    return programs.run(command, env=environment, check=True, text=True).stdout.splitlines()


@pytest.mark.skipif(not GLIBC, reason="this C library has no tunables")
def test_a_server_starts_over_once_under_its_own_process_id_with_its_own_arguments() -> None:
    first, second, last = run({})
    assert first == second
    assert last.startswith("glibc.malloc.tcache_count=")
    assert last.endswith("['--port', '1']")


def test_an_operators_own_tunables_stay() -> None:
    assert tuned({"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}) == {"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}
    assert len(run({"GLIBC_TUNABLES": ""})) == 2
