"""A token in software (SoftHSM), empty, in a directory of its own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import programs

TOKEN, PIN = "gateway", "987654"
_MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so")


@contextmanager
def software_token(folder: Path) -> Iterator[Path]:
    """The library of a new token."""
    module = next(filter(Path.exists, map(Path, _MODULES)), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("needs softhsm2: apt-get install softhsm2")
    pytest.importorskip("pkcs11", reason="needs the extra pkcs11: python-pkcs11")
    tokens = folder / "tokens"
    tokens.mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    try:
        command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", PIN, "--pin", PIN]
        programs.run(command, check=True)
        yield module
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
