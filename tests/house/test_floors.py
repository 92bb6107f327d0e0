"""Imports go down the floors of ARCHITECTURE.md, as `[tool.importlinter]` states them."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.repository import PACKAGE, ROOT
from tests.support import programs

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
MODULES = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
# Who may do what the contract's name says only they do.
ONLY = {
    "only storage speaks to a database": {"storage"},
    "only the doors know HTTP's framework": {"api", "web", "witness"},
    "pydantic stays at the edges": {"api", "cli", "client", "demo", "settings", "web"},
}


def test_every_import_contract_is_kept() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    result = programs.run([linter, "--no-cache", "--no-logo"], cwd=ROOT, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", ONLY)
def test_a_contract_that_says_only_covers_everybody_else(name: str) -> None:
    (contract,) = (contract for contract in CONTRACTS if contract["name"] == name)
    bound = {module.removeprefix("edi_gateway.") for module in contract["source_modules"]}
    assert bound == MODULES - ONLY[name] - {"__init__", "__main__"}


def test_the_ledger_is_kept_from_every_other_room() -> None:
    (contract,) = (contract for contract in CONTRACTS if contract["name"] == "the ledger knows nothing of EDI")
    kept_from = {module.removeprefix("edi_gateway.") for module in contract["forbidden_modules"]}
    assert kept_from == MODULES - {"__init__", "__main__", "errors", "ledger"}


def test_the_architecture_shows_the_floors_that_are_enforced() -> None:
    layers = next(contract for contract in CONTRACTS if contract["type"] == "layers")["layers"]
    enforced = set(re.findall(r"\w+", " ".join(layers)))
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    floors = page.partition("## Floors")[2].partition("##")[0]
    shown = {name for line in floors.splitlines() if line.startswith("    ") for name in _names(line)}
    assert shown == enforced


def _names(line: str) -> list[str]:
    return re.findall(r"\w+", line.strip().partition("   ")[0])
