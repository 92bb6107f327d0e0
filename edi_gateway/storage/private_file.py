"""Files that hold a private key: whole or not there, durable, readable by their owner only."""

import os
import secrets
from pathlib import Path

from edi_gateway.errors import Misuse


def write_private(file: Path, content: bytes) -> None:
    """Keep a key. Raises Misuse rather than replace one that is there."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Under another name at first: a file that a power cut left half-written would be taken for the key.
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        os.link(draft, file)
    except FileExistsError as error:
        raise Misuse(f"There is a key already: {file}") from error
    finally:
        draft.unlink()
    # The name must last as long as the file: what was done with a key that a power cut took could never be repeated.
    _sync(file.parent)


def read_private(file: Path, what: str) -> bytes:
    """Read a key, which is `what`. Raises Misuse where it is missing, or others than its owner can read it."""
    try:
        content, mode = file.read_bytes(), file.stat().st_mode
    except OSError as error:
        raise Misuse(f"{what} can't be read: {error}") from error
    if mode & 0o077:
        raise Misuse(f"{file} is readable by others than its owner: run `chmod 600 {file}`.")
    return content


def destroy(file: Path) -> None:
    """Delete the file, for good: it is gone after a power cut, too."""
    file.unlink(missing_ok=True)
    _sync(file.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
