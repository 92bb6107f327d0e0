"""A running gateway for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client import Client, serving


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serving(tmp_path / "data") as client:
        yield client
