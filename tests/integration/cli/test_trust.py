"""docs/trust.md is followed to the letter: an operator who knows nothing else gets along with it."""

import re
import shlex
from datetime import UTC, datetime, timedelta

from tests.house.repository import ROOT
from tests.support import pki
from tests.support.gateway import order_response
from tests.support.shell import Shell
from tests.support.vouching import signed

COMMAND = re.compile(r"^    edi-gateway (.+)$", re.MULTILINE)
TEXT = (ROOT / "docs" / "trust.md").read_text("utf-8")


def _written(shell: Shell) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    root = pki.root(since=now - timedelta(days=1), until=now + timedelta(days=1))
    for name in ("acme-root.pem", "issuing-ca.pem"):
        (shell.folder / name).write_bytes(root.pem)
    for name, hours in (("acme-root.crl", 2), ("issuing.crl", 1)):
        crl = pki.crl(root, since=now - timedelta(hours=hours), until=now + timedelta(days=1))
        (shell.folder / name).write_bytes(crl)


def test_every_command_of_the_page_works_as_it_stands(trading: Shell) -> None:
    _written(trading)
    commands = [shlex.split(one) for one in COMMAND.findall(TEXT)]
    assert len(commands) == 11
    grant = ""
    for words in commands:
        given = [grant if word == "GRANT" else word for word in words]
        if words[:2] == ["trust", "approve"]:
            # Granted at once, above: there is nothing to approve.
            assert "not proposed" in trading.refused(*given)
        elif words[:3] == ["trust", "revocation", "fetch"]:
            assert "revocation_lists" in trading.refused(*given)
        else:
            trading.ok(*given)
        if words[:2] == ["trust", "grant"]:
            (grant,) = (one["id"] for one in trading.json("trust", "list")["grants"])
    told = trading.json("trust", "list")
    assert [(one["name"], one["state"]) for one in told["roots"]] == [("acme-ca", "retired")]
    assert [one["state"] for one in told["grants"]] == ["ended"]
    assert [one["kind"] for one in trading.json("trust", "revocation", "list")] == ["crl", "crl"]
    assert trading.ok("ledger", "verify", "--full")


def test_a_grant_that_is_proposed_is_approved_by_somebody_else(trading: Shell) -> None:
    _written(trading)
    trading.ok("trust", "add", "acme-ca", "--cert", "acme-root.pem", "--grace", "24", "--revocation", "soft")
    shown = trading.json("trust", "show", "acme-ca")
    assert (shown["grace"], shown["revocation"], shown["pathLength"], shown["grants"]) == (86400, "soft", 1, [])
    named = ("--organization-identifier", "VATSE-1")
    given = trading.json("trust", "grant", "acme", "acme-ca", *named, "--propose", "--by", "anna")
    assert (given["state"], given["match"]["value"]) == ("proposed", "VATSE-1")
    assert "in force" in trading.ok("trust", "approve", given["id"], "--by", "berta")
    assert "trust.added" in trading.ok("trust", "show", "acme-ca")


def test_what_is_asked_for_wrongly_is_told(trading: Shell) -> None:
    _written(trading)
    assert "There is no root none" in trading.refused("trust", "show", "none")
    assert "neither a CRL nor" in trading.refused("trust", "revocation", "add", "acme-root.pem")
    trading.ok("trust", "add", "acme-ca", "--cert", "acme-root.pem")
    assert trading.refused("trust", "grant", "acme", "acme-ca", "--san", "acme.example").count("subjectAltName")
    assert "acme-ca already" in trading.refused("trust", "add", "acme-ca", "--cert", "acme-root.pem")


def test_a_document_is_tried_on_the_key_that_a_root_vouches_for(trading: Shell) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    root = pki.root(since=now - timedelta(days=1), until=now + timedelta(days=1))
    signer = pki.signer(root, subject="CN=Acme", since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    file = trading.write("signed.xml", signed(order_response(), signer).body)
    trading.ok("trust", "add", "acme-ca", "--cert", trading.write("root.pem", root.pem))
    trading.ok("trust", "grant", "acme", "acme-ca", "--subject", "CN=Acme")
    tried = trading.run("--json", "key", "check", file, "--partner", "acme")
    assert tried.exit_code == 1
    assert "Nothing that is kept tells" in tried.stdout
    crl = pki.crl(root, since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    trading.ok("trust", "revocation", "add", trading.write("root.crl", crl))
    _, vouched = trading.json("key", "check", file, "--partner", "acme")
    assert (vouched["verifies"], vouched["accepted"]) == (True, True)
