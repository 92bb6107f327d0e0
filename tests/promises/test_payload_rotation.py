"""Payload keys are exchanged while partners go on sending, and whoever exchanges them is killed on the way.

Nobody is refused for it, nothing that was stored is lost, and the old keys are needed no more in the end.
"""

import http.client
import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.access import create_token
from edi_gateway.gateway import build
from edi_gateway.model.moment import system_clock
from edi_gateway.settings import load
from edi_gateway.storage import wrapping_keys
from edi_gateway.storage.signers import key_access
from edi_gateway.workflows.rewrap import going
from edi_gateway.workflows.verify import verify_ledger
from tests.promises.test_kill import contracts, posting
from tests.support import programs, sealing
from tests.support.gateway import ORIGIN, enrol_both, make_gateway
from tests.support.programs import PATIENCE
from tests.support.promises import Keep
from tests.support.recording import examined
from tests.support.servers import serving

# `edi-gateway payload-key rotate`, killed at the call of that number (from 0) of a method, before or after it is done.
ROTATING = """
import os, signal, sys
from edi_gateway.cli import main
from edi_gateway.storage.payload_keys import SqlPayloadKeys
from edi_gateway.workflows import rewrap

data, method, number, moment = sys.argv[1:]
real, calls = getattr(SqlPayloadKeys, method), iter(range(10**9))

def dying(self, *values):
    last = next(calls) == int(number)
    done = None if last and moment == "before" else real(self, *values)
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(SqlPayloadKeys, method, dying)
rewrap.PAGE = 50
main(["payload-key", "rotate", "--data-dir", data])
"""
KILLS = (("put_in_force", "0", "after"), ("rewrap", "2", "after"), ("retire", "0", "before"))
MORE_KILLS = (
    ("put_in_force", "0", "before"),
    ("rewrap", "0", "before"),
    ("rewrap", "5", "before"),
    ("retire", "0", "after"),
)


def test_payload_keys_are_exchanged_under_load_by_whoever_is_killed_and_nothing_is_lost(
    tmp_path: Path, soak: bool, kept: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDI_GATEWAY_ENCRYPT_PAYLOADS", "true")
    data, receipts = tmp_path / "data", dict[int, bytes]()
    stored = prepared(data, 10_000 if soak else 500)
    with serving(tmp_path, "--workers", "2", "--data-dir", data) as (server, url):
        port = int(url.rpartition(":")[2])
        with posting(port, paced(0 if soak else 0.02), receipts):
            for method, number, moment in KILLS + (MORE_KILLS if soak else ()):
                answered_more(receipts)
                killed = programs.run(programs.python(ROTATING, data, method, number, moment))
                assert killed.returncode == -signal.SIGKILL, killed.stderr
            answered_more(receipts)
            done = programs.run([sys.executable, "-m", "edi_gateway", "payload-key", "rotate", "--data-dir", data])
            assert done.returncode == 0, done.stderr
            answered_more(receipts)
        assert "fault at" not in server.log
        assert set(read(port, data, list(receipts.values())[:: max(1, len(receipts) // 100)])) == {200}
    with_new_key_only(data)
    audited(data, stored + len(receipts))
    kept("P1", len(receipts))


def prepared(data: Path, count: int) -> int:
    """A gateway with documents that are encrypted already; how many."""
    made = make_gateway(data, clock=system_clock)
    enrol_both(made)
    gateway = sealing.encrypting(made)
    for start in range(0, count, 250):
        gateway.recorder.record([examined(f"PO-{n}", at=gateway.clock()) for n in range(start, start + 250)])
    gateway.close()
    made.close()
    return count


def paced(pause: float) -> Iterator[tuple[int, str, bytes]]:
    """Documents, so far apart in seconds that whoever exchanges the keys gets on."""
    for document in contracts(0):
        time.sleep(pause)
        yield document


def answered_more(receipts: dict[int, bytes]) -> None:
    """Partners get answers at this point, too."""
    before, until = len(receipts), time.monotonic() + PATIENCE
    while len(receipts) < before + 5:
        assert time.monotonic() < until, "nothing is answered"
        time.sleep(0.005)


def read(port: int, data: Path, receipts: list[bytes]) -> list[int]:
    """How the workers, which saw every exchange, answer those who ask for documents."""
    gateway = build(load(data_dir=data))
    token = create_token(gateway, "officer", "audit")
    gateway.close()
    statuses = []
    for receipt in receipts:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        path = f"/v1/documents/{json.loads(receipt)['statement']['id']}/content"
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        assert answer.read()
        statuses.append(answer.status)
        connection.close()
    return statuses


def with_new_key_only(data: Path) -> None:
    gateway = build(load(data_dir=data))
    assert going(gateway.vault.keys) == ()
    retired = [one for one in gateway.vault.keys.known() if one.retired_at]
    for one in retired:
        wrapping_keys.destroy(one.source, key_access(gateway.settings))
    gateway.close()
    assert retired


def audited(data: Path, count: int) -> None:
    gateway = build(load(data_dir=data))
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).documents >= count
    assert sealing.rows(gateway, "payloads") == []
    gateway.close()
