"""Posting while the ledger is published and witnessed, against posting while it is not.

Both in one run, in turn, on servers of one worker; the witness is a real one on the same machine, and so has its share
of the cores. The ratio travels; the documents a second don't.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from benchmarks import workload
from benchmarks.load import post, request_bytes
from benchmarks.servers import running
from edi_gateway.gateway import build

CONNECTIONS = 64
SELDOM = "3600"
"""Seconds: not once in a run, after the first time at its beginning."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=4000, help="documents in each run")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts")
    parser.add_argument("--seconds", default="1", help="pause between two publications")
    options = parser.parse_args()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    signer = workload.signer("p-256")
    found = []
    with tempfile.TemporaryDirectory(prefix="edi-gateway-bench-") as folder:
        for number in range(options.rounds):
            documents = workload.invoices(signer, f"INV{number}", options.documents)
            without, _ = _posted(Path(folder), signer, documents, SELDOM)
            while_published, published = _posted(Path(folder), signer, documents, options.seconds)
            found.append((while_published / without, without, while_published, published))
    ratio, without, while_published, published = (statistics.median(column) for column in zip(*found, strict=True))
    spread = f"{min(one[0] for one in found):.2f} to {max(one[0] for one in found):.2f}"
    print(f"  not published             {without:8,.0f} documents/s")
    print(f"  published and witnessed   {while_published:8,.0f} documents/s, {published:.0f} publications cosigned")
    print(f"    against not published   {ratio:8.2f} ({spread})")


def _posted(folder: Path, signer: workload.Signer, documents: list[bytes], seconds: str) -> tuple[float, int]:
    """Documents a second, and how many publications a witness has cosigned meanwhile."""
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
        with running("edi-gateway", 1, environment) as server:
            requests = [request_bytes(one, "application/xml") for one in documents]
            warm = len(requests) // 10
            asyncio.run(post(server.port, requests[:warm], CONNECTIONS))
            load = asyncio.run(post(server.port, requests[warm:], CONNECTIONS))
    if set(load.statuses) != {201}:
        raise SystemExit(f"not every document was accepted: {dict(load.statuses)}")
    key = line.split()[2].rpartition("+")[0]
    cosigned = len(list(gateway.publications.cosigned([key], 1, newest=True)))
    gateway.close()
    return load.rate, cosigned


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
