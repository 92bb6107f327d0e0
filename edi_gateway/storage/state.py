"""Small files that are replaced as a whole, or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from edi_gateway.errors import Fault


class StateFile:
    """Implements `workflows.ports.State`."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self) -> bytes | None:
        try:
            return self.file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Fault(f"{self.file} can't be read: {error}") from error

    def write(self, content: bytes) -> None:
        new = self.file.with_name(f"{self.file.name}.new")
        try:
            with new.open("wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            new.replace(self.file)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise Fault(f"{self.file} can't be written: {error}") from error

    def remove(self) -> None:
        with suppress(FileNotFoundError):
            self.file.unlink()


def state_in(folder: Path, name: str) -> StateFile:
    """What is remembered under a name in a folder."""
    return StateFile(folder / f"{name}.state")
