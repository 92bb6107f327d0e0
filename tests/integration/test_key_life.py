"""The life of partners' keys: what each step lets in and keeps out, what it leaves alone, and what proves it."""

from datetime import timedelta
from pathlib import Path

import pytest

from edi_gateway.errors import Fault, Misuse, Rejection, Taken
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.tree import EMPTY_HEAD
from edi_gateway.model.record import Recorded
from edi_gateway.workflows import enrol, key_life
from edi_gateway.workflows.check_evidence import CheckedEvidence, Trust, check_evidence
from edi_gateway.workflows.continuing import Beginning, Ended, first_entries
from edi_gateway.workflows.four_eyes import SamePerson
from edi_gateway.workflows.key_life import UnknownKey, WrongState
from edi_gateway.workflows.verify import verify_ledger
from tests.support import keys
from tests.support.evidence import gathered
from tests.support.gateway import certificate, make_gateway, order_response, pem, transmission

SECOND = timedelta(seconds=1)


def send(gateway: Gateway, number: str, owner: str = "acme") -> Recorded:
    return gateway.record(gateway.examine(transmission(order_response(number), owner, at=gateway.clock())))


def verdict(recorded: Recorded) -> str:
    code = getattr(recorded.submission, "code", None)
    return code or "accepted"


def checked(gateway: Gateway, recorded: Recorded) -> CheckedEvidence:
    return check_evidence(gathered(gateway, recorded.id), Trust(gateway.notary.vkey))


def points(evidence: CheckedEvidence) -> dict[str, str]:
    return {point.check: point.says for point in evidence.checked}


def test_a_life_from_proposal_to_revocation_is_in_the_ledger_and_holds(gateway: Gateway) -> None:
    old, new = keys.of(gateway, "acme"), keys.propose(gateway, "acme's next")
    assert new.state_at(gateway.clock()) == "proposed"
    assert keys.approve(gateway, new).state_at(gateway.clock()) == "active"
    assert keys.retire(gateway, old).state_at(gateway.clock()) == "retired"
    revoked = keys.revoke(gateway, new, gateway.clock() - timedelta(days=1))
    assert revoked.state_at(gateway.clock()) == "revoked"
    told = [(step.type, step.by) for step in revoked.steps]
    assert told == [("key.proposed", "anna"), ("key.activated", "berta"), ("key.revoked", "anna")]
    assert verify_ledger(gateway.ledger, "localhost/ledger", full=True).head.size == 8


def test_a_key_that_is_only_proposed_names_nobody(sqlite_gateway: Gateway) -> None:
    new = keys.propose(sqlite_gateway, "acme's next")
    with pytest.raises(Rejection, match="unknown-signer"):
        sqlite_gateway.examine(transmission(order_response(), "acme's next", "xmldsig"))
    keys.approve(sqlite_gateway, new)
    assert verdict(send(sqlite_gateway, "OR-2", "acme's next")) == "accepted"


def test_both_keys_of_an_overlap_are_taken_and_a_retired_one_no_more(sqlite_gateway: Gateway) -> None:
    keys.add(sqlite_gateway, "acme's next")
    assert [verdict(send(sqlite_gateway, f"OR-{owner}", owner)) for owner in ("acme", "acme's next")] == [
        "accepted",
        "accepted",
    ]
    keys.retire(sqlite_gateway, keys.of(sqlite_gateway, "acme"))
    assert verdict(send(sqlite_gateway, "OR-3")) == "key-not-valid"
    assert verdict(send(sqlite_gateway, "OR-4", "acme's next")) == "accepted"


def test_a_retired_key_still_verifies_the_past(sqlite_gateway: Gateway) -> None:
    sent = send(sqlite_gateway, "OR-1")
    keys.retire(sqlite_gateway, keys.of(sqlite_gateway, "acme"))
    evidence = checked(sqlite_gateway, sent)
    assert "was valid" in points(evidence)["key-window"]
    assert "received before that" in points(evidence)["key-retired"]
    assert evidence.warnings == ()


def test_the_evidence_of_a_refusal_proves_that_the_key_was_retired(sqlite_gateway: Gateway) -> None:
    keys.retire(sqlite_gateway, keys.of(sqlite_gateway, "acme"))
    sqlite_gateway.clock.now += timedelta(hours=1)
    evidence = checked(sqlite_gateway, send(sqlite_gateway, "OR-1"))
    assert points(evidence)["key-window"].endswith("the key was not valid when the document was received.")


def test_a_key_for_another_purpose_is_refused_by_name(sqlite_gateway: Gateway) -> None:
    keys.add(sqlite_gateway, "acme's tls", purpose="tls-client")
    refused = send(sqlite_gateway, "OR-1", "acme's tls")
    assert verdict(refused) == "key-purpose"
    assert checked(sqlite_gateway, refused).receipt.statement["type"] == "document.rejected"


def test_a_revocation_counts_what_was_accepted_since_and_rewrites_nothing(gateway: Gateway) -> None:
    before = send(gateway, "OR-1")
    stolen = gateway.clock()
    after = [send(gateway, f"OR-{number}") for number in (2, 3)]
    keys.add(gateway, "acme's next")
    send(gateway, "OR-4", "acme's next")
    receipts = [gateway.recorder.receipt_again(index) for index in range(4, 9)]
    revoked = keys.revoke(gateway, keys.of(gateway, "acme"), stolen)
    (event,) = gateway.archive.key_events("acme")[-1:]
    assert b'"affected":2' in event.statement
    found = key_life.affected(revoked, gateway.archive)
    assert [one.id for one in found] == [one.id for one in after]
    assert [gateway.recorder.receipt_again(index) for index in range(4, 9)] == receipts
    assert checked(gateway, before).warnings == ()
    assert "received before that" in points(checked(gateway, before))["key-revoked"]
    (warning,) = checked(gateway, after[0]).warnings
    assert "stolen" in warning


def test_a_key_may_turn_out_to_have_been_stolen_earlier_still_but_not_later(sqlite_gateway: Gateway) -> None:
    moments = [sqlite_gateway.clock() for _ in range(3)]
    key = keys.revoke(sqlite_gateway, keys.of(sqlite_gateway, "acme"), moments[1])
    with pytest.raises(WrongState, match="earlier"):
        keys.revoke(sqlite_gateway, key, moments[2])
    again = keys.revoke(sqlite_gateway, key, moments[0])
    assert key_life.revoked_from(again) is not None
    assert len(again.steps) == 3


def test_a_document_that_a_worker_took_before_it_knew_of_the_end_has_evidence(sqlite_gateway: Gateway) -> None:
    late = sqlite_gateway.examine(transmission(order_response(), "acme", at=sqlite_gateway.clock() + SECOND))
    keys.retire(sqlite_gateway, keys.of(sqlite_gateway, "acme"))
    assert "received after that" in points(checked(sqlite_gateway, sqlite_gateway.record(late)))["key-retired"]


def test_only_a_step_that_leads_on_is_taken(sqlite_gateway: Gateway) -> None:
    gateway, active = sqlite_gateway, keys.of(sqlite_gateway, "acme")
    with pytest.raises(WrongState, match="active, not proposed"):
        keys.approve(gateway, active)
    withdrawn = keys.retire(gateway, keys.propose(gateway, "acme's next"))
    for step in (keys.approve, keys.retire):
        with pytest.raises(WrongState, match="retired"):
            step(gateway, withdrawn)
    with pytest.raises(Misuse, match="has come"):
        keys.revoke(gateway, active, gateway.clock() + timedelta(days=1))
    with pytest.raises(Misuse, match="reason"):
        keys.revoke(gateway, active, gateway.clock(), " ")
    with pytest.raises(UnknownKey):
        key_life.retire("00" * 32, None, gateway.office())


def test_two_steps_that_were_decided_on_the_same_state_are_not_both_taken(gateway: Gateway) -> None:
    fingerprint = keys.of(gateway, "acme").fingerprint
    first, second = (key_life.retire(fingerprint, None, gateway.office(by)) for by in ("anna", "berta"))
    gateway.record(first)
    with pytest.raises(Fault, match="changed by somebody else"):
        gateway.record(second)


def test_under_four_eyes_one_adds_and_another_approves(tmp_path) -> None:
    gateway = make_gateway(tmp_path, four_eyes=True)
    gateway.record(enrol.add_partner("acme", "Acme", [enrol.Identifier.parse("0088:1")], gateway.office("anna")))
    key = keys.add(gateway, "acme", by="Anna")
    assert key.state_at(gateway.clock()) == "proposed"
    for by in ("anna", None):
        with pytest.raises(SamePerson):
            keys.approve(gateway, key, by=by)
    assert keys.approve(gateway, key, by="berta").state_at(gateway.clock()) == "active"
    unnamed = gateway.record(enrol.add_key("acme", pem("acme's next"), (None, None), gateway.office()))
    assert unnamed.submission.key
    with pytest.raises(SamePerson, match="known who"):
        key_life.approve(unnamed.submission.key.fingerprint, gateway.office("berta"))
    gateway.close()


def test_a_ledger_that_goes_on_under_another_name_has_its_keys_where_they_were(
    gateway: Gateway, tmp_path: Path
) -> None:
    keys.propose(gateway, "acme's next", by="anna")
    retired = keys.retire(gateway, keys.add(gateway, "acme's last"))
    revoked = keys.revoke(gateway, keys.of(gateway, "globex"), gateway.clock())
    now, old = gateway.clock(), gateway.directory.refreshed()
    beginning = Beginning("localhost/ledger", now, lambda: gateway.new_id(gateway.clock()), "the disk was lost", "olga")
    new = make_gateway(tmp_path / "new")
    new.recorder.record(first_entries(Ended("old.example/ledger", [], EMPTY_HEAD, None, sound=True), old, beginning))
    directory = new.directory.refreshed()
    told = {key.fingerprint: (key.state_at(now), key.ends_at) for keys in directory.keys_of.values() for key in keys}
    assert told == {key.fingerprint: (key.state_at(now), key.ends_at) for keys in old.keys_of.values() for key in keys}
    assert told[retired.fingerprint][0] == "retired"
    assert told[revoked.fingerprint] == ("revoked", revoked.ends_at)
    proposed = next(key for key in directory.keys_of["acme"] if not key.approved)
    assert [step.by for step in proposed.steps] == ["anna"]
    oldest = [min(found.keys_of["acme"], key=lambda key: key.steps[0].index) for found in (old, directory)]
    assert oldest[0].fingerprint == oldest[1].fingerprint
    verify_ledger(new.ledger, "localhost/ledger", full=True)
    new.close()


def test_whoever_adds_a_key_again_is_told_what_to_do_instead(sqlite_gateway: Gateway) -> None:
    def again(owner: str) -> str:
        with pytest.raises(Taken) as refused:
            enrol.add_key("acme", certificate(owner), (None, None), sqlite_gateway.office("anna"))
        return str(refused.value)

    assert "Another certificate of it renews it." in again("acme")
    keys.retire(sqlite_gateway, keys.of(sqlite_gateway, "acme"))
    sqlite_gateway.directory.refreshed()
    assert "It is retired, for good: have the partner make a new one." in again("acme")
    keys.propose(sqlite_gateway, "acme's next")
    assert "It waits for approval." in again("acme's next")
    with pytest.raises(UnknownKey, match="all of its 64 digits"):
        key_life.known_key("00ff", sqlite_gateway.directory.current())
