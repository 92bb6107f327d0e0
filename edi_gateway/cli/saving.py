"""Files that commands leave behind: whole, or not at all."""

import os
import secrets
from os import fsync
from pathlib import Path


def save(file: Path, content: bytes) -> None:
    """Write a file under another name beside it, make it durable, and put it in its place.

    What was there stays where that fails. Raises OSError, of the file that was asked for.
    """
    file = file.resolve()
    if file.exists() and not file.is_file():
        # A pipe or a terminal is written to, not replaced.
        file.write_bytes(content)
        return
    draft = file.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as opened:
            opened.write(content)
            opened.flush()
            fsync(opened.fileno())
        if file.exists():
            draft.chmod(file.stat().st_mode)
        draft.replace(file)
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), str(file)) from error
    finally:
        draft.unlink(missing_ok=True)
