"""A gateway for all PDFs: none of them is recorded."""

from collections.abc import Iterator

import pytest

from edi_gateway.gateway import Gateway
from tests.support.gateway import enrol_both, make_gateway


@pytest.fixture(scope="session")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """With acme and globex enrolled."""
    made = make_gateway(tmp_path_factory.mktemp("pdf") / "data")
    enrol_both(made)
    yield made
    made.close()
