"""`python -m benchmarks.overhead`: the bytes that the database grows by for each document, beside the document itself.

SQLite's `dbstat` counts the pages of each table and index. The documents come in commits of sixteen, as under load.
"""

import argparse
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from benchmarks import workload
from edi_gateway.gateway import build

_LEDGER = ("entries", "statements", "tiles")
# Pages of an index count for its table.
_PAGES = """
    SELECT schema.tbl_name, SUM(dbstat.pgsize) FROM dbstat JOIN sqlite_schema AS schema ON schema.name = dbstat.name
    GROUP BY schema.tbl_name
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=4000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edi-gateway-bench-") as folder:
        report(Path(folder), options.documents)


def report(folder: Path, count: int) -> None:
    """Print by how many bytes a document makes the ledger's tables grow, and the others."""
    signer = workload.signer("p-256")
    settings = workload.new_gateway(folder / "overhead", signer)
    documents = workload.invoices(signer, "INV", count)
    file = settings.data_dir / "gateway.db"
    with closing(build(settings)) as gateway:
        before = _bytes(file)
        workload.recorded(gateway, documents)
        grown = _bytes(file) - before
    each = {table: grown[table] / count for table in (*_LEDGER, "documents", "payloads")}
    payload = sum(map(len, documents)) / count
    ledger = sum(each[table] for table in _LEDGER)
    print(f"  the ledger's own          {ledger:8,.0f} bytes for each document, indexes included")
    for table in _LEDGER:
        print(f"    {table:24}{each[table]:8,.0f} bytes")
    print(f"  record and findings       {each['documents']:8,.0f} bytes, for finding it again")
    print(f"  body and headers          {each['payloads']:8,.0f} bytes, of a body of {payload:,.0f}")
    print(f"  in all                    {grown.total() / count / payload:8.2f} of the body")


def _bytes(file: Path) -> Counter[str]:
    """What each table takes of the database, with its indexes."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            return Counter(dict(database.execute(_PAGES)))
        except sqlite3.OperationalError as error:
            raise SystemExit(f"This SQLite was built without dbstat, which counts a table's pages: {error}") from error


if __name__ == "__main__":
    main()
