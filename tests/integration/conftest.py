"""A small gateway on each kind of database, and submissions to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.gateway import Gateway
from edi_gateway.storage import key_wrapping
from tests.support.copies import open_copy


@pytest.fixture(autouse=True)
def _quick_wrapping(monkeypatch: pytest.MonkeyPatch) -> None:
    """To guess a passphrase is dear in the tests of wrapping itself, and in no other."""
    monkeypatch.setattr(key_wrapping, "COST", 2**10)


@pytest.fixture
def gateway(database_url: str, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway with acme and globex enrolled: four entries. On each database in turn."""
    yield from _opened(tmp_path, database_url)


@pytest.fixture
def sqlite_gateway(sqlite_url: str, tmp_path: Path) -> Iterator[Gateway]:
    yield from _opened(tmp_path, sqlite_url)


@pytest.fixture
def postgresql_gateway(postgresql_url: str, tmp_path: Path) -> Iterator[Gateway]:
    yield from _opened(tmp_path, postgresql_url)


def _opened(path: Path, url: str) -> Iterator[Gateway]:
    gateway = open_copy(path, url=url)
    yield gateway
    gateway.close()
