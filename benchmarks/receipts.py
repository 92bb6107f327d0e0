"""`python -m benchmarks.receipts`: how long it takes to check a receipt offline, with nothing but a verifier key.

Each receipt is checked once, as `edi-gateway verify` checks it, all of them in one process: Python's own start isn't in
the figure. CPU time, of one core.
"""

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks import workload
from benchmarks.audit import fill
from edi_gateway.gateway import build
from edi_gateway.workflows.check import check_receipt

RECEIPTS = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=70_000, help="entries of the ledger, which make the proofs long")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edi-gateway-bench-") as folder:
        report(Path(folder), options.entries)


def report(folder: Path, entries: int) -> None:
    """Print how long a receipt takes, in a ledger that has so many entries before the ones whose receipts these are."""
    signer = workload.signer("p-256")
    with closing(build(workload.new_gateway(folder / "receipts", signer))) as gateway:
        fill(gateway, entries)
        given = workload.recorded(gateway, workload.invoices(signer, "INV", RECEIPTS))
        vkey = gateway.notary.vkey
    spent = sorted(_checked(one, vkey) for one in given)
    size = statistics.mean(map(len, given))
    print(
        f"  a receipt, checked        {1e6 * statistics.median(spent):8,.0f} µs at the median, of {entries:,} entries"
    )
    print(f"    the slowest of 100      {1e6 * spent[len(spent) * 99 // 100]:8,.0f} µs")
    print(f"    its size                {size:8,.0f} bytes")


def _checked(receipt: bytes, vkey: str) -> float:
    began = time.process_time()
    check_receipt(receipt, vkey)
    return time.process_time() - began


if __name__ == "__main__":
    main()
