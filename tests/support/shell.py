"""The command line in this process, in a directory of its own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edi_gateway.cli import main
from tests.support.gateway import ACME_ID, GLOBEX_ID, certificate, pem, private_key

_IN_THIS_PROCESS = {"GLIBC_TUNABLES": ""}
"""A server that finds this set does not start over, which would be the end of the tests."""


class Shell:
    """Runs commands; `folder` is where it stands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str | Path, input: str | None = None, env: Mapping[str, str] | None = None) -> Result:
        runner = CliRunner(env=_IN_THIS_PROCESS | dict(env or {}))
        result = runner.invoke(main, [str(word) for word in words], input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    def ok(self, *words: str | Path) -> str:
        """What a command that succeeds prints."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str | Path) -> Any:
        return json.loads(self.ok(*words, "--json"))

    def refused(self, *words: str | Path) -> str:
        """Why a command failed: one line on stderr, nothing on stdout."""
        result = self.run(*words)
        assert (result.exit_code, result.stdout) == (1, ""), result.output
        assert len(result.stderr.splitlines()) == 1
        return result.stderr

    def write(self, name: str, content: bytes) -> Path:
        file = self.folder / name
        file.write_bytes(content)
        return file

    def identity(self, owner: str) -> tuple[Path, Path]:
        """PEM files of the owner's private key and certificate (DER)."""
        key = private_key(owner).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.write(f"{owner}.key", key), self.write(f"{owner}.der", certificate(owner))


def enrol(shell: Shell, *owners: str) -> None:
    """Partners with their public keys, which hold whatever the day is."""
    identifiers = {"acme": ACME_ID, "globex": GLOBEX_ID}
    for owner in owners:
        shell.ok("partner", "add", owner, "--name", owner.title(), "--identifier", identifiers[owner])
        shell.ok("key", "add", owner, "--cert", shell.write(f"{owner}.pub", pem(owner)))
