"""Whether there is room for what is to be recorded: before a full disk says so in the middle of a commit."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine

from edi_gateway.errors import Fault
from edi_gateway.settings import Settings

MIN_FREE = 64 * 1024 * 1024
"""Bytes: SQLite's log (16 MB) carried over once, and some of the largest documents beside it."""


def folders(engine: Engine, settings: Settings) -> tuple[Path, ...]:
    """Where this machine writes: a database of PostgreSQL is looked after elsewhere."""
    own = settings.data_dir, settings.anchor.parent
    if engine.url.get_backend_name() != "sqlite":
        return own
    return (*own, Path(str(engine.url.database)).parent)


def check_space(folders: Iterable[Path]) -> None:
    """Raise Fault where one of them has less than `MIN_FREE` left for us."""
    for folder in folders:
        if (left := free(folder)) < MIN_FREE:
            raise Fault(f"{folder} has {left >> 20} MB free, and {MIN_FREE >> 20} are wanted: make room.")


def free(folder: Path) -> int:
    """Bytes that may still be written there: 0 where nobody can tell, a disk that is gone among them."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
