"""Files that are whole or not there, whenever the power goes; and a lock that holds across processes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edi_gateway.errors import Fault


class Doubtful(Fault):
    """A file was replaced, but nobody can tell whether it would outlast a power cut."""


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Nobody else is in such a block, in this process or another, until this one ends or its process does."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # The lock belongs to this opening of the file, so that two threads exclude each other as two processes do.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def create_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, unless it is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sync(folder.parent)


def create(file: Path, content: bytes) -> None:
    """Write a new file, readable by its owner only. Raises FileExistsError rather than replace one."""
    _write(file, content)
    _sync(file.parent)


def replace(file: Path, content: bytes) -> None:
    """Replace a file or make it. Raises OSError where the old content surely still stands, and Doubtful."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    try:
        _write(new, content)
        os.replace(new, file)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    try:
        _sync(file.parent)
    except OSError as error:
        raise Doubtful(f"{file} was replaced, but its directory can't be made durable: {error}") from error


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
