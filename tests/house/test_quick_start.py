"""The commands under “Your first document” in the README, run one after the other as they stand there."""

import os
import re
import shutil
import socket
import sys
from pathlib import Path

import pytest

from tests.house.repository import ROOT
from tests.support import programs

SECTION = (ROOT / "README.md").read_text("utf-8").partition("## Your first document")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^ {4}(\S.*)$", SECTION, re.MULTILINE)
# What a reader does by looking at the screen.
UNTIL_READY = "until curl --silent --fail --output answer http://127.0.0.1:8443/readyz; do sleep 0.1; done"


def test_the_quick_start_works_as_it_is_written(tmp_path: Path) -> None:
    if missing := [name for name in ("openssl", "curl", "bash") if shutil.which(name) is None]:
        pytest.skip(f"needs {', '.join(missing)}: apt-get install {' '.join(missing)}")
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    port = _free_port()
    lines = ["set -e", "trap 'kill %1' EXIT"]
    for command in COMMANDS:
        if "activate" not in command:
            lines += [command, UNTIL_READY] if command.endswith("&") else [command]
    script = "\n".join(lines).replace("8443", str(port))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EDI_GATEWAY_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment["EDI_GATEWAY_PORT"] = str(port)
    result = programs.run(["bash", "-c", script], cwd=tmp_path, env=environment, text=True)
    assert result.returncode == 0, result.stderr
    assert "Accepted (201)." in result.stdout
    assert '"type":"document.accepted"' in result.stdout
    assert "The ledger holds." in result.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
