"""A directory without a gateway, one with a new gateway, and one with two partners.

Each test has its own, and works on nothing but copies: what most of them begin with is made once in a process.
"""

import shutil
from contextlib import chdir
from pathlib import Path

import pytest

from tests.support.shell import Shell, enrol


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Before `init`."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def gateway(shell: Shell, _new: Path) -> Shell:
    """After `init`."""
    return _copied(_new, shell)


@pytest.fixture
def trading(shell: Shell, _trading: Path) -> Shell:
    """With partners acme and globex, and their public keys."""
    return _copied(_trading, shell)


@pytest.fixture(scope="session")
def _new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Shell(tmp_path_factory.mktemp("new"))
    with chdir(made.folder):
        made.ok("init")
    return made.folder


@pytest.fixture(scope="session")
def _trading(tmp_path_factory: pytest.TempPathFactory, _new: Path) -> Path:
    made = _copied(_new, Shell(tmp_path_factory.mktemp("trading")))
    with chdir(made.folder):
        enrol(made, "acme", "globex")
    return made.folder


def _copied(made: Path, shell: Shell) -> Shell:
    shutil.copytree(made, shell.folder, dirs_exist_ok=True)
    return shell
