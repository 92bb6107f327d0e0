"""Gateways to begin a test with: the first of its kind is made, the others are copies of it, its ledger's key and all.

Hundreds of tests begin so, and to make one takes longer than most of them.
"""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edi_gateway.gateway import Gateway, build
from edi_gateway.settings import load
from edi_gateway.storage import schema
from edi_gateway.storage.engine import connect
from tests.support.gateway import Ticking, enrol_both, make_gateway
from tests.support.kept_tables import Tables, tables_of

Make = Callable[[Gateway], object]
"""What is done with a new gateway, once for all copies: a function of a module, which is known by its name."""


@dataclass(frozen=True)
class _Kept:
    """A data directory with its anchor beside it, the moment at which it was done, and where PostgreSQL keeps rows."""

    folder: Path
    now: datetime
    rows: int | None = None


_on_postgresql: dict[tuple[Tables, Make], _Kept] = {}


def nothing(gateway: Gateway) -> None:
    """A new gateway is left as it is."""


def copied(path: Path, make: Make = enrol_both, url: str | None = None) -> Ticking:
    """Put the data directory of a gateway there that `make` was done with; its clock. By default, acme and globex are
    enrolled. Its database is SQLite's in that directory, or the empty one of `url` on PostgreSQL."""
    chosen = load(data_dir=path, database_url=url)
    if chosen.database == load(data_dir=path).database:
        return _put(_in_sqlite(make), path)
    engine = connect(chosen.database)
    try:
        tables = tables_of(engine)
        assert tables is not None, f"{url} is not handed on from test to test"
        kept = _on_postgresql.get((tables, make))
        if kept is None:
            return _kept_on_postgresql(tables, make, path, url)
        assert kept.rows is not None
        if not tables.back(kept.rows):
            schema.upgrade(engine)
            tables.fill(kept.rows)
        return _put(kept, path)
    finally:
        engine.dispose()


def open_copy(
    path: Path, make: Make = enrol_both, url: str | None = None, clock: Ticking | None = None, **settings: object
) -> Gateway:
    """A gateway on such a directory; its clock goes on from there. The caller closes it."""
    clock = clock or Ticking()
    clock.now = copied(path, make, url).now
    gateway = build(load(data_dir=path, database_url=url, **settings), clock)
    gateway.directory.refreshed()
    return gateway


def _put(kept: _Kept, path: Path) -> Ticking:
    shutil.copytree(kept.folder / "data", path, dirs_exist_ok=True)
    shutil.copy2(kept.folder / "data.anchor", f"{path}.anchor")
    return Ticking(kept.now)


@functools.cache
def _in_sqlite(make: Make) -> _Kept:
    return _made(_folder(), make, None)


def _kept_on_postgresql(tables: Tables, make: Make, path: Path, url: str | None) -> Ticking:
    folder = _folder()
    made = _made(folder, make, url)
    if (rows := tables.keep()) is not None:
        _on_postgresql[tables, make] = _Kept(folder, made.now, rows)
    return _put(made, path)


def _made(folder: Path, make: Make, url: str | None) -> _Kept:
    clock = Ticking()
    with closing(make_gateway(folder / "data", url, clock)) as gateway:
        make(gateway)
    return _Kept(folder, clock.now)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="edi-gateway-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
