"""All of it at once: a gateway that serves, a witness that serves, one that hangs, and a partner who checks."""

import socket
import time
from pathlib import Path

import httpx
import pytest

from edi_gateway.receipts.receipt import parse
from tests.integration.cli.test_serve import _send
from tests.support.gateway import order
from tests.support.programs import PATIENCE
from tests.support.servers import serving, witness_serving
from tests.support.shell import Shell


def _witness(shell: Shell, name: str, vkey: str) -> str:
    """The vkey of a new witness that knows the ledger."""
    folder = ("--witness-dir", shell.folder / name)
    made = shell.json("witness", "init", f"{name}.example.com/w", *folder)["vkeys"]
    shell.ok("witness", "add-log", vkey, *folder)
    return str(made[0])


def _policy(shell: Shell, name: str, quorum: str, *lines: str) -> Path:
    log = shell.ok("ledger", "key").strip()
    return shell.write(name, "".join(f"{line}\n" for line in (f"log {log}", *lines, f"quorum {quorum}")).encode())


def _receipt(url: str, id: str, token: str) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = httpx.get(
            f"{url}/v1/documents/{id}/receipt",
            params={"level": "witnessed"},
            headers={"Authorization": f"Bearer {token}"},
        )
        if answer.status_code != 202:
            return answer
        assert time.monotonic() < deadline, "no witness cosigned"
        time.sleep(0.1)


def test_a_stranger_learns_from_a_receipt_who_witnessed_it(trading: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = trading.ok("ledger", "key").strip()
    assert "make it with --make" in trading.refused("ledger", "key", "mldsa")
    second = trading.ok("ledger", "key", "mldsa", "--make").strip()
    assert trading.ok("ledger", "key", "mldsa").strip() == second
    good, silent = _witness(trading, "good", ledger), _witness(trading, "silent", ledger)
    monkeypatch.setenv("EDI_GATEWAY_PUBLISH_SECONDS", "0.1")
    token = trading.ok("token", "create", "--role", "officer", "--name", "checks").split()[-1]
    with (
        socket.create_server(("127.0.0.1", 0)) as hanging,
        witness_serving(trading.folder, "--witness-dir", trading.folder / "good") as (_, witness_url),
    ):
        lines = (
            f"witness good {good} {witness_url}",
            f"witness silent {silent} http://127.0.0.1:{hanging.getsockname()[1]}",
        )
        policy = _policy(trading, "policy", "good", *lines)
        monkeypatch.setenv("EDI_GATEWAY_WITNESS_POLICY", str(policy))
        with serving(trading.folder) as (server, url):
            file = trading.write("order.xml", order("PO-1"))
            _send(trading, file, "globex", url)
            id = trading.json("document", "list")[0]["id"]
            given = _receipt(url, id, token)
            assert given.status_code == 200
            zipped = trading.folder / "evidence.zip"
            trading.ok("document", "evidence", id, "-o", zipped)
            server.end()
            log = server.log
    assert "silent" not in log or "asking the witness silent failed" in log
    saved = trading.write("witnessed.json", given.content)
    told = trading.json("verify", saved, "--policy", policy)
    assert (told["trusted"], [one["name"] for one in told["witnesses"]]) == (True, ["good"])
    assert "Cosigned by good at " in trading.ok("verify", saved, "--vkey", ledger, "--policy", policy)
    assert "witnesses" not in {point["check"] for point in told["notChecked"]}
    # Whoever trusts the second key alone needs no other.
    quantum = trading.write("quantum", policy.read_bytes().replace(ledger.encode(), second.encode()))
    assert trading.json("verify", saved, "--policy", quantum)["trusted"]
    both = _policy(trading, "both", "all", *lines[:2], "group all all good silent")
    assert "the quorum 'all' is not reached" in trading.refused("verify", saved, "--policy", both)
    bundled = trading.json("verify", zipped, "--policy", policy)
    assert bundled["trusted"]
    assert "is cosigned by good at " in {point["check"]: point["says"] for point in bundled["checked"]}["witnesses"]
    assert "the quorum is not reached" in trading.refused("verify", zipped, "--policy", both)
    first = trading.folder / "order.xml.receipt.json"
    assert "cosigned by nobody" in trading.refused("verify", first, "--policy", policy)
    strange = trading.write("strange", policy.read_bytes().replace(b"localhost/ledger", b"localhost/other", 1))
    assert "policy" in trading.refused("verify", saved, "--policy", strange)


def test_a_receipt_is_written_at_a_level_or_it_is_said_why_not(trading: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(trading.folder) as (_, url):
        _send(trading, trading.write("order.xml", order("PO-1")), "globex", url)
    id = trading.json("document", "list")[0]["id"]
    refused = trading.refused("document", "receipt", id, "--level", "witnessed")
    assert "submits its checkpoints to no witnesses" in refused
    witness = _witness(trading, "good", trading.ok("ledger", "key").strip())
    policy = _policy(trading, "policy", "good", f"witness good {witness} http://127.0.0.1:1")
    monkeypatch.setenv("EDI_GATEWAY_WITNESS_POLICY", str(policy))
    assert "is not witnessed yet" in trading.refused("document", "receipt", id, "--level", "witnessed")
    assert trading.run("document", "receipt", id, "--level", "witnessed", "--format", "cose").exit_code == 2
    assert parse(trading.ok("document", "receipt", id).encode())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("quorum none", "does not end in a newline"),
        ("quorum nobody\n", "is not defined"),
        ("witness one {vkey}\nquorum one\n", "does not say at which URL the witness one is to be asked"),
        ("witness one {vkey} ftp://example.com\nquorum one\n", "is not the address of a witness"),
    ],
)
def test_a_policy_that_is_no_use_is_refused_at_the_start(
    trading: Shell, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    vkey = _witness(trading, "good", trading.ok("ledger", "key").strip())
    file = trading.write("policy", text.format(vkey=vkey).encode())
    monkeypatch.setenv("EDI_GATEWAY_WITNESS_POLICY", str(file))
    assert why in trading.refused("serve")


def test_a_policy_that_is_not_there_is_refused_at_the_start(trading: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_GATEWAY_WITNESS_POLICY", "nowhere")
    assert "nowhere should say which witnesses to ask" in trading.refused("serve")
