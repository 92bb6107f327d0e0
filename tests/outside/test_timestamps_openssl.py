"""`openssl ts` stamps and we verify; what we keep, `openssl ts -verify` accepts."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from edi_gateway.timestamps.chain import check_chain
from edi_gateway.timestamps.form import as_response, distil
from edi_gateway.transports.tsa import HttpAuthority
from tests.support import programs
from tests.support.tsa import YEAR, Authority, make_authority, openssl_replies, serving

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl: apt-get install openssl")

NOTE = b"gw.example.com/ledger\n1\nroot\n\n\xe2\x80\x94 gw.example.com/ledger signature\n"


@pytest.fixture(scope="module")
def tsa() -> Authority:
    now = datetime.now(UTC)
    return make_authority(since=now - timedelta(days=1), until=now + YEAR)


@pytest.fixture
def stamped(tsa: Authority, tmp_path: Path) -> list[bytes]:
    """A token over the note, and its renewal, by `openssl ts -reply` behind HTTP."""
    with serving(openssl_replies(tmp_path / "tsa", tsa)) as url:
        authority = HttpAuthority("openssl", url, tsa.roots, 30)
        first, _ = authority.stamp(NOTE)
        return [first, authority.stamp(first)[0]]


def openssl(folder: Path, command: str) -> CompletedProcess[bytes]:
    return programs.run(["openssl", "ts", *command.split()], cwd=folder)


def test_we_verify_what_openssl_stamps(stamped: list[bytes], tsa: Authority) -> None:
    first, renewal = check_chain(stamped, NOTE, tsa.roots)
    assert first.gen_time <= renewal.gen_time < first.expires_at == renewal.expires_at


def test_openssl_verifies_what_we_keep(stamped: list[bytes], tsa: Authority, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_bytes(tsa.root_pem)
    (tmp_path / "note").write_bytes(NOTE)
    (tmp_path / "other").write_bytes(NOTE + b"\n")
    for name, token in zip(("first.tsr", "second.tsr"), stamped, strict=True):
        (tmp_path / name).write_bytes(as_response(token))
    accepted = openssl(tmp_path, "-verify -data note -in first.tsr -CAfile roots.pem")
    assert (accepted.returncode, b"Verification: OK" in accepted.stdout) == (0, True), accepted.stderr
    assert openssl(tmp_path, "-verify -data other -in first.tsr -CAfile roots.pem").returncode == 1
    # What a renewal is over: the older token, without the response around it.
    assert openssl(tmp_path, "-reply -in first.tsr -token_out -out first.token").returncode == 0
    assert openssl(tmp_path, "-verify -data first.token -in second.tsr -CAfile roots.pem").returncode == 0


def test_openssl_accepts_a_token_that_was_brought_into_our_form(tsa: Authority, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_bytes(tsa.root_pem)
    (tmp_path / "note").write_bytes(NOTE)
    packed = tsa.raw_token(NOTE, datetime.now(UTC), certificates=(tsa.root, tsa.between, tsa.certificate))
    for token in (packed, distil(packed)):
        (tmp_path / "t.tsr").write_bytes(as_response(token))
        found = openssl(tmp_path, "-verify -data note -in t.tsr -CAfile roots.pem")
        assert found.returncode == 0, found.stderr
