"""The anchor: a file apart from the database that only grows, so that an old copy of the database is told from it.

A line that was cut off by a crash has no end, and doesn't count; the next line to be written takes its place. Several
processes may write: whoever does holds the file's lock.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger.anchor import MAX_LINE

_TAIL = 16 * MAX_LINE
"""Bytes of the file's end in which its last whole line must be: a power cut may leave a block of zeroes after it."""


class AnchorFile:
    """Implements `workflows.ports.Anchor`."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def place(self) -> str:
        return str(self.file)

    def newest(self) -> bytes | None:
        try:
            with self.file.open("rb") as opened:
                return _newest(opened)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Fault(f"The anchor can't be read: {error}") from error

    def lines(self) -> Iterator[bytes]:
        try:
            with self.file.open("rb") as opened:
                yield from (line for line in opened if line.endswith(b"\n"))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise Fault(f"The anchor can't be read: {error}") from error

    def begin(self, line: bytes) -> None:
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _set_aside(self.file)
            descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                _write(opened, line)
            sync_folder(self.file.parent)
        except OSError as error:
            raise Misuse(f"The anchor can't be made ({error}): set `anchor_file` to where it can.") from error

    @contextmanager
    def growing(self) -> Iterator["GrowingAnchor"]:
        try:
            with self.file.open("r+b") as opened:
                fcntl.flock(opened, fcntl.LOCK_EX)
                yield GrowingAnchor(opened)
        except OSError as error:
            raise Fault(f"The anchor can't be written: {error}") from error


class GrowingAnchor:
    """Implements `workflows.ports.GrowingAnchor`."""

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened
        self.newest = _newest(opened)

    def append(self, line: bytes) -> None:
        # What has no line end was cut off while it was written.
        self._opened.truncate(_end(self._opened))
        self._opened.seek(0, os.SEEK_END)
        _write(self._opened, line)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last as long as the files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _set_aside(file: Path) -> None:
    """What another ledger left there is kept under another name: it may be all that tells of that ledger's end."""
    numbered = (file.with_name(f"{file.name}.{number}") for number in range(1, 10_000))
    if file.exists():
        file.rename(next(name for name in numbered if not name.exists()))


def _write(opened: BinaryIO, line: bytes) -> None:
    opened.write(line)
    opened.flush()
    os.fsync(opened.fileno())


def _end(opened: BinaryIO) -> int:
    """Where the last whole line ends."""
    size = opened.seek(0, os.SEEK_END)
    start = opened.seek(max(0, size - _TAIL))
    found = opened.read().rfind(b"\n")
    if found < 0 and start:
        raise Misuse(f"{opened.name} is damaged: its end is not made of lines. Keep it, and find out what wrote there.")
    return start + found + 1


def _newest(opened: BinaryIO) -> bytes | None:
    end = _end(opened)
    start = opened.seek(max(0, end - MAX_LINE))
    whole = opened.read(end - start)
    return whole[whole.rfind(b"\n", 0, -1) + 1 :] or None
