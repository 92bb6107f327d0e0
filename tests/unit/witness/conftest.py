"""The directory of a witness, which isn't there yet."""

import pytest


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "witness"
