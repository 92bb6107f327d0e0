"""`make bench`: the gateway against the floor of its own steps, in one run; then what the ledger's proofs cost.

Absolute figures are this machine's; the ratios travel. Everything is measured on an idle machine, or it means nothing.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
from pathlib import Path

import uvloop

from benchmarks import audit, floor, lookups, overhead, publishing, receipts, rules, workload
from benchmarks.load import Load, post, request_bytes
from benchmarks.servers import running
from benchmarks.steps import steps
from edi_gateway.cli.allocator import tuned
from edi_gateway.documents.schema import warm
from edi_gateway.gateway import build

CONNECTIONS = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=4000, help="documents in each run")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts")
    parser.add_argument("--key", choices=("rsa-2048", "p-256"), action="append", help="default: both")
    parser.add_argument("--entries", type=int, default=70_000, help="entries of the ledger that is proved and audited")
    options = parser.parse_args()
    rules.report(rounds=200)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    with tempfile.TemporaryDirectory(prefix="edi-gateway-bench-") as folder:
        for kind in options.key or ("rsa-2048", "p-256"):
            bench(kind, options.documents, options.rounds, Path(folder))
        lookups.report(Path(folder), partners=1000, rounds=20)
        print("\nthe ledger")
        receipts.report(Path(folder), options.entries)
        audit.report(Path(folder), options.entries)
        overhead.report(Path(folder), options.documents)
        publishing.report(Path(folder), options.documents, options.rounds)


def bench(kind: str, count: int, rounds: int, folder: Path) -> None:
    """One table for one kind of key."""
    signer = workload.signer(kind)
    sample = workload.invoices(signer, "SAMPLE", count)
    print(f"\n{kind}: invoices of {len(sample[0]):,} bytes, XMLDSig, SQLite synchronous=FULL, {os.cpu_count()} cores")
    _print_steps(signer, sample[: count // 4], folder)
    found = [_round(signer, number, count, folder, sample) for number in range(rounds)]
    middle = {name: statistics.median(one[name] for one in found) for name in found[0]}
    of_one = statistics.median(one["two"] / one["one"] for one in found)
    print(f"  floor, two workers        {middle['floor']:8,.0f} documents/s")
    print(f"    document path           {1e6 * middle['path']:8,.0f} µs")
    print(f"    HTTP alone              {1e6 * middle['http']:8,.0f} µs")
    print(f"    row in a group commit   {1e6 * middle['commit']:8,.0f} µs")
    print(f"  two workers               {middle['two']:8,.0f} documents/s: {_ratio(found, 'floor')} of the floor")
    print(f"    of a floor of {middle['tuned']:,.0f}, under the workers' allocator settings: {_ratio(found, 'tuned')}")
    print(f"  one worker                {middle['one']:8,.0f} documents/s: two are {of_one:.2f} of one")
    print(f"  at 70 % of the peak       p50 {middle['p50']:.1f} ms, p99 {middle['p99']:.1f} ms (open loop)")
    print(f"  CPU of the workers        {1e6 * middle['cpu']:8,.0f} µs per document")
    print(f"  memory of a worker        {middle['memory'] / 2**20:8,.0f} MiB at most")
    print(f"  start to ready            {middle['ready']:8.2f} s")


def _ratio(found: list[dict[str, float]], floor: str) -> str:
    ratios = sorted(one["two"] / one[floor] for one in found)
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def _print_steps(signer: workload.Signer, sample: list[bytes], folder: Path) -> None:
    gateway = build(workload.new_gateway(folder / "steps", signer))
    warm()
    spent = steps(gateway, sample)
    gateway.close()
    for name, seconds in spent.items():
        print(f"    {name:24}{1e6 * seconds:8,.0f} µs")
    print(f"    {'sum':24}{1e6 * sum(spent.values()):8,.0f} µs of one core, without HTTP")


def _round(signer: workload.Signer, number: int, count: int, folder: Path, sample: list[bytes]) -> dict[str, float]:
    figures: dict[str, float] = {}
    before = _floors(signer, sample, folder)
    environment = {"EDI_GATEWAY_DATA_DIR": str(folder / "served")}
    for workers, name in ((1, "one"), (2, "two")):
        workload.new_gateway(folder / "served", signer)
        with running("edi-gateway", workers, environment) as server:
            _load(server.port, workload.invoices(signer, f"WARM{number}", count // 10), None)
            documents = workload.invoices(signer, f"PEAK{number}", count)
            spent = server.cpu_seconds()
            peak = _load(server.port, documents, None)
            figures |= {name: peak.rate, "cpu": (server.cpu_seconds() - spent) / count}
            if workers == 2:
                steady = _load(server.port, workload.invoices(signer, f"OPEN{number}", count), 0.7 * peak.rate)
                figures |= {"p50": 1e3 * steady.percentile(50), "p99": 1e3 * steady.percentile(99)}
                figures |= {"memory": server.peak_memory(), "ready": server.seconds_to_ready}
    # Before and after: a machine that others share gets slower and faster by the minute.
    floors = [*zip(before, _floors(signer, sample, folder), strict=True)]
    bare, same = ((one.seconds + other.seconds) / 2 for one, other in floors)
    parts = {name: statistics.mean(getattr(one, name) for one in floors[0]) for name in ("path", "http", "commit")}
    return figures | parts | {"floor": 1 / bare, "tuned": 1 / same}


def _floors(signer: workload.Signer, sample: list[bytes], folder: Path) -> tuple[floor.Floor, floor.Floor]:
    """The libraries as they come, and under the settings that the gateway gives its workers' allocator."""
    bare = floor.measure(sample, signer.certificate, CONNECTIONS, folder, {})
    return bare, floor.measure(sample, signer.certificate, CONNECTIONS, folder, tuned({}))


def _load(port: int, documents: list[bytes], rate: float | None) -> Load:
    load = asyncio.run(post(port, [request_bytes(one, "application/xml") for one in documents], CONNECTIONS, rate))
    if set(load.statuses) != {201}:
        raise SystemExit(f"not every document was accepted: {dict(load.statuses)}")
    return load


if __name__ == "__main__":
    main()
