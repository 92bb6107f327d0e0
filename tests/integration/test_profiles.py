"""Profiles on each database: versions that are kept, found when they are tampered with, and held against what comes."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import Fault, Rejection, TooFast, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.tree import EMPTY_HEAD
from edi_gateway.model.partner import Identifier
from edi_gateway.model.record import Examined, Recorded
from edi_gateway.workflows import enrol
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.continuing import Beginning, Ended, first_entries
from edi_gateway.workflows.profile_archive import versions
from edi_gateway.workflows.profiles import set_profile
from edi_gateway.workflows.verify import verify_ledger
from tests.support.gateway import ACME_ID, NOW, contract, invoice, make_gateway, reopened, suspend, transmission
from tests.support.profiles import EVERYTHING, agree, profile
from tests.support.ubl import INVOICE, changed, drop

PLAIN_INVOICE = changed(INVOICE, drop("cbc:CustomizationID"))


def post(gateway: Gateway, document: bytes, peer: str = "192.0.2.1", **options) -> Recorded:
    sent = transmission(document, "acme", "jws" if document.lstrip()[:1] == b"{" else "xmldsig", **options)
    object.__setattr__(sent, "peer", peer)
    return gateway.record(gateway.examine(sent))


def code(recorded: Recorded) -> str | None:
    assert isinstance(recorded.submission, Examined)
    return recorded.submission.code


def audited(gateway: Gateway) -> int:
    return verify_ledger(gateway.ledger, gateway.settings.origin, full=True).head.size


def test_each_version_is_an_entry_and_stays(gateway: Gateway) -> None:
    agree(gateway, reason="agreement of 2026", **EVERYTHING)
    agree(gateway, maxBytes=5)
    agree(gateway)
    first, second, third = versions(gateway.archive, "acme")
    assert (first.version, first.profile, first.by, first.reason) == (1, EVERYTHING, "anna", "agreement of 2026")
    assert first.changed == tuple(EVERYTHING)
    assert (second.version, second.profile, second.reason) == (2, {"maxBytes": 5}, None)
    assert (third.version, third.profile, third.changed) == (3, {}, ("maxBytes",))
    assert versions(gateway.archive, "globex") == []
    assert audited(gateway) == 7


def test_the_newest_version_counts_in_every_process(gateway: Gateway) -> None:
    agree(gateway, maxBytes=5)
    agree(gateway, maxBytes=6)
    other = reopened(gateway)
    found = other.directory.refreshed().partners["acme"].profile
    assert found == profile(maxBytes=6)
    assert found.version == 2
    assert other.directory.current().partners["globex"].profile is None
    other.close()


def test_a_version_that_somebody_else_took_is_not_written_over(gateway: Gateway) -> None:
    mine = set_profile("acme", profile(maxBytes=5), None, gateway.office())
    theirs = set_profile("acme", profile(maxBytes=6), None, gateway.office())
    gateway.record(theirs)
    with pytest.raises(Fault, match="somebody else"):
        gateway.record(mine)
    assert audited(gateway) == 5


def test_several_changes_are_recorded_together_or_not_at_all(gateway: Gateway) -> None:
    office = gateway.office()
    changes = [
        enrol.add_partner("initech", "Initech", [Identifier("test", "1")], office),
        enrol.add_partner("umbrella", "Umbrella", [Identifier("test", "1")], gateway.office()),
    ]
    with pytest.raises(Fault):
        gateway.record_all(changes)
    assert "initech" not in gateway.directory.refreshed().partners
    assert audited(gateway) == 4


def test_a_name_and_identifiers_may_change_and_the_audit_follows(gateway: Gateway) -> None:
    suspend(gateway, "acme")
    added = Identifier("test", "1")
    change = enrol.change_partner("acme", "Acme plc", [Identifier.parse(ACME_ID), added], gateway.office())
    gateway.record(change)
    acme = gateway.directory.refreshed().partners["acme"]
    assert (acme.name, set(acme.identifiers), acme.suspended) == ("Acme plc", {Identifier.parse(ACME_ID), added}, True)
    assert gateway.directory.current().owner([added]) == {"acme"}
    gateway.record(enrol.change_partner("acme", "Acme plc", [added], gateway.office()))
    assert gateway.directory.refreshed().owner([Identifier.parse(ACME_ID)]) == set()
    assert audited(gateway) == 7


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE profiles SET content = CAST('{}' AS {blob}) WHERE version = 1",
        "UPDATE profiles SET version = 3 WHERE version = 2",
        "UPDATE profiles SET partner = 'globex' WHERE version = 2",
        "DELETE FROM profiles WHERE version = 2",
        "DELETE FROM profiles",
    ],
)
def test_a_version_that_was_tampered_with_is_found(gateway: Gateway, edit: str) -> None:
    agree(gateway, maxBytes=5)
    agree(gateway, maxBytes=6)
    sqlite = gateway.engine.dialect.name == "sqlite"
    names = ("no_update", "no_delete", "no_replace") if sqlite else ("no_rewriting",)
    with gateway.engine.begin() as connection:
        for name in names:
            connection.execute(text(f"DROP TRIGGER profiles_{name}" + ("" if sqlite else " ON profiles")))
        connection.execute(text(edit.replace("{blob}", "BLOB" if sqlite else "BYTEA")))
    with pytest.raises(Unproven, match=r"version \d of the profile of"):
        audited(gateway)


def test_a_profile_that_can_not_be_read_stops_the_gateway_instead_of_being_left_out(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        row = {"content": b'{"types":7}'}
        connection.execute(text("INSERT INTO profiles VALUES (0, 'acme', 1, :content)"), row)
        connection.execute(text("UPDATE directory SET version = version + 1"))
    with pytest.raises(Fault, match="Version 1 of the profile of acme"):
        gateway.directory.refreshed()


def test_a_verdict_names_the_version_that_it_was_judged_by(gateway: Gateway) -> None:
    agree(gateway, levels={"GW-SUM-001": "error"})
    agree(gateway, ruleSets=["en16931"])
    recorded = post(gateway, PLAIN_INVOICE)
    said = check_receipt(recorded.receipt, gateway.notary.verifier.vkey).statement["validation"]["ruleset"]
    assert [each["name"] for each in said] == ["ubl-2.1-invoice.xsd", "gw-ubl", "en16931", "partner-profile"]
    assert said[-1] == {"name": "partner-profile", "version": "2"}
    assert isinstance(recorded.submission, Examined)
    assert json.loads(recorded.submission.report)["ruleset"] == said


def test_another_network_is_refused_and_recorded_under_the_sender_s_name(gateway: Gateway) -> None:
    agree(gateway, networks=["192.0.2.0/24"])
    refused = post(gateway, contract(), peer="203.0.113.5")
    assert code(refused) == "network-not-permitted"
    said = check_receipt(refused.receipt, gateway.notary.verifier.vkey).statement
    assert (said["type"], said["sender"]) == ("document.rejected", "acme")
    assert said["validation"]["ruleset"] == [{"name": "partner-profile", "version": "1"}]
    assert b"203.0.113.5" not in refused.receipt
    assert code(post(gateway, contract())) is None


def test_a_type_that_was_not_agreed_on_is_refused_and_recorded(gateway: Gateway) -> None:
    agree(gateway, types=["invoice"])
    assert code(post(gateway, contract())) == "document-not-permitted"
    assert code(post(gateway, invoice())) is None


def test_too_large_and_too_many_are_refused_without_a_trace(gateway: Gateway) -> None:
    agree(gateway, maxBytes=100)
    with pytest.raises(Rejection, match="at most 100 bytes"):
        post(gateway, contract())
    agree(gateway, requestsPerMinute=2)
    for number in ("C-1", "C-2"):
        post(gateway, contract(number))
    with pytest.raises(TooFast) as refused:
        post(gateway, contract("C-3"))
    assert refused.value.retry_after == 30
    post(gateway, contract("C-3"), at=NOW + timedelta(seconds=30))
    assert audited(gateway) == 9


def test_a_signature_that_does_not_verify_is_not_counted(gateway: Gateway) -> None:
    agree(gateway, requestsPerMinute=1)
    sent = transmission(invoice(), "acme")
    for _ in range(3):
        with pytest.raises(Rejection, match="signature-invalid"):
            gateway.examine(
                type(sent)(sent.body.replace(b"INV-1", b"INV-2"), sent.content_type, NOW, sent.headers, sent.peer)
            )
    assert code(gateway.record(gateway.examine(sent))) is None


def test_a_ledger_that_goes_on_under_another_name_has_the_newest_version_under_its_number(
    gateway: Gateway, tmp_path: Path
) -> None:
    for limit in (5, 6):
        agree(gateway, maxBytes=limit)
    beginning = Beginning("localhost/ledger", gateway.clock(), lambda: gateway.new_id(gateway.clock()), "lost", "olga")
    new = make_gateway(tmp_path / "new")
    ended = Ended("old.example/ledger", [], EMPTY_HEAD, None, sound=True)
    new.recorder.record(first_entries(ended, gateway.directory.refreshed(), beginning))
    (kept,) = versions(new.archive, "acme")
    assert (kept.version, kept.profile, kept.by) == (2, {"maxBytes": 6}, "olga")
    agree(new, maxBytes=7)
    assert [each.version for each in versions(new.archive, "acme")] == [2, 3]
    assert audited(new) == 7
    new.close()
