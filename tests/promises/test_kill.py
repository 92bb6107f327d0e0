"""Serving processes killed at any moment under load, held against the receipts that clients have in hand."""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edi_gateway.gateway import build
from edi_gateway.ledger.stored import head_at
from edi_gateway.model.moment import system_clock
from edi_gateway.settings import load
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.verify import verify_ledger
from tests.support.gateway import ORIGIN, contract, enrol_both, make_gateway, signed
from tests.support.programs import PATIENCE, Program
from tests.support.promises import Keep
from tests.support.servers import serving

CLIENTS = 4
RENEWED = 20
"""Rounds after which a new ledger is begun: each round audits all of it."""


def kill_one(server: Program, chance: random.Random) -> None:
    """A worker, or the process beside them."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    os.kill(int(chance.choice(children)), signal.SIGKILL)


@contextmanager
def posting(port: int, documents: Iterator[tuple[int, str, bytes]], receipts: dict[int, bytes]) -> Iterator[None]:
    """Clients that post document after document, each until it is answered, for as long as the block lasts."""
    stop, lock = threading.Event(), threading.Lock()

    def post() -> None:
        while not stop.is_set():
            with lock:
                number, content_type, body = next(documents)
            while number not in receipts and not stop.is_set():
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                    connection.request("POST", "/v1/documents", body, {"Content-Type": content_type})
                    answer = connection.getresponse()
                    receipt = answer.read()
                except (OSError, http.client.HTTPException):
                    time.sleep(0.01)
                    continue
                finally:
                    connection.close()
                assert answer.status in (200, 201, 503), receipt
                if answer.status != 503:
                    receipts[number] = receipt

    clients = [threading.Thread(target=post) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        stop.set()
        for client in clients:
            client.join(PATIENCE)
            assert not client.is_alive(), "a client got neither an answer nor an error"


def contracts(since: int) -> Iterator[tuple[int, str, bytes]]:
    for number in range(since, 10**9):
        yield number, *signed(contract(f"C-{number}"), "acme", "jws")


def test_whoever_is_killed_whenever_no_receipt_that_was_handed_out_is_broken(
    tmp_path: Path, soak: bool, kept: Keep
) -> None:
    chance = random.Random(9162)
    answered = checkpoints = 0
    for turn in range(200 if soak else 4):
        if turn % RENEWED == 0:
            data, held = tmp_path / f"data-{turn}", {}
            gateway = make_gateway(data, clock=system_clock)
            enrol_both(gateway)
            gateway.close()
        receipts: dict[int, bytes] = {}
        with (
            serving(tmp_path, "--workers", "2", "--data-dir", data) as (server, url),
            posting(int(url.rpartition(":")[2]), contracts(turn * 10_000), receipts),
        ):
            until = time.monotonic() + PATIENCE
            while not receipts:
                assert time.monotonic() < until, "nothing is answered"
                time.sleep(0.01)
            time.sleep(chance.uniform(0.0, 0.6))
            if turn % 2:
                kill_one(server, chance)
                time.sleep(chance.uniform(0.0, 1.0))
            server.kill()
        held |= receipts
        checkpoints += audited(data, held)
        answered += len(receipts)
    kept("P1", answered)
    kept("P2", 200 if soak else 4)
    kept("P3", checkpoints)
    kept("P4", answered)
    kept("P6", 200 if soak else 4)


def audited(data: Path, receipts: dict[int, bytes]) -> int:
    """Audit the whole ledger, and hold every receipt against it; how many checkpoints were compared."""
    gateway = build(load(data_dir=data))
    head = verify_ledger(gateway.ledger, ORIGIN, full=True).head
    roots: dict[int, bytes] = {}
    for receipt in receipts.values():
        check = check_receipt(receipt, gateway.notary.verifier.vkey)
        index, size = check.receipt.index, check.checkpoint.size
        assert size <= head.size
        assert gateway.ledger.leaves(index, index + 1) == [check.leaf]
        assert roots.setdefault(size, head_at(gateway.ledger, size).root) == check.checkpoint.root
    statements = [json.loads(gateway.ledger.entry(index).statement) for index in range(head.size)]
    accepted = [one["document"]["number"] for one in statements if one["type"] == "document.accepted"]
    assert len(accepted) == len(set(accepted))
    gateway.close()
    return len(roots)
