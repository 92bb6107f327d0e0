import json
import re
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from edi_gateway.demo import certificates
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger import checkpoint, note
from edi_gateway.model.transmission import Transmission
from edi_gateway.receipts import bundle
from edi_gateway.settings import load
from edi_gateway.workflows.check import check_receipt
from tests.support.gateway import ACME_ID, GLOBEX_ID, invoice, order, signed
from tests.support.shell import Shell


def _post(shell: Shell, document: bytes, owner: str) -> str:
    """What the server does with a document; its id."""
    content_type, body = signed(document, owner)
    gateway: Gateway = build(load(data_dir=shell.folder / "data"))
    transmission = Transmission(body, content_type, gateway.clock(), {"content-type": content_type})
    recorded = gateway.record(gateway.examine(transmission))
    gateway.close()
    return recorded.id


def test_a_partner_is_added_and_the_receipt_for_it_holds(gateway: Shell) -> None:
    made = gateway.json("partner", "add", "acme", "--name", "Acme", "--identifier", "0088:1", "--identifier", "VAT:DE1")
    vkey = gateway.json("ledger", "key")["vkey"]
    checked = check_receipt(json.dumps(made["receipt"]).encode(), vkey)
    assert checked.statement["type"] == "partner.added"
    assert made["identifiers"] == ["0088:1", "VAT:DE1"]
    assert made["status"] == "active"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["acme", "--name", "A", "--identifier", "0088:2"], "There is a partner acme already."),
        (["other", "--name", "A", "--identifier", ACME_ID], f"{ACME_ID} belongs to acme already."),
        (["No Good", "--name", "A", "--identifier", "0088:2"], "A partner's id has"),
        (["other", "--name", " ", "--identifier", "0088:2"], "A partner has a name"),
    ],
)
def test_a_partner_that_cannot_be_added_is_refused(trading: Shell, words: list[str], why: str) -> None:
    assert why in trading.refused("partner", "add", *words)


@pytest.mark.parametrize("identifier", ["0088", ":1", "0088:"])
def test_an_identifier_without_scheme_or_value_is_wrong_usage(gateway: Shell, identifier: str) -> None:
    result = gateway.run("partner", "add", "acme", "--name", "A", "--identifier", identifier)
    assert result.exit_code == 2
    assert "SCHEME:VALUE" in result.stderr


def test_partners_are_listed(trading: Shell) -> None:
    lines = trading.ok("partner", "list").splitlines()
    assert lines[0].split() == ["ID", "NAME", "STATUS", "IDENTIFIERS"]
    assert lines[1].split() == ["acme", "Acme", "active", ACME_ID]
    assert [one["id"] for one in trading.json("partner", "list")] == ["acme", "globex"]


def test_without_partners_the_list_says_so(gateway: Shell) -> None:
    assert gateway.ok("partner", "list") == "There are no partners yet.\n"
    assert gateway.json("partner", "list") == []


def test_a_partner_is_shown_with_its_keys(trading: Shell) -> None:
    shown = trading.json("partner", "show", "globex")
    assert (shown["id"], shown["identifiers"], len(shown["keys"])) == ("globex", [GLOBEX_ID], 1)
    assert shown["keys"][0] in trading.ok("partner", "show", "globex")


def test_a_partner_is_suspended_and_resumed(trading: Shell) -> None:
    assert trading.json("partner", "suspend", "acme")["receipt"]["statement"]["type"] == "partner.suspended"
    assert trading.json("partner", "show", "acme")["status"] == "suspended"
    assert "suspended already" in trading.refused("partner", "suspend", "acme")
    assert trading.ok("partner", "resume", "acme") == "Partner acme is active.\n"
    assert "There is no partner nobody." in trading.refused("partner", "suspend", "nobody")


def test_a_key_is_added_within_a_window_narrowed_to_its_certificate(trading: Shell) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    made = certificates.make(trading.folder, "new", "Acme", now)
    until = now + timedelta(days=400)
    added = trading.json("key", "add", "acme", "--cert", made.certificate_file, "--until", until.isoformat())
    ends = (now + certificates.LIFETIME).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (added["until"], added["algorithm"], added["subject"]) == (ends, "secp256r1", "CN=Acme")
    assert added["receipt"]["statement"]["key"]["fingerprint"] == added["fingerprint"]
    assert trading.json("key", "show", added["fingerprint"])["until"] == ends


def test_only_keys_that_end_soon_are_listed_as_expiring(trading: Shell) -> None:
    made = certificates.make(trading.folder, "new", "Acme", datetime.now(UTC))
    added = trading.json("key", "add", "acme", "--cert", made.certificate_file)
    assert len(trading.json("key", "list")) == 3
    assert len(trading.json("key", "list", "acme")) == 2
    assert trading.json("key", "list", "--expiring", "29") == []
    assert [one["fingerprint"] for one in trading.json("key", "list", "--expiring", "31")] == [added["fingerprint"]]
    assert "acme" in trading.ok("key", "list", "acme")


def test_a_private_key_is_not_taken_for_a_partners(trading: Shell) -> None:
    key, _ = trading.identity("stranger")
    assert "the file holds a private key" in trading.refused("key", "add", "acme", "--cert", key)


def test_a_key_belongs_to_one_partner(trading: Shell) -> None:
    assert "is registered for acme already" in trading.refused("key", "add", "globex", "--cert", "acme.pub")


def test_a_key_that_is_not_there_is_not_shown(trading: Shell) -> None:
    assert "There is no key 00." in trading.refused("key", "show", "00")
    assert "There is no partner nobody." in trading.refused("key", "list", "nobody")


def test_a_file_that_is_not_there_is_wrong_usage(trading: Shell) -> None:
    assert trading.run("key", "add", "acme", "--cert", "nothing.pem").exit_code == 2


def test_documents_are_found_by_the_words_of_their_business(trading: Shell) -> None:
    ordered, refused = _post(trading, order("PO-1"), "globex"), _post(trading, invoice("INV-1"), "globex")
    assert [one["id"] for one in trading.json("document", "list")] == [refused, ordered]
    for words, found in (
        (["--verdict", "rejected"], [refused]),
        (["--type", "order"], [ordered]),
        (["--number", "PO-1"], [ordered]),
        (["--partner", "acme"], [ordered]),
        (["--limit", "1"], [refused]),
        (["--to", "2026-01-01T00:00:00Z"], []),
        (["--from", "2099-01-01T00:00:00Z"], []),
    ):
        assert [one["id"] for one in trading.json("document", "list", *words)] == found, words
    assert "globex → acme" in trading.ok("document", "list")


def test_a_receipt_is_written_in_each_of_its_forms(trading: Shell) -> None:
    id = _post(trading, order(), "globex")
    vkey = trading.json("ledger", "key")["vkey"]
    receipt, proof, cose = (trading.folder / name for name in ("r.json", "r.tlog-proof", "r.receipt"))
    trading.ok("document", "receipt", id, "-o", receipt)
    trading.ok("document", "receipt", id, "--format", "tlog-proof", "-o", proof)
    trading.ok("document", "receipt", id, "--format", "cose", "-o", cose)
    checked = check_receipt(receipt.read_bytes(), vkey)
    assert checked.statement["id"] == id
    assert proof.read_text() == checked.receipt.proof
    for file in (proof, cose):
        told = trading.json("verify", file, "--receipt", receipt, "--vkey", vkey)
        assert (told["trusted"], told["statement"]["id"]) == (True, id)
        assert ("tree-size" in {point["check"] for point in told["notChecked"]}) == (file == cose)
        assert "give its JSON receipt" in trading.refused("verify", file, "--vkey", vkey)
    assert "FILE is to be a COSE receipt" in trading.refused("verify", receipt, "--receipt", receipt)
    assert trading.ok("document", "receipt", id) == receipt.read_text()
    assert "There is no document x." in trading.refused("document", "receipt", "x")


def test_a_document_is_shown_with_its_findings(trading: Shell) -> None:
    refused = _post(trading, invoice("INV-1"), "globex")
    shown = trading.json("document", "show", refused)
    assert (shown["verdict"], shown["code"], shown["number"]) == ("rejected", "party-mismatch", "INV-1")
    assert shown["report"]["findings"][0]["rule"] == "GW-PARTY-001"
    lines = trading.ok("document", "show", refused).splitlines()
    said = next(at for at, line in enumerate(lines) if line.split()[:2] == ["fatal", "GW-PARTY-001"])
    assert "/Invoice/cac:AccountingSupplierParty" in lines[said + 1]
    assert lines[said + 2].strip().startswith("expected 0088:7300020000008, found 0088:7300010000001")
    assert "There is no document x." in trading.refused("document", "show", "x")


def test_the_verifier_key_is_one_line(gateway: Shell) -> None:
    (line,) = gateway.ok("ledger", "key").splitlines()
    assert note.parse_vkey(line).name == "localhost/ledger"


def test_the_checkpoint_is_printed_as_it_is_signed(trading: Shell) -> None:
    verifier = note.parse_vkey(trading.ok("ledger", "key").strip())
    opened = checkpoint.open(trading.ok("ledger", "checkpoint").encode(), "localhost/ledger", [verifier])
    assert opened.size == trading.json("ledger", "checkpoint")["size"] == 4


def test_the_ledger_is_hashed_anew(trading: Shell) -> None:
    _post(trading, order("PO-1"), "globex")
    assert "The ledger holds." in trading.ok("ledger", "verify")
    audit = trading.json("ledger", "verify", "--full")
    assert (audit["size"], audit["parties"], audit["documents"]) == (5, 2, 1)


def test_a_rewritten_entry_is_named(trading: Shell) -> None:
    _post(trading, order("PO-1"), "globex")
    database = sqlite3.connect(trading.folder / "data/gateway.db", isolation_level=None)
    for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {trigger}")
    (statement,) = database.execute("SELECT statement FROM statements WHERE leaf_index = 4").fetchone()
    database.execute("UPDATE statements SET statement = ? WHERE leaf_index = 4", (statement.replace(b"PO-1", b"PO-2"),))
    database.close()
    assert "entry 4 does not commit to its statement" in trading.refused("ledger", "verify")


def test_a_token_is_printed_once_and_ends(trading: Shell) -> None:
    result = trading.run("token", "create", "--role", "officer", "--name", "audit", "--days", "30")
    assert re.fullmatch(r"edg_[\w-]{43}\n", result.stdout)
    assert "is not shown again" in result.stderr
    made = trading.json("token", "create", "--role", "partner", "--partner", "acme", "--name", "erp")
    assert made["partner"] == "acme"
    assert made["expires"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--role", "partner"], "A token names a partner if"),
        (["--role", "officer", "--partner", "acme"], "A token names a partner if"),
        (["--role", "partner", "--partner", "nobody"], "There is no partner nobody."),
        (["--role", "officer", "--expires", "2020-01-01T00:00:00Z"], "expired already"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(trading: Shell, words: list[str], why: str) -> None:
    assert why in trading.refused("token", "create", "--name", "x", *words)


def test_a_token_ends_at_a_moment_or_after_days_not_both(trading: Shell) -> None:
    both = ["--expires", "2099-01-01T00:00:00Z", "--days", "3"]
    assert trading.run("token", "create", "--role", "officer", "--name", "x", *both).exit_code == 2


def test_evidence_is_written_and_checked_without_the_gateway(trading: Shell) -> None:
    id = _post(trading, order("PO-1"), "globex")
    vkey = trading.ok("ledger", "key").strip()
    written = trading.json("document", "evidence", id, "-o", "evidence.zip")
    assert written == {"id": id, "file": "evidence.zip", "bytes": (trading.folder / "evidence.zip").stat().st_size}
    shutil.rmtree(trading.folder / "data")
    told = trading.ok("verify", "evidence.zip", "--vkey", vkey)
    assert told.startswith("The evidence holds.\n")
    assert "✓ The signature in the body verifies anew" in told
    assert "? Whether the issuer of the certificate had revoked it." in told
    facts = trading.json("verify", "evidence.zip", "--vkey", vkey)
    assert facts["trusted"] is True
    assert facts["statement"]["id"] == id
    assert {"signature", "key-window", "growth"} <= {point["check"] for point in facts["checked"]}
    assert {"witnesses", "trusted-time", "key-history"} <= {point["check"] for point in facts["notChecked"]}


def test_evidence_that_is_checked_with_its_own_key_only_agrees_with_itself(trading: Shell) -> None:
    trading.ok("document", "evidence", _post(trading, order("PO-1"), "globex"), "-o", "evidence.zip")
    alone = trading.run("verify", "evidence.zip")
    assert (alone.exit_code, alone.stdout.splitlines()[0]) == (0, "The evidence agrees with itself.")
    assert "WARNING: no --vkey was given, so the evidence was checked against the key" in alone.stderr


def test_evidence_that_was_tampered_with_names_the_file_that_lies(trading: Shell) -> None:
    trading.ok("document", "evidence", _post(trading, order("PO-1"), "globex"), "-o", "evidence.zip")
    vkey = trading.ok("ledger", "key").strip()
    files = bundle.unpack((trading.folder / "evidence.zip").read_bytes())
    files[bundle.DOCUMENT] = files[bundle.DOCUMENT].replace(b"PO-1", b"PO-2")
    trading.write("forged.zip", bundle.pack(files))
    assert "forged.zip does not hold: document: has another digest" in trading.refused(
        "verify", "forged.zip", "--vkey", vkey
    )


def test_there_is_no_evidence_for_what_was_never_received(trading: Shell) -> None:
    assert "There is no document nothing." in trading.refused("document", "evidence", "nothing", "-o", "evidence.zip")
    assert not (trading.folder / "evidence.zip").exists()
