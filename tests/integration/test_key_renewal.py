"""A new certificate for a key that is registered: what it opens, what it leaves alone, and what proves it."""

import functools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from edi_gateway.errors import Misuse, Taken, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.tree import EMPTY_HEAD
from edi_gateway.model.moment import parse_timestamp
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.record import Recorded
from edi_gateway.model.transmission import Transmission
from edi_gateway.receipts import bundle
from edi_gateway.signing import cms
from edi_gateway.workflows import enrol, key_life
from edi_gateway.workflows.check_evidence import CheckedEvidence, Trust, check_evidence
from edi_gateway.workflows.continuing import Beginning, Ended, first_entries
from edi_gateway.workflows.four_eyes import SamePerson
from edi_gateway.workflows.key_life import WrongState
from edi_gateway.workflows.key_renewal import approve_renewal, renew_key
from edi_gateway.workflows.verify import verify_ledger
from tests.support import certificates, keys
from tests.support.custody import erase
from tests.support.evidence import check_files, gathered
from tests.support.gateway import (
    NOW,
    certificate,
    make_gateway,
    order_response,
    pem,
    private_key,
    reopened,
    transmission,
)

YEAR = timedelta(days=365)
AFTER = NOW + 3 * YEAR
"""Once the certificate that acme was enrolled with has ended."""


@functools.cache
def next_certificate(serial: int = 2, owner: str = "acme", years: int = 4) -> bytes:
    """Another one of the owner's key, valid from a year after NOW."""
    found = certificates.certificate(private_key(owner), serial=serial, since=NOW + YEAR, until=NOW + years * YEAR)
    return certificates.der(found)


def renew(gateway: Gateway, data: bytes | None = None, by: str = "anna", **how: bool) -> PartnerKey:
    key = keys.of(gateway, "acme")
    gateway.record(
        renew_key(key.fingerprint, data or next_certificate(), (None, None), gateway.office(by), **how),
    )
    return keys.of(gateway, "acme")


def send(gateway: Gateway, number: str, signed_with: bytes | None = None) -> Recorded:
    now = gateway.clock()
    if signed_with is None:
        return gateway.record(gateway.examine(transmission(order_response(number), "acme", at=now)))
    body = cms.sign(order_response(number), private_key("acme"), signed_with)
    headers = {"content-type": "application/cms"}
    return gateway.record(gateway.examine(Transmission(body, "application/cms", now, headers)))


def verdict(recorded: Recorded) -> str:
    return getattr(recorded.submission, "code", None) or "accepted"


def checked(gateway: Gateway, recorded: Recorded) -> CheckedEvidence:
    return check_evidence(gathered(gateway, recorded.id), Trust(gateway.notary.vkey))


def points(evidence: CheckedEvidence) -> dict[str, str]:
    return {point.check: point.says for point in evidence.checked}


def test_a_renewed_key_is_trusted_on_and_what_came_in_between_stays_refused(gateway: Gateway) -> None:
    gateway.clock.now = AFTER
    refused = send(gateway, "OR-1")
    assert verdict(refused) == "key-not-valid"
    renewed = renew(gateway)
    assert (renewed.state_at(gateway.clock()), renewed.ends_at) == ("active", NOW + 4 * YEAR)
    gateway.clock.now += timedelta(minutes=2)
    accepted = send(gateway, "OR-2", next_certificate())
    assert verdict(accepted) == "accepted"
    assert "was not valid" in points(checked(gateway, refused))["key-window"]
    told = points(checked(gateway, accepted))
    assert "was valid" in told["key-window"]
    assert "entry 5 renewed it, by anna" in told["enrolment"]
    assert verify_ledger(gateway.ledger, "localhost/ledger", full=True).head.size == 7


def test_the_statement_tells_the_new_certificate_and_its_window(sqlite_gateway: Gateway) -> None:
    renew(sqlite_gateway)
    (event,) = sqlite_gateway.archive.key_events("acme")[-1:]
    assert event.type == "key.renewed"
    assert b'"certificate":"sha256:' in event.statement
    assert b'"until":"2030-11-22T12:00:00.000Z"' in event.statement


def test_a_renewal_before_the_end_takes_nothing_away(sqlite_gateway: Gateway) -> None:
    before = keys.of(sqlite_gateway, "acme")
    renewed = renew(sqlite_gateway)
    assert renewed.valid_at(NOW)
    assert before.valid_at(NOW)
    assert [verdict(send(sqlite_gateway, "OR-1")), verdict(send(sqlite_gateway, "OR-2", certificate("acme")))] == [
        "accepted",
        "accepted",
    ]


def test_between_two_windows_the_key_is_not_trusted(sqlite_gateway: Gateway) -> None:
    late = certificates.certificate(private_key("acme"), since=AFTER, until=AFTER + YEAR)
    renewed = renew(sqlite_gateway, certificates.der(late))
    in_between = NOW + timedelta(days=800)
    assert not renewed.valid_at(in_between)
    assert renewed.state_at(in_between) == "upcoming"
    assert renewed.valid_at(AFTER)


def test_a_key_is_ended_for_good_all_the_same(sqlite_gateway: Gateway) -> None:
    renewed = renew(sqlite_gateway)
    keys.retire(sqlite_gateway, renewed)
    assert verdict(send(sqlite_gateway, "OR-1")) == "key-not-valid"
    with pytest.raises(WrongState, match="retired: it can't be renewed"):
        renew(sqlite_gateway, next_certificate(3))


def test_a_window_may_be_made_longer_without_a_certificate(sqlite_gateway: Gateway) -> None:
    fingerprint = keys.add(sqlite_gateway, "acme's next").fingerprint
    with pytest.raises(Taken):
        renew_key(fingerprint, pem("acme's next"), (None, NOW + YEAR), sqlite_gateway.office())
    narrow = enrol.add_key("acme", pem("narrow"), (None, NOW + YEAR), sqlite_gateway.office())
    sqlite_gateway.record(narrow)
    assert narrow.key
    longer = renew_key(narrow.key.fingerprint, pem("narrow"), (NOW, NOW + 2 * YEAR), sqlite_gateway.office())
    sqlite_gateway.record(longer)
    found = key_life.known_key(narrow.key.fingerprint, sqlite_gateway.directory.refreshed())
    assert found.ends_at == NOW + 2 * YEAR
    sqlite_gateway.clock.now = NOW + timedelta(days=500)
    sent = transmission(order_response(), "narrow", "jws", at=sqlite_gateway.clock())
    assert (
        "was valid"
        in points(checked(sqlite_gateway, sqlite_gateway.record(sqlite_gateway.examine(sent))))["key-window"]
    )


def test_only_what_is_this_keys_and_new_renews_it(sqlite_gateway: Gateway) -> None:
    gateway = sqlite_gateway
    with pytest.raises(Misuse, match="another key"):
        renew(gateway, next_certificate(owner="stranger"))
    with pytest.raises(Misuse, match="not usable"):
        renew(gateway, b"nonsense")
    with pytest.raises(Taken, match="certificate and window already"):
        renew(gateway, certificate("acme"))
    renew(gateway)
    with pytest.raises(Taken):
        renew(gateway)
    waiting = keys.propose(gateway, "acme's next")
    with pytest.raises(WrongState, match="proposed"):
        renew_key(waiting.fingerprint, pem("acme's next"), (None, None), gateway.office())


def test_a_certificate_can_t_be_added_beside_itself_and_that_is_said(sqlite_gateway: Gateway) -> None:
    with pytest.raises(Taken, match="renews it"):
        enrol.add_key("acme", next_certificate(), (None, None), sqlite_gateway.office())


def test_what_is_proposed_opens_nothing_until_it_is_approved(gateway: Gateway) -> None:
    gateway.clock.now = AFTER
    waiting = renew(gateway, propose=True)
    assert not waiting.valid_at(gateway.clock())
    assert verdict(send(gateway, "OR-1")) == "key-not-valid"
    assert waiting.proposed_renewal
    gateway.record(approve_renewal(waiting.fingerprint, waiting.proposed_renewal.index, gateway.office("berta")))
    approved = keys.of(gateway, "acme")
    assert approved.valid_at(gateway.clock())
    assert approved.proposed_renewal is None
    gateway.clock.now += timedelta(minutes=2)
    sent = checked(gateway, send(gateway, "OR-2", next_certificate()))
    assert "entry 4 proposed to renew it, by anna, entry 6 renewed it, by berta" in points(sent)["enrolment"]
    verify_ledger(gateway.ledger, "localhost/ledger", full=True)


def test_nobody_approves_what_they_have_not_seen(sqlite_gateway: Gateway) -> None:
    first = renew(sqlite_gateway, propose=True).proposed_renewal
    second = renew(sqlite_gateway, next_certificate(3), propose=True).proposed_renewal
    assert first
    assert second
    fingerprint = keys.of(sqlite_gateway, "acme").fingerprint
    with pytest.raises(WrongState, match=f"it is entry {second.index} which you approve"):
        key_life.approve(fingerprint, sqlite_gateway.office("berta"))
    with pytest.raises(WrongState, match=f"entry {second.index} is"):
        approve_renewal(fingerprint, first.index, sqlite_gateway.office("berta"))
    with pytest.raises(Taken, match="proposed already"):
        renew(sqlite_gateway, next_certificate(3), propose=True)


def test_under_four_eyes_one_renews_and_another_approves(tmp_path: Path) -> None:
    gateway = make_gateway(tmp_path, four_eyes=True)
    gateway.record(enrol.add_partner("acme", "Acme", [enrol.Identifier.parse("0088:1")], gateway.office("anna")))
    key = enrol.add_key("acme", certificate("acme"), (None, None), gateway.office("anna"))
    gateway.record(key)
    keys.approve(gateway, keys.of(gateway, "acme"))
    waiting = renew(gateway, by="Anna")
    assert waiting.ends_at == keys.of(gateway, "acme").terms[0].valid_until
    assert waiting.proposed_renewal
    index = waiting.proposed_renewal.index
    for by in ("anna", None):
        with pytest.raises(SamePerson):
            approve_renewal(waiting.fingerprint, index, gateway.office(by))
    gateway.record(approve_renewal(waiting.fingerprint, index, gateway.office("berta")))
    assert keys.of(gateway, "acme").ends_at == NOW + 4 * YEAR
    gateway.close()


def test_another_worker_turns_nobody_away_whose_key_was_renewed_a_moment_ago(gateway: Gateway) -> None:
    gateway.clock.now = AFTER
    other = reopened(gateway)
    other.directory.refreshed()
    renew(gateway)
    examined = other.examine(transmission(order_response(), "acme", at=gateway.clock()))
    other.close()
    assert examined.code is None


def test_a_document_that_was_refused_while_its_key_was_being_renewed_has_evidence(sqlite_gateway: Gateway) -> None:
    sqlite_gateway.clock.now = AFTER
    late = sqlite_gateway.examine(transmission(order_response(), "acme", at=sqlite_gateway.clock()))
    assert late.code == "key-not-valid"
    renew(sqlite_gateway)
    assert checked(sqlite_gateway, sqlite_gateway.record(late)).receipt.statement["type"] == "document.rejected"


@pytest.mark.parametrize(
    "tampered",
    [
        lambda pems: pems[0],
        lambda pems: pems[0] + certificates.pem_of(next_certificate(9)),
        lambda pems: pems[1] + pems[0],
        lambda pems: pems[0] + pems[1] + pems[1],
        lambda pems: b"",
    ],
    ids=["left out", "another", "swapped", "twice", "empty"],
)
def test_the_bundle_has_the_certificates_that_the_events_name_and_no_others(
    sqlite_gateway: Gateway, tampered: Callable[[list[bytes]], bytes]
) -> None:
    renew(sqlite_gateway)
    sqlite_gateway.clock.now = AFTER
    sent = send(sqlite_gateway, "OR-1", next_certificate())
    files = bundle.unpack(gathered(sqlite_gateway, sent.id))
    pems = [b"-----BEGIN " + part for part in files[bundle.CERTIFICATES].split(b"-----BEGIN ")[1:]]
    assert len(pems) == 2
    files[bundle.CERTIFICATES] = tampered(pems)
    with pytest.raises(Unproven, match=r"^signature/certificates\.pem: "):
        check_files(files, sqlite_gateway.notary.vkey)


def test_a_ledger_that_goes_on_under_another_name_knows_of_renewals(gateway: Gateway, tmp_path: Path) -> None:
    renew(gateway)
    waiting = renew(gateway, next_certificate(3, years=6), propose=True)
    now, old = gateway.clock(), gateway.directory.refreshed()
    beginning = Beginning("localhost/ledger", now, lambda: gateway.new_id(gateway.clock()), "the disk was lost", "olga")
    new = make_gateway(tmp_path / "new")
    new.recorder.record(first_entries(Ended("old.example/ledger", [], EMPTY_HEAD, None, sound=True), old, beginning))
    taken_over = keys.of(new, "acme")
    assert taken_over.terms == waiting.terms
    assert taken_over.proposed_renewal
    assert waiting.proposed_renewal
    assert taken_over.proposed_renewal.term == waiting.proposed_renewal.term
    assert taken_over.proposed_renewal.by == "anna"
    verify_ledger(new.ledger, "localhost/ledger", full=True)
    new.close()


def test_documents_that_were_erased_are_told_of_as_such(gateway: Gateway) -> None:
    before, *since = [send(gateway, f"OR-{number}") for number in range(3)]
    moment = gateway.archive.document(since[0].id)
    assert moment
    erase(gateway, before.id)
    erase(gateway, since[0].id)
    revoked = keys.revoke(gateway, keys.of(gateway, "acme"), parse_timestamp(moment.received_at))
    found = key_life.affected(revoked, gateway.archive)
    assert [(one.id, one.erased_by is not None) for one in found] == [(since[0].id, True), (since[1].id, False)]
    assert (found[0].received_at, found[0].index) == (moment.received_at, moment.index)
    (event,) = gateway.archive.key_events("acme")[-1:]
    assert b'"affected":1' in event.statement
    assert b'"erased":1' in event.statement
