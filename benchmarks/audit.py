"""`python -m benchmarks.audit`: how fast a ledger is audited, the tree alone and everything about the entries.

The entries are synthetic: statements of about 500 bytes in a hundred chains, without documents.
"""

import argparse
import secrets
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from edi_gateway.gateway import Gateway, build
from edi_gateway.installation import initialise
from edi_gateway.ledger.regrowth import Regrowth
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.model.moment import uuid7
from edi_gateway.model.record import Act
from edi_gateway.receipts.statement import act_statement
from edi_gateway.settings import load
from edi_gateway.workflows.verify import verify_ledger

BATCH = 2048
PARTIES = 100
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edi-gateway-bench-") as folder:
        report(Path(folder), options.entries)


def report(folder: Path, count: int) -> None:
    """Print how many entries a second of CPU time is enough for."""
    settings = load(data_dir=folder / "audited")
    initialise(settings)
    with closing(build(settings, lambda: NOW)) as gateway:
        fill(gateway, count)
        entries = [one for start in range(0, count, BATCH) for one in gateway.ledger.commitments(start, start + BATCH)]
        print(f"  tree from commitments     {count / _tree(gateway, entries):8,.0f} entries/s of one core")
        print(f"  the whole audit           {count / _audit(gateway):8,.0f} entries/s of one core, SQLite")


def fill(gateway: Gateway, count: int) -> None:
    """Record so many acts, in commits of 2,048."""
    for start in range(0, count, BATCH):
        gateway.recorder.record([_act(number) for number in range(start, min(start + BATCH, count))])


def _act(number: int) -> Act:
    id = uuid7(NOW, secrets.token_bytes(10))
    draft = act_statement("party.stated", id=id, origin="localhost/ledger", through=number, words="x" * 200)
    return Act(id, f"party-{number % PARTIES}", draft)


def _tree(gateway: Gateway, entries: list[bytes]) -> float:
    began = time.process_time()
    tree = Regrowth()
    for entry in entries:
        tree.append(leaf_hash(entry))
    spent = time.process_time() - began
    if tree.head != gateway.ledger.head():
        raise SystemExit("the tree that was grown again is another one")
    return spent


def _audit(gateway: Gateway) -> float:
    began = time.process_time()
    verify_ledger(gateway.ledger, "localhost/ledger", full=True, sources=gateway.auditing.given_out)
    return time.process_time() - began


if __name__ == "__main__":
    main()
