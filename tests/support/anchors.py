"""Ledgers and their anchors, opened again, restored from old copies."""

import shutil
from pathlib import Path

from edi_gateway.gateway import Gateway, build
from edi_gateway.settings import Settings, load
from tests.support.copies import copied
from tests.support.gateway import Ticking
from tests.support.recording import examined


def anchored(folder: Path) -> Settings:
    """Of a closed gateway on SQLite with five entries, all of them anchored."""
    copied(folder, _grown)
    return load(data_dir=folder)


def reopened(settings: Settings) -> Gateway:
    return build(load(data_dir=settings.data_dir, database_url=settings.database_url), Ticking())


def record(gateway: Gateway, *numbers: str) -> None:
    gateway.recorder.record([examined(number) for number in numbers])


def grown(gateway: Gateway, *numbers: str) -> None:
    """Record, and bring the anchor up to date."""
    record(gateway, *numbers)
    assert gateway.watch.keep()


def sizes(gateway: Gateway) -> list[int]:
    return [one.size for one in gateway.watch.history()]


def _grown(gateway: Gateway) -> None:
    grown(gateway, *"abcde")


def backup(settings: Settings) -> Path:
    return Path(shutil.copy(settings.data_dir / "gateway.db", settings.data_dir / "backup.db"))


def restore(settings: Settings, copy: Path) -> None:
    copy.replace(settings.data_dir / "gateway.db")
