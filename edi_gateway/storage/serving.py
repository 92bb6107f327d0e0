"""Who serves from a data directory, so that its ledger is not put aside under a server that runs."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edi_gateway.errors import Misuse

_NAME = "serving.lock"


@contextmanager
def serving(data_dir: Path) -> Iterator[None]:
    """While a server runs; what it forks holds the lock on. Raises Misuse where the ledger is being put aside."""
    with _locked(data_dir, fcntl.LOCK_SH) as free:
        if not free:
            raise Misuse(f"The ledger in {data_dir} is being put aside by `edi-gateway ledger continue`.")
        yield


@contextmanager
def not_served(data_dir: Path) -> Iterator[None]:
    """While no server runs, and none can begin to. Raises Misuse where one does."""
    with _locked(data_dir, fcntl.LOCK_EX) as free:
        if not free:
            raise Misuse(f"The ledger in {data_dir} is served at the moment: stop the gateway first.")
        yield


@contextmanager
def _locked(data_dir: Path, kind: int) -> Iterator[bool]:
    if not data_dir.is_dir():
        # There is nothing to lock: whoever goes on says that there is no gateway.
        yield True
        return
    with (data_dir / _NAME).open("ab") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
