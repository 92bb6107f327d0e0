"""What is installed is all that is needed: a gateway runs from the wheel alone, away from this repository."""

import os
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.repository import PACKAGE, ROOT, files, named
from tests.support import programs

_START = """
from pathlib import Path
import edi_gateway
from edi_gateway.documents.schema import warm
from edi_gateway.gateway import build
from edi_gateway.installation import initialise
from edi_gateway.settings import load

assert Path(edi_gateway.__file__).is_relative_to(Path("installed").resolve())
warm()
initialise(load())
build(load()).close()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    programs.run(command, cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_schemas_the_migrations_and_the_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {named(path) for path in files() if path.is_relative_to(ROOT / "schemas")}
    wanted |= {named(path) for path in files() if path.is_relative_to(ROOT / "migrations")}
    assert wanted
    assert {f"edi_gateway/{name}" for name in wanted} <= names
    assert {named(path) for path in files() if path.is_relative_to(PACKAGE)} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_wheel_holds_neither_tests_nor_data(wheel: Path) -> None:
    folders = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"edi_gateway"}


def test_a_gateway_starts_from_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EDI_GATEWAY_")}
    environment["PYTHONPATH"] = str(tmp_path / "installed")
    programs.run([sys.executable, "-c", _START], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "data" / "gateway.db").is_file()
