"""Running gateways: one for each test, and one that is shared by those that only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client import Client, serving


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A gateway of its own."""
    with serving(tmp_path / "data") as client:
        yield client


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A gateway for the tests of a module that leave nothing behind."""
    with serving(tmp_path_factory.mktemp("shared") / "data") as client:
        yield client
