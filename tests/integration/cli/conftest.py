"""A directory without a gateway, one with a new gateway, and one with two partners."""

from pathlib import Path

import pytest

from tests.support.shell import Shell, enrol


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Before `init`."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def gateway(shell: Shell) -> Shell:
    """After `init`."""
    shell.ok("init")
    return shell


@pytest.fixture
def trading(gateway: Shell) -> Shell:
    """With partners acme and globex, and their public keys."""
    enrol(gateway, "acme", "globex")
    return gateway
