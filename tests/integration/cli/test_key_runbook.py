"""keys/README.md is followed to the letter: an operator who knows nothing else gets along with it."""

import json
import re
import shlex
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from edi_gateway.demo import certificates
from edi_gateway.gateway import build
from edi_gateway.model.transmission import Transmission
from edi_gateway.settings import load
from edi_gateway.signing import xmldsig
from edi_gateway.transports.webhook import signature
from edi_gateway.workflows.renew import renew
from tests.house.repository import ROOT
from tests.support.certificates import certificate as issued
from tests.support.gateway import Format, contract, order_response, signed
from tests.support.shell import Shell

SECTIONS = (
    "Trust a partner's key",
    "Rotate a partner's key",
    "Revoke a partner's key",
    "Renew a partner's certificate",
)
COMMANDS = re.compile(r"^ {4,7}edi-gateway (.+)$|`edi-gateway ([^`]+)`", re.MULTILINE)


def commands(section: str) -> list[list[str]]:
    """The commands of a section, in its order; `verify` is for whoever has evidence."""
    _, _, text = (ROOT / "keys" / "README.md").read_text("utf-8").partition(f"\n## {section}\n")
    found = ["".join(groups) for groups in COMMANDS.findall(text.partition("\n## ")[0])]
    return [shlex.split(one) for one in found if one != "verify"]


def follow(shell: Shell, section: str, fingerprint: str) -> list[str]:
    """Every command of the section does what it is there for; what each prints."""
    return [
        shell.ok(*(fingerprint if word == "FINGERPRINT" else word for word in words)) for words in commands(section)
    ]


def test_every_command_of_the_runbook_works_as_it_stands(gateway: Shell) -> None:
    now = datetime.now(UTC)
    first, second, third = (certificates.make(gateway.folder, name, "Acme", now) for name in ("a", "b", "c"))
    first.certificate_file.rename(gateway.folder / "acme.pem")
    trust = commands(SECTIONS[0])
    withdrawal = trust.index(["key", "retire", "FINGERPRINT"])
    for words in trust[:withdrawal]:
        gateway.ok(*words)
    (key,) = (one["fingerprint"] for one in gateway.json("key", "list", "acme"))
    for words in trust[withdrawal + 1 :]:
        printed = gateway.ok(*(key if word == "FINGERPRINT" else word for word in words))
    assert "key.activated  berta" in printed

    second.certificate_file.rename(gateway.folder / "acme-2027.pem")
    private = load_pem_private_key(first.key_file.read_bytes(), None)
    gateway.write("signed.xml", xmldsig.sign(order_response(), private))
    first.key_file.rename(gateway.folder / "acme.key")
    gateway.identity("acme-2028")
    assert key in follow(gateway, SECTIONS[1], key)[0]
    states = [one["state"] for one in gateway.json("key", "list", "acme")]
    assert states == ["retired", "active"]

    printed = follow(gateway, SECTIONS[2], key)
    assert "No document is affected." in printed[0]
    assert [one["state"] for one in gateway.json("key", "list", "acme")] == ["revoked", "active"]

    (active,) = (one["fingerprint"] for one in gateway.json("key", "list", "acme") if one["state"] == "active")
    _renewed(gateway, active, second.private_key, now)

    # What is proposed by mistake is taken back.
    gateway.ok("key", "add", "acme", "--cert", third.certificate_file, "--propose")
    (waiting,) = (one["fingerprint"] for one in gateway.json("key", "list", "acme") if one["state"] == "proposed")
    gateway.ok(*(waiting if word == "FINGERPRINT" else word for word in trust[withdrawal]))


def _renewed(gateway: Shell, key: str, private: Any, now: datetime) -> None:
    """What `key renew` is there for: new certificates of the same key, one of them under four eyes."""
    for days, name in ((400, "acme-renewed.pem"), (800, "acme-renewed-2028.pem")):
        made = issued(private, since=now, until=now + timedelta(days=days))
        gateway.write(name, made.public_bytes(Encoding.PEM))
    *before, approve = commands(SECTIONS[3])
    for words in before:
        printed = gateway.ok(*(key if word == "FINGERPRINT" else word for word in words))
    entry = re.search(r"Entry (\d+) proposes a renewal", printed)
    assert entry
    assert "key.renewed" in printed
    gateway.ok(*({"FINGERPRINT": key, "ENTRY": entry[1]}.get(word, word) for word in approve))
    assert datetime.fromisoformat(gateway.json("key", "show", key)["until"]) > now + timedelta(days=799)
    assert key not in gateway.ok("key", "list", "--expiring", "60")


def test_a_request_that_a_partner_made_is_taken_by_the_gateway(trading: Shell) -> None:
    present, _ = trading.identity("acme")
    upcoming, certificate = trading.identity("acme's next")
    names = ("--partner", "acme", "--origin", "localhost/ledger", "-o", "request.jose")
    files = ("--key", present, "--next-key", upcoming, "--next-cert", certificate)
    assert trading.json("key", "request", *names, *files)["minutes"] == 5
    body = (trading.folder / "request.jose").read_bytes()
    gateway = build(load(data_dir=trading.folder / "data"))
    office = gateway.office("partner:acme")
    change = renew("acme", Transmission(body, "application/jose", office.at), office, active=False)
    gateway.record(change)
    gateway.close()
    assert [one["state"] for one in trading.json("key", "list", "acme")] == ["active", "proposed"]


def test_the_compromise_drill_is_one_command(trading: Shell) -> None:
    moments = [_accepted(trading, f"OR-{number}") for number in range(3)]
    (key,) = trading.json("key", "list", "acme")
    told = trading.run("key", "revoke", key["fingerprint"], "--at", moments[1], "--reason", "laptop stolen", "--json")
    assert "acme has no other key now" in told.stderr
    revoked = trading.json("key", "affected", key["fingerprint"])
    assert [one["number"] for one in revoked] == ["OR-1", "OR-2"]
    assert {one["receiver"] for one in revoked} == {"globex"}
    shown = trading.json("key", "show", key["fingerprint"])
    assert (shown["state"], shown["events"][1]["affected"]) == ("revoked", 2)
    (line,) = (line for line in trading.ok("key", "affected", key["fingerprint"]).splitlines() if "OR-1" in line)
    assert "globex" in line
    id = revoked[0]["id"]
    trading.ok("document", "evidence", id, "-o", "evidence.zip")
    checked = trading.run("verify", "evidence.zip")
    assert checked.exit_code == 0
    assert "WARNING: the key that signed is revoked" in checked.stderr
    assert len(trading.json("verify", "evidence.zip")["warnings"]) == 1


def test_the_drill_tells_the_webhooks_in_the_same_command(trading: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[httpx.Request] = []

    def answer(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        request.read()
        heard.append(request)
        return httpx.Response(200 if "ops" in request.url.host else 500)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", answer)
    secret = b"0123456789abcdef01234567"
    text = f"whsec_{b64encode(secret).decode()}"
    rows = "".join(
        f'[[webhooks]]\nname = "{name}"\nurl = "https://{name}.example.com/hook"\nsecret = "{text}"\n'
        for name in ("ops", "siem")
    )
    trading.write("gateway.toml", rows.encode())
    moment = _accepted(trading, "OR-1")
    (key,) = trading.json("key", "list", "acme")
    told = trading.run("key", "revoke", key["fingerprint"], "--at", moment, "--reason", "laptop stolen", "--json")
    notified = json.loads(told.stdout)["notified"]
    assert [(one["webhook"], one["state"]) for one in notified] == [("ops", "delivered"), ("siem", "waiting")]
    (posted,) = (request for request in heard if request.url.host == "ops.example.com")
    said = json.loads(posted.content)["data"]
    assert (said["affected"], said["receivers"], said["documents"][0]["number"]) == (1, ["globex"], "OR-1")
    id, stamp = posted.headers["webhook-id"], posted.headers["webhook-timestamp"]
    assert posted.headers["webhook-signature"] == signature(secret, id, stamp, posted.content)
    listed = trading.ok("webhook", "list")
    assert "HTTP status 500" in listed
    assert trading.json("webhook", "deliver") == []


def test_what_cannot_be_done_to_a_key_is_said(trading: Shell) -> None:
    (key,) = trading.json("key", "list", "acme")
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert "has come" in trading.refused("key", "revoke", key["fingerprint"], "--at", later, "--reason", "x")
    assert "is active, not proposed" in trading.refused("key", "approve", key["fingerprint"])
    assert "There is no key 00." in trading.refused("key", "retire", "00")
    assert "is not revoked" in trading.refused("key", "affected", key["fingerprint"])


@pytest.mark.parametrize("format", ["xmldsig", "cms", "smime", "jws", "jws-flattened"])
def test_a_document_in_any_format_is_tried_on_the_keys_of_a_partner(trading: Shell, format: Format) -> None:
    content_type, body = signed(contract() if format.startswith("jws") else order_response(), "acme", format)
    if format == "smime":
        body = b"Content-Type: " + content_type.encode().replace(b"; ", b";\n ") + b"\n\n" + body
    file = trading.write("document", body)
    (tried,) = trading.json("key", "check", file, "--partner", "acme")
    assert (tried["verifies"], tried["accepted"], tried["whyNot"]) == (True, True, None)
    result = trading.run("key", "check", file, "--partner", "globex")
    assert result.exit_code == 1
    assert "no key of globex would be accepted" in result.stderr


def test_what_carries_no_signature_can_be_tried_on_no_key(trading: Shell) -> None:
    assert "holds no ds:Signature" in trading.refused(
        "key", "check", trading.write("x", order_response()), "--partner", "acme"
    )


def _accepted(shell: Shell, number: str) -> str:
    """The moment at which an order response of acme's was received."""
    content_type, body = signed(order_response(number), "acme")
    gateway = build(load(data_dir=shell.folder / "data"))
    now = gateway.clock()
    gateway.record(gateway.examine(Transmission(body, content_type, now, {"content-type": content_type})))
    gateway.close()
    return now.isoformat(timespec="milliseconds")
