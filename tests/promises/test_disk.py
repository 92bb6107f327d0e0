"""A disk that is full or failing: each write of the database fails in its turn, and no receipt is handed out for it."""

import shutil
import signal
from pathlib import Path

import pytest

from edi_gateway.gateway import build
from edi_gateway.settings import load
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.verify import verify_ledger
from tests.support import programs
from tests.support.gateway import ORIGIN, make_gateway
from tests.support.promises import Keep
from tests.support.recording import examined

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace: apt-get install strace")

WRITER = """
import sys
from pathlib import Path
from edi_gateway.errors import Fault
from edi_gateway.gateway import build
from edi_gateway.settings import load
from tests.support.recording import examined
try:
    gateway = build(load(data_dir=Path(sys.argv[1])))
except Fault:
    print("fault")
    sys.exit()
whole = True
for number in range(40):
    try:
        if not whole:
            gateway.recorder.reload()
            whole = True
        (recorded,) = gateway.recorder.record([examined(f"PO-{sys.argv[2]}-{number}")])
    except Fault:
        whole = False
        print("fault", flush=True)
    else:
        print(f"PO-{sys.argv[2]}-{number}", recorded.receipt.decode(), flush=True)
"""


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_a_write_that_fails_is_never_answered_with_a_receipt(
    tmp_path: Path, call: str, error: str, soak: bool, kept: Keep
) -> None:
    make_gateway(tmp_path / "data").close()
    held: dict[str, str] = {}
    faults = 0
    for turn in range(40 if soak else 3):
        first = 1 + turn * (1 if call == "fdatasync" else 7)
        inject = f"inject={call}:error={error}:when={first}..{first + 2}"
        # With seccomp, the writer stops at the calls that may fail, and not at all others.
        command = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]
        writer = programs.run(
            [*command, *programs.python(WRITER, tmp_path / "data", str(turn))],
            cwd=Path(__file__).parents[2],
            text=True,
        )
        if "ptrace" in writer.stderr or writer.returncode == -signal.SIGSYS:
            pytest.skip("needs permission to trace a process")
        assert writer.returncode == 0, writer.stderr
        for line in writer.stdout.splitlines():
            name, _, receipt = line.partition(" ")
            if receipt:
                held[name] = receipt
            faults += not receipt
        gateway = build(load(data_dir=tmp_path / "data"))
        verify_ledger(gateway.ledger, ORIGIN, full=True)
        again = gateway.recorder.record([examined(name) for name in held])
        assert [one.receipt.decode() for one in again] == list(held.values())
        for receipt in held.values():
            check_receipt(receipt.encode(), gateway.notary.verifier.vkey)
        gateway.close()
    assert faults, "no write failed"
    kept("P1", len(held))
