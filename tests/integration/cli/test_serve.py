"""The real server in a process of its own, and partners who send to it."""

import json
import re
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from edi_gateway.demo import certificates
from tests.support.gateway import contract, invoice, order, signed
from tests.support.servers import serving
from tests.support.shell import Shell


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_asked_to_stop_and_ends_well(
    trading: Shell, workers: int, number: signal.Signals
) -> None:
    with serving(trading.folder, "--workers", str(workers)) as (server, url):
        assert httpx.get(f"{url}/checkpoint").text == trading.ok("ledger", "checkpoint")
        assert (server.end(number), server.log) == (0, "")


def test_a_ledger_is_not_ended_while_it_is_served(gateway: Shell) -> None:
    words = ("ledger", "continue", "--origin", "gw.example.com/2", "--reason", "lost", "--sound")
    with serving(gateway.folder) as (server, url):
        assert "is served at the moment: stop the gateway first" in gateway.refused(*words)
        assert httpx.get(f"{url}/readyz").status_code == 200
        assert server.end() == 0
    gateway.ok(*words)


def test_a_port_that_is_taken_is_said_in_one_line(gateway: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "ddress already in use" in gateway.refused("serve", "--port", str(taken.getsockname()[1]))


def test_an_old_schema_is_refused_and_the_command_that_helps_is_named(gateway: Shell) -> None:
    import sqlite3

    database = sqlite3.connect(gateway.folder / "data/gateway.db", isolation_level=None)
    database.execute("UPDATE alembic_version SET version_num = '0000'")
    database.close()
    assert "run `edi-gateway db upgrade`" in gateway.refused("serve")


def test_tls_needs_certificate_and_key_that_belong_together(gateway: Shell) -> None:
    one = certificates.make(gateway.folder, "one", "localhost", datetime.now(UTC), ["127.0.0.1"])
    two = certificates.make(gateway.folder, "two", "localhost", datetime.now(UTC), ["127.0.0.1"])
    assert "tls_cert and tls_key go together" in gateway.refused("serve", "--tls-cert", one.certificate_file)
    files = ("--tls-cert", one.certificate_file, "--tls-key", two.key_file)
    assert "are not a PEM certificate and its private key" in gateway.refused("serve", *files)


def test_a_partner_sends_documents_and_keeps_receipts_that_hold(trading: Shell) -> None:
    server = certificates.make(trading.folder, "server", "localhost", datetime.now(UTC), ["localhost", "127.0.0.1"])
    files = ("--tls-cert", server.certificate_file, "--tls-key", server.key_file)
    with serving(trading.folder, *files, "--workers", "2") as (_, url):
        assert url.startswith("https://")
        trust = (("--cacert", server.certificate_file), ("--insecure",))
        for number, options in enumerate(trust):
            file = trading.write(f"order-{number}.xml", order(f"PO-{number}"))
            _send(trading, file, "globex", url, *options)
        assert "certificate verify failed" in trading.refused(*_words(trading, file, "globex", url))
        again = _send(trading, file, "globex", url, "--insecure")
        assert (again["status"], again["repeated"]) == (200, True)
        agreed = _send(trading, trading.write("c.json", contract("C-1")), "acme", url, "--insecure")
        assert agreed["status"] == 201
        _refused(trading, url)
        _untrusting(trading, trading.write("alone.xml", order("PO-8")), url)
        _under_an_older_key(trading, trading.write("older.xml", order("PO-9")), url)
    _check(trading, trading.folder / "order-0.xml.receipt.json")


def _words(shell: Shell, file: Path, owner: str, url: str) -> list[str | Path]:
    key, certificate = shell.identity(owner)
    vkey = shell.ok("ledger", "key").strip()
    return ["send", file, "--url", url, "--key", key, "--cert", certificate, "--vkey", vkey]


def _send(shell: Shell, file: Path, owner: str, url: str, *options: str | Path) -> dict[str, object]:
    sent: dict[str, object] = shell.json(*_words(shell, file, owner, url), *options)
    assert sent["accepted"]
    assert sent["trusted"]
    assert sent["receipt"] == f"{file}.receipt.json"
    return sent


def _untrusting(shell: Shell, file: Path, url: str) -> None:
    alone = shell.run(*_words(shell, file, "globex", url)[:-2], "--insecure")
    assert alone.exit_code == 0
    assert alone.stderr.startswith("WARNING: no --vkey was given, so the receipt was checked against the key")


def _under_an_older_key(shell: Shell, file: Path, url: str) -> None:
    """Whoever has the ledger's former key is told that the document is there all the same."""
    shell.ok("--data-dir", "former", "init")
    former = shell.ok("--data-dir", "former", "ledger", "key").strip()
    told = shell.refused(*_words(shell, file, "globex", url)[:-1], former, "--insecure")
    assert "the document may be recorded, but its receipt does not hold" in told
    assert "send it again" in told
    assert _send(shell, file, "globex", url, "--insecure")["repeated"]


def _refused(shell: Shell, url: str) -> None:
    file = shell.write("foreign.xml", invoice("INV-1"))
    result = shell.run(*_words(shell, file, "globex", url), "--insecure")
    assert (result.exit_code, result.stderr.split(": ")[1:3]) == (1, ["refused", "party-mismatch"])
    assert "Refused (422)." in result.stdout
    assert "GW-PARTY-001" in result.stdout
    assert "/Invoice/cac:AccountingSupplierParty" in result.stdout
    statement = json.loads((shell.folder / "foreign.xml.refusal.json").read_bytes())["statement"]
    assert statement["type"] == "document.rejected"


def _check(shell: Shell, receipt: Path) -> None:
    """As a stranger, with the key and without."""
    vkey = shell.ok("ledger", "key").strip()
    assert shell.ok("verify", receipt, "--vkey", vkey).startswith("The receipt holds.\n")
    assert shell.json("verify", receipt, "--vkey", vkey)["statement"]["document"]["number"] == "PO-0"
    alone = shell.run("verify", receipt)
    assert alone.exit_code == 0
    assert alone.stderr.startswith("WARNING: no --vkey was given")
    assert alone.stdout.startswith("The receipt agrees with itself.\n")
    forged = shell.write("forged.json", receipt.read_bytes().replace(b"PO-0", b"PO-9"))
    assert "forged.json does not hold: the inclusion proof" in shell.refused("verify", forged, "--vkey", vkey)
    shell.ok("--data-dir", "other", "init")
    stranger = shell.ok("--data-dir", "other", "ledger", "key").strip()
    assert "no signature of a known key" in shell.refused("verify", receipt, "--vkey", stranger)


def test_behind_a_proxy_on_the_same_machine_the_senders_address_is_the_one_that_the_proxy_names(trading: Shell) -> None:
    agreed = {"partners": [{"id": "globex", "profile": {"networks": ["203.0.113.0/24"]}}]}
    trading.ok("partner", "apply", trading.write("partners.json", json.dumps(agreed).encode()), "--yes")
    content_type, body = signed(order(), "globex")
    with serving(trading.folder) as (server, url):
        codes = {}
        for address in (None, "198.51.100.7", "203.0.113.7"):
            headers = {"Content-Type": content_type} | ({"X-Forwarded-For": address} if address else {})
            codes[address] = httpx.post(f"{url}/v1/documents", content=body, headers=headers).status_code
        assert codes == {None: 403, "198.51.100.7": 403, "203.0.113.7": 201}
        assert server.end() == 0
        assert re.findall(r"of globex from (\S+)", server.log) == ["127.0.0.1", "198.51.100.7"]
