"""A small gateway on each kind of database, and submissions to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.gateway import Gateway
from tests.support.gateway import enrol_both, make_gateway


@pytest.fixture
def gateway(database_url: str, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway with acme and globex enrolled: four entries."""
    gateway = make_gateway(tmp_path, database_url)
    enrol_both(gateway)
    yield gateway
    gateway.close()
