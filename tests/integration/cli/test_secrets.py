"""No private byte is printed by a command that shows something; tokens, codes and links are printed once, when made."""

import re
import zipfile
from base64 import b64encode
from pathlib import Path

import click
import pytest

from edi_gateway.gateway import build
from edi_gateway.model.transmission import Transmission
from edi_gateway.settings import Settings, load
from tests.house.pages import commands
from tests.support.gateway import ACME_ID, GLOBEX_ID, enrol, order, private_key, signed
from tests.support.people import hash_quickly
from tests.support.planted import PASSPHRASE, WEBHOOK, leaks, planted
from tests.support.shell import Shell

SHOWING = {
    "list",
    "show",
    "export",
    "verify",
    "checkpoint",
    "affected",
    "history",
    "due",
    "receipt",
    "key",
    "timestamps",
    "evidence",
}
PASSWORD = "correct horse battery staple"

# Of what takes an argument: which.
ARGUMENTS = {
    "partner show": ["acme"],
    "key show": ["FINGERPRINT"],
    "key affected": ["FINGERPRINT"],
    "document show": ["DOCUMENT"],
    "document evidence": ["DOCUMENT", "-o", "OUT"],
    "partner export": ["-o", "OUT"],
    "document receipt": ["DOCUMENT"],
    "document history": ["acme"],
}


@pytest.fixture
def secretive(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A gateway all of whose secrets are known."""
    hash_quickly(monkeypatch)
    monkeypatch.setenv("EDI_GATEWAY_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("EDI_GATEWAY_ENCRYPT_PAYLOADS", "true")
    webhook = f'[{{"name": "ops", "url": "https://ops.example/", "secret": "whsec_{b64encode(WEBHOOK).decode()}"}}]'
    monkeypatch.setenv("EDI_GATEWAY_WEBHOOKS", webhook)
    shell.ok("init")
    shell.ok("payload-key", "create")
    return shell


def test_no_command_that_shows_something_shows_a_secret(secretive: Shell) -> None:
    said = secretive.run("user", "add", "anna", "--role", "officer", input=f"{PASSWORD}\n{PASSWORD}\n").output
    code = re.search(r"secret=([A-Z2-7]{32})", said)
    token = secretive.json("token", "create", "--role", "officer", "--name", "audit")["token"]
    assert code
    known, secrets = filled(secretive, code[1], token)
    assert leaks(said.encode(), secrets)
    succeeded = set()
    for path, command in commands():
        name = " ".join(path[1:])
        if path[-1] in SHOWING:
            for form in ([], ["--json"] if takes_json(command) else []):
                out = secretive.folder / f"out-{len(succeeded)}{form}"
                arguments = [(known | {"OUT": str(out)}).get(one, one) for one in ARGUMENTS.get(name, [])]
                result = secretive.run(*path[1:], *arguments, *form)
                assert leaks(result.output.encode() + written(out), secrets) == [], name
                succeeded |= {name} if result.exit_code == 0 else set()
    assert {
        "payload-key list",
        "token list",
        "user list",
        "ledger key",
        "partner export",
        "document evidence",
    } <= succeeded
    assert len(succeeded) > 15


def filled(shell: Shell, *texts: str) -> tuple[dict[str, str], dict[str, bytes]]:
    """Partners and a document, and what there is to name in arguments; all secrets."""
    gateway = build(load(data_dir=shell.folder / "data"))
    for id, identifier in (("acme", ACME_ID), ("globex", GLOBEX_ID)):
        enrol(gateway, id, identifier, private_key(id).public_key())
    gateway.directory.refreshed()
    content_type, body = signed(order(), "globex")
    arrived = Transmission(body, content_type, gateway.clock(), {"content-type": content_type})
    document = gateway.record(gateway.examine(arrived)).id
    secrets = planted(gateway, *texts, PASSWORD)
    fingerprint = gateway.directory.current().keys_of["acme"][0].fingerprint
    gateway.close()
    return {"DOCUMENT": document, "FINGERPRINT": fingerprint}, secrets


def written(file: Path) -> bytes:
    """All that a command has put into a file, a zip's members unpacked."""
    if not file.exists():
        return b""
    if not zipfile.is_zipfile(file):
        return file.read_bytes()
    with zipfile.ZipFile(file) as opened:
        return b"".join(opened.read(name) for name in opened.namelist())


def takes_json(command: click.Command) -> bool:
    return any("--json" in one.opts for one in command.params)


def test_settings_do_not_show_what_is_secret_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_GATEWAY_PASSPHRASE", PASSPHRASE)
    settings = load(pkcs11_pin="987654", database_url="postgresql://gateway:dbsecret@db/edi")
    assert isinstance(settings, Settings)
    for text in (repr(settings), str(settings)):
        assert not [one for one in (PASSPHRASE, "987654", "dbsecret") if one in text]
