"""Payload keys at the gateway's own machine: made, exchanged, destroyed; and encrypting what was stored in plain."""

import secrets
from base64 import b64encode
from pathlib import Path

import pytest

from edi_gateway.gateway import build
from edi_gateway.model.transmission import Transmission
from edi_gateway.settings import load
from tests.support.gateway import order, signed
from tests.support.shell import Shell
from tests.support.softhsm import PIN, TOKEN, software_token

ON = {"EDI_GATEWAY_ENCRYPT_PAYLOADS": "true"}


def post(shell: Shell, number: str, *, encrypted: bool = True) -> str:
    content_type, body = signed(order(number), "globex")
    gateway = build(load(data_dir=shell.folder / "data", encrypt_payloads=encrypted))
    transmission = Transmission(body, content_type, gateway.clock(), {"content-type": content_type})
    recorded = gateway.record(gateway.examine(transmission))
    gateway.close()
    return recorded.id


def documents(shell: Shell) -> list[tuple[str, int]]:
    return [(one["state"], one["documents"]) for one in shell.json("payload-key", "list")["keys"]]


def test_a_key_is_made_exchanged_and_destroyed_and_documents_stay_readable(trading: Shell) -> None:
    made = trading.json("payload-key", "create")
    assert (made["state"], made["encryptPayloads"]) == ("in force", False)
    file = trading.folder / "data" / "keys" / made["source"].removeprefix("file:")
    assert file.stat().st_mode & 0o777 == 0o600
    posted = post(trading, "PO-1")
    assert documents(trading) == [("in force", 1)]
    assert "not retired" in trading.refused("payload-key", "destroy", made["id"])
    rotated = trading.json("payload-key", "rotate")
    assert (rotated["dataKeys"], rotated["retired"], rotated["wiped"]) == (1, [made["id"]], True)
    assert documents(trading) == [("retired", 0), ("in force", 1)]
    assert trading.json("payload-key", "destroy", made["id"])["destroyed"]
    assert not file.exists()
    assert trading.json("document", "show", posted)["report"]["findings"] == []
    assert trading.json("ledger", "verify", "--full")["documents"] == 1
    trail = [(one["event"], one["subject"]) for one in trading.json("audit", "list")]
    assert trail == [
        ("payload-key.destroyed", made["id"]),
        ("payload-key.rotated", rotated["key"]["id"]),
        ("payload-key.created", made["id"]),
    ]


def test_documents_from_before_are_encrypted_on_demand(trading: Shell) -> None:
    posted = [post(trading, f"PO-{n}", encrypted=False) for n in range(3)]
    assert "payload-key create" in trading.refused("payload-key", "encrypt")
    trading.ok("payload-key", "create")
    assert trading.json("payload-key", "list")["plain"] == 3
    assert trading.json("payload-key", "encrypt") == {"documents": 3, "wiped": True}
    assert trading.json("payload-key", "encrypt") == {"documents": 0, "wiped": True}
    assert (trading.json("payload-key", "list")["plain"], documents(trading)) == (0, [("in force", 3)])
    assert all(trading.json("document", "show", id)["report"]["findings"] == [] for id in posted)
    assert trading.json("ledger", "verify", "--full")["documents"] == 3


def test_nothing_is_exchanged_before_there_is_a_key_nor_made_a_second_time(trading: Shell) -> None:
    assert "payload-key create" in trading.refused("payload-key", "rotate")
    assert trading.json("payload-key", "list") == {"keys": [], "plain": 0, "encryptPayloads": False}
    trading.ok("payload-key", "create")
    assert "payload-key rotate" in trading.refused("payload-key", "create")
    assert "no payload key" in trading.refused("payload-key", "destroy", "0123456789abcdef")


def test_a_rotation_that_was_interrupted_comes_to_its_end_before_another_begins(
    trading: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = trading.json("payload-key", "create")["id"]
    posted = post(trading, "PO-1")

    def interrupted(*_: object) -> None:
        raise OSError("no more")

    with monkeypatch.context() as broken:
        broken.setattr("edi_gateway.cli.payload_key.rewrap", interrupted)
        assert "no more" in trading.refused("payload-key", "rotate")
    assert documents(trading) == [("going", 1), ("in force", 0)]
    assert "was interrupted" in trading.refused("payload-key", "rotate", "--key", "file:another.key")
    second = trading.json("payload-key", "rotate")
    assert (second["retired"], documents(trading)) == ([first], [("retired", 0), ("in force", 1)])
    assert trading.json("document", "show", posted)["id"] == posted


def test_a_server_that_can_not_store_or_read_does_not_start(trading: Shell) -> None:
    refused = trading.run("serve", env=ON)
    assert (refused.exit_code, "edi-gateway payload-key create" in refused.stderr) == (1, True)
    made = trading.json("payload-key", "create")
    post(trading, "PO-1")
    (trading.folder / "data" / "keys" / made["source"].removeprefix("file:")).unlink()
    for env in (ON, {}):
        refused = trading.run("serve", env=env)
        assert (refused.exit_code, "The payload key can't be read" in refused.stderr) == (1, True)


def test_a_key_that_is_lost_is_given_up_and_what_comes_then_is_read(trading: Shell) -> None:
    lost = trading.json("payload-key", "create")
    posted = post(trading, "PO-1")
    (trading.folder / "data" / "keys" / lost["source"].removeprefix("file:")).unlink()
    assert "is in force" in trading.refused("payload-key", "give-up", lost["id"], "--reason", "lost")
    assert "The payload key can't be read" in trading.refused("payload-key", "rotate")
    assert trading.json("payload-key", "show", lost["id"])["documents"] == [posted]
    given_up = trading.json("payload-key", "give-up", lost["id"], "--reason", "lost with the safe")
    assert (given_up["state"], given_up["documents"]) == ("given up", 1)
    assert [one["detail"] for one in trading.json("audit", "list", "--event", "payload-key.given-up")] == [
        "lost with the safe"
    ]
    gateway = build(load(data_dir=trading.folder / "data", encrypt_payloads=True))
    gateway.vault.ready()
    gateway.close()
    assert trading.json("document", "show", post(trading, "PO-2"))["report"]["findings"] == []
    assert "The payload key can't be read" in trading.refused("document", "show", posted)
    trading.ok("document", "erase", posted, "--reason", "unreadable", "--authority", "us")
    assert trading.json("ledger", "verify", "--full")["documents"] == 1


def test_another_key_in_the_file_of_a_retired_one_is_not_destroyed(trading: Shell) -> None:
    first = trading.json("payload-key", "create")
    trading.ok("payload-key", "rotate")
    file = trading.folder / "data" / "keys" / first["source"].removeprefix("file:")
    file.write_bytes(b64encode(secrets.token_bytes(32)))
    assert "another key by now" in trading.refused("payload-key", "destroy", first["id"])
    assert file.exists()


def test_from_the_environment_to_a_token_and_to_a_path(
    trading: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SITE_PAYLOAD_KEY", b64encode(secrets.token_bytes(32)).decode())
    first = trading.json("payload-key", "create", "--key", "env:SITE_PAYLOAD_KEY")
    posted = post(trading, "PO-1")
    with software_token(tmp_path) as module:
        monkeypatch.setenv("EDI_GATEWAY_PKCS11_MODULE", str(module))
        monkeypatch.setenv("EDI_GATEWAY_PKCS11_PIN", PIN)
        source = f"pkcs11:token={TOKEN};object=payload-1"
        second = trading.json("payload-key", "rotate", "--key", source)
        assert (second["retired"], second["key"]["source"]) == ([first["id"]], source)
        assert "in the environment" in trading.refused("payload-key", "destroy", first["id"])
        monkeypatch.delenv("SITE_PAYLOAD_KEY")
        post(trading, "PO-2")
        assert trading.json("document", "show", posted)["report"]["findings"] == []
        third = trading.json("payload-key", "rotate", "--key", f"file:{tmp_path / 'apart.key'}")
        assert (third["retired"], third["dataKeys"]) == ([second["key"]["id"]], 2)
        assert trading.json("payload-key", "destroy", second["key"]["id"])["destroyed"]
    assert trading.json("ledger", "verify", "--full")["documents"] == 2
