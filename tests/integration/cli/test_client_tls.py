"""The real server with TLS: a partner shows its client certificate, and reads with it."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from edi_gateway.demo import certificates
from tests.support.servers import serving
from tests.support.shell import Shell


def context(server: Path, shown: certificates.Identity | None = None) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=server)
    if shown:
        made.load_cert_chain(shown.certificate_file, shown.key_file)
    return made


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_client_certificate_reads_for_its_partner(trading: Shell, workers: str) -> None:
    now = datetime.now(UTC)
    server = certificates.make(trading.folder, "server", "localhost", now, ["127.0.0.1"])
    client, unknown, stranger = (certificates.make(trading.folder, name, name, now) for name in ("a", "b", "c"))
    trading.ok("key", "add", "acme", "--cert", client.certificate_file, "--purpose", "tls-client")
    trusted = trading.write("clients.pem", client.certificate_file.read_bytes() + unknown.certificate_file.read_bytes())
    settings = f'tls_client_ca = "{trusted}"\n'
    trading.write("gateway.toml", settings.encode())
    files = ("--tls-cert", server.certificate_file, "--tls-key", server.key_file, "--workers", workers)
    with serving(trading.folder, *files) as (program, url):
        documents = f"{url}/v1/documents"
        for _ in range(3):
            with httpx.Client(verify=context(server.certificate_file, client)) as http:
                assert [http.get(documents).status_code for _ in range(2)] == [200, 200]
        answer = httpx.get(documents, verify=context(server.certificate_file, unknown))
        assert (answer.status_code, answer.json()["code"]) == (401, "unknown-signer")
        answer = httpx.get(documents, verify=context(server.certificate_file))
        assert (answer.status_code, answer.json()["code"]) == (401, "token-missing")
        assert httpx.get(f"{url}/healthz", verify=context(server.certificate_file)).status_code == 200
        with pytest.raises(httpx.HTTPError):
            httpx.get(documents, verify=context(server.certificate_file, stranger))
        assert program.end() == 0


def test_client_certificates_need_tls_and_a_file_that_holds_some(trading: Shell) -> None:
    trading.write("gateway.toml", b'tls_client_ca = "clients.pem"\n')
    assert "tls_client_ca" in trading.refused("serve")
    server = certificates.make(trading.folder, "server", "localhost", datetime.now(UTC), ["127.0.0.1"])
    files = ("--tls-cert", server.certificate_file, "--tls-key", server.key_file)
    assert "clients.pem" in trading.refused("serve", *files)
    trading.write("clients.pem", b"nonsense")
    assert "clients.pem" in trading.refused("serve", *files)
