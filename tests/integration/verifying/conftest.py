"""A ledger of 268 entries, for a test to edit."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.gateway import Gateway, build
from edi_gateway.settings import load
from tests.support.auditing import fill
from tests.support.gateway import enrol_both, make_gateway


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a gateway on SQLite, for each test to copy."""
    path = tmp_path_factory.mktemp("filled") / "data"
    gateway = make_gateway(path)
    enrol_both(gateway)
    fill(gateway)
    gateway.close()
    return path


@pytest.fixture
def ledger(filled: Path, tmp_path: Path) -> Iterator[Gateway]:
    shutil.copytree(filled, tmp_path / "data")
    gateway = build(load(data_dir=tmp_path / "data"), as_found=True)
    yield gateway
    gateway.close()
