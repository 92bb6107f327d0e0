"""`python -m benchmarks.publishing`: posting while the ledger is published and witnessed, against not.

Both in one run, in turn, on servers of one worker; the witness is a real one on the same machine, and so has its share
of the cores. The ratio travels; the documents a second don't.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import uvloop

from benchmarks import workload
from benchmarks.load import post, request_bytes
from benchmarks.servers import running
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger.note import parse_vkey
from edi_gateway.workflows.witnessed import key_name

CONNECTIONS = 64
SELDOM = "3600"
"""Seconds: not once in a run, after the first time at its beginning."""
PATIENCE = 60
"""Seconds until the first publication."""


class _Posted(NamedTuple):
    """Documents a second, seconds of the server's CPU for each, and how many publications were cosigned meanwhile."""

    rate: float
    cpu: float
    cosigned: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=4000, help="documents in each run")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts")
    parser.add_argument("--seconds", default="1", help="pause between two publications")
    options = parser.parse_args()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    with tempfile.TemporaryDirectory(prefix="edi-gateway-bench-") as folder:
        report(Path(folder), options.documents, options.rounds, options.seconds)


def report(folder: Path, count: int, rounds: int, seconds: str = "1") -> None:
    """Print how fast `count` documents are posted either way, in so many rounds. Wants uvloop's event loop."""
    signer = workload.signer("p-256")
    found = []
    for number in range(rounds):
        documents = workload.invoices(signer, f"INV{number}", count)
        without, while_published = (_posted(folder, signer, documents, pause) for pause in (SELDOM, seconds))
        if not while_published.cosigned:
            raise SystemExit("nothing was cosigned meanwhile")
        found.append((without, while_published))
    ratios = sorted(published.rate / without.rate for without, published in found)
    dearer = statistics.median(published.cpu / without.cpu for without, published in found)
    without, published = (_middle(column) for column in zip(*found, strict=True))
    print(f"  not published             {without.rate:8,.0f} documents/s, {1e6 * without.cpu:,.0f} µs of CPU each")
    print(f"  published and witnessed   {published.rate:8,.0f} documents/s, {1e6 * published.cpu:,.0f} µs of CPU each")
    print(f"    publications cosigned   {published.cosigned:8,.0f}")
    print(f"    against not published   {statistics.median(ratios):8.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    print(f"    in CPU                  {dearer:8.2f}")


def _middle(posted: Sequence[_Posted]) -> _Posted:
    return _Posted(*(statistics.median(column) for column in zip(*posted, strict=True)))


def _posted(folder: Path, signer: workload.Signer, documents: list[bytes], seconds: str) -> _Posted:
    settings = workload.new_gateway(folder / "served", signer)
    gateway = build(settings)
    with _witness(Path(tempfile.mkdtemp(dir=folder)) / "witness", gateway.notary.verifier.vkey) as line:
        policy = folder / "policy"
        policy.write_text(f"{line}\nquorum witness\n", "utf-8")
        environment = {
            "EDI_GATEWAY_DATA_DIR": str(settings.data_dir),
            "EDI_GATEWAY_PUBLISH_SECONDS": seconds,
            "EDI_GATEWAY_WITNESS_POLICY": str(policy),
        }
        witness = key_name(parse_vkey(line.split()[2]))
        with closing(gateway), running("edi-gateway", 1, environment) as server:
            _await_publication(gateway)
            before = _cosigned(gateway, witness)
            requests = [request_bytes(one, "application/xml") for one in documents]
            warm = len(requests) // 10
            asyncio.run(post(server.port, requests[:warm], CONNECTIONS))
            spent = server.cpu_seconds()
            load = asyncio.run(post(server.port, requests[warm:], CONNECTIONS))
            cpu = (server.cpu_seconds() - spent) / load.statuses.total()
            cosigned = _cosigned(gateway, witness) - before
    if set(load.statuses) != {201}:
        raise SystemExit(f"not every document was accepted: {dict(load.statuses)}")
    return _Posted(load.rate, cpu, cosigned)


def _cosigned(gateway: Gateway, witness: str) -> int:
    return len(list(gateway.publications.cosigned([witness], 1, newest=True)))


def _await_publication(gateway: Gateway) -> None:
    """What publishes starts up slower than what serves."""
    deadline = time.monotonic() + PATIENCE
    while not gateway.publications.newest():
        if time.monotonic() > deadline:
            raise SystemExit("nothing was published")
        time.sleep(0.1)


@contextmanager
def _witness(folder: Path, log: str) -> Iterator[str]:
    """Serve a new witness that knows the log until the block ends; gives its line of a policy."""
    command = [sys.executable, "-m", "edi_gateway", "witness"]
    place = ["--witness-dir", str(folder)]
    subprocess.run([*command, "init", "witness.example.com", *place], check=True, stdout=subprocess.DEVNULL)
    vkey = subprocess.run([*command, "key", *place], check=True, capture_output=True, text=True).stdout.split()[0]
    subprocess.run([*command, "add-log", log, *place], check=True, stdout=subprocess.DEVNULL)
    with subprocess.Popen(
        [*command, "serve", "--port", "0", *place], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        try:
            yield f"witness witness {vkey} {process.stdout.readline().split()[-1]}"
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
