"""Documents by signers whom nobody enrolled, but whose certificates lead to a root that is trusted to name them."""

from base64 import b64encode
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import text

from edi_gateway.errors import Fault, Misuse, Rejection, Taken, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.model.partner import Identifier
from edi_gateway.model.record import Recorded
from edi_gateway.model.transmission import Transmission
from edi_gateway.receipts import bundle
from edi_gateway.syntax import json
from edi_gateway.workflows import enrol, four_eyes, key_life, trust
from edi_gateway.workflows.verify import verify_ledger
from tests.support import keys, pki
from tests.support.evidence import check_files, gathered
from tests.support.gateway import GLOBEX_ID, NOW, contract, make_gateway, order, order_in, reopened, suspend
from tests.support.pki import DAY, Issued
from tests.support.vouching import granted, known, point, posted, signed, trusted, vouching_for_globex

ROOT = pki.root()
BETWEEN = pki.between(ROOT)
SUBJECT = "CN=Globex Signer,O=Globex"
SIGNER = pki.signer(BETWEEN, subject=SUBJECT)


@pytest.fixture
def vouching(gateway: Gateway) -> Gateway:
    return vouching_for_globex(gateway, ROOT, BETWEEN, SUBJECT)


def _statement(recorded: Recorded) -> dict:
    return json.parse(recorded.receipt)["statement"]


@pytest.mark.parametrize("format", ["xmldsig", "cms", "pades"])
def test_a_certificate_under_a_root_speaks_for_a_partner(vouching: Gateway, format: str) -> None:
    recorded = posted(vouching, signed(order_in(format, "PO-1"), SIGNER, format))
    statement = _statement(recorded)
    assert (statement["type"], statement["sender"]) == ("document.accepted", "globex")
    chain = statement["signature"]["trust"]["chain"]
    assert [one["status"] for one in chain] == ["good", "good"]
    assert statement["signature"]["trust"]["root"] == "acme-ca"


def test_a_contract_is_vouched_for_by_the_certificates_in_its_header(vouching: Gateway) -> None:
    granted(vouching, "acme", "organization-identifier", "VATDE-1")
    signer = pki.signer(BETWEEN, subject="CN=Acme,organizationIdentifier=VATDE-1")
    recorded = posted(vouching, signed(contract(), signer, "jws"))
    assert _statement(recorded)["signature"]["trust"]["grant"]


def transmission_of(body: bytes) -> Transmission:
    return Transmission(body, "application/xml", NOW, {"content-type": "application/xml"}, "192.0.2.1")


def _refused(gateway: Gateway, by: Issued, match: str, **how: Any) -> None:
    with pytest.raises(Rejection, match=match):
        gateway.examine(signed(order("PO-1"), by, **how))


def test_whoever_has_no_grant_is_unknown(vouching: Gateway) -> None:
    _refused(vouching, pki.signer(BETWEEN, subject="CN=Somebody Else,O=Globex"), "unknown-signer: No registered key")
    _refused(vouching, pki.signer(pki.between(pki.root()), subject=SUBJECT), "does not lead to acme-ca")


def test_a_certificate_that_is_not_valid_or_lacks_its_authority_names_nobody(vouching: Gateway) -> None:
    _refused(vouching, pki.signer(BETWEEN, subject=SUBJECT, since=NOW + DAY), "unknown-signer")
    _refused(vouching, SIGNER, "unknown-signer", brings=1)
    _refused(vouching, SIGNER, "unknown-signer", at=NOW + 3 * pki.YEAR)


def test_a_signature_by_another_key_than_the_certificates_does_not_hold(vouching: Gateway) -> None:
    other = pki.signer(BETWEEN, subject=SUBJECT)
    body = signed(order("PO-1"), SIGNER).body.replace(b64encode(SIGNER.der), b64encode(other.der))
    with pytest.raises(Rejection, match="signature-invalid"):
        vouching.examine(transmission_of(body))


def test_a_grant_that_ended_and_a_root_that_was_retired_name_nobody(vouching: Gateway) -> None:
    (given,) = vouching.directory.refreshed().trust.grants
    vouching.record(trust.end_grant(given.id, "moved", vouching.office("anna")))
    vouching.directory.refreshed()
    _refused(vouching, SIGNER, "unknown-signer")
    granted(vouching, "globex", "subject", SUBJECT)
    assert posted(vouching, signed(order("PO-2"), SIGNER))
    vouching.record(trust.retire_root("acme-ca", None, vouching.office("anna")))
    vouching.directory.refreshed()
    _refused(vouching, SIGNER, "unknown-signer")


def test_a_suspended_partner_is_refused_whoever_vouches(vouching: Gateway) -> None:
    suspend(vouching, "globex")
    assert _code(posted(vouching, signed(order("PO-1"), SIGNER))) == "partner-suspended"


def _code(recorded: Recorded) -> str | None:
    return _statement(recorded)["validation"].get("code")


def test_a_certificate_that_was_revoked_before_is_refused_and_that_is_recorded(vouching: Gateway) -> None:
    known(vouching, pki.response(SIGNER, revoked_at=NOW - DAY), issuer=BETWEEN)
    recorded = posted(vouching, signed(order("PO-1"), SIGNER))
    assert (_statement(recorded)["sender"], _code(recorded)) == ("globex", "certificate-revoked")
    checked = check_files(bundle.unpack(gathered(vouching, recorded.id)), vouching.notary.vkey)
    assert "was revoked" in point(checked, "certificate-revocation")


def test_an_authority_that_was_revoked_takes_its_certificates_with_it(vouching: Gateway) -> None:
    known(vouching, pki.crl(ROOT, BETWEEN, since=NOW - timedelta(minutes=1)))
    assert _code(posted(vouching, signed(order("PO-1"), SIGNER))) == "certificate-revoked"


def test_a_revocation_that_applies_later_changes_nothing_before(vouching: Gateway) -> None:
    before = posted(vouching, signed(order("PO-1"), SIGNER))
    vouching.clock.now += timedelta(hours=2)  # type: ignore[attr-defined] # Ticking
    known(
        vouching, pki.crl(BETWEEN, SIGNER, at=NOW + timedelta(hours=1), since=NOW + timedelta(hours=1)), issuer=BETWEEN
    )
    packed = gathered(vouching, before.id)
    assert _code(posted(vouching, signed(order("PO-2"), SIGNER, at=NOW + timedelta(hours=2)))) == "certificate-revoked"
    assert "was good" in point(check_files(bundle.unpack(packed), vouching.notary.vkey), "certificate-revocation")


@pytest.mark.parametrize("at", [NOW, NOW + 2 * DAY])
def test_where_nothing_tells_of_revocations_a_hard_root_refuses_and_a_soft_one_marks(
    gateway: Gateway, at: datetime
) -> None:
    trusted(gateway, ROOT, "hard-ca")
    trusted(gateway, ROOT, "soft-ca", revocation="soft")
    if at != NOW:
        known(gateway, pki.crl(ROOT))
    granted(gateway, "globex", "subject", SUBJECT, "hard-ca")
    refused = posted(gateway, signed(order("PO-1"), SIGNER, at=at))
    assert _code(refused) == "revocation-unknown"
    (given,) = gateway.directory.refreshed().trust.grants
    gateway.record(trust.end_grant(given.id, None, gateway.office("anna")))
    granted(gateway, "globex", "subject", SUBJECT, "soft-ca")
    marked = posted(gateway, signed(order("PO-2"), SIGNER, at=at))
    assert _code(marked) is None
    assert [one["status"] for one in _statement(marked)["signature"]["trust"]["chain"]] == ["unknown", "unknown"]
    for one in (refused, marked):
        checked = check_files(bundle.unpack(gathered(gateway, one.id)), gateway.notary.vkey)
        assert "certificate-revocation" in {point.check for point in checked.not_checked}
    report = json.parse(bundle.unpack(gathered(gateway, marked.id))[bundle.REPORT])
    assert [finding["rule"] for finding in report["findings"]] == ["GW-SIGNER-006"]


def test_grace_is_what_the_root_says(gateway: Gateway) -> None:
    trusted(gateway, ROOT, grace=timedelta(hours=3))
    granted(gateway, "globex", "subject", SUBJECT)
    known(gateway, pki.crl(ROOT))
    known(gateway, pki.crl(BETWEEN), issuer=BETWEEN)
    assert _code(posted(gateway, signed(order("PO-1"), SIGNER, at=NOW + DAY + timedelta(hours=3)))) is None
    late = NOW + DAY + timedelta(hours=3, seconds=1)
    assert _code(posted(gateway, signed(order("PO-2"), SIGNER, at=late))) == "revocation-unknown"


def test_a_registered_key_counts_before_any_root(vouching: Gateway) -> None:
    vouching.record(enrol.add_key("acme", SIGNER.pem, (None, None), vouching.office("anna")))
    vouching.directory.refreshed()
    assert vouching.examine(signed(order("PO-1"), SIGNER)).party == "acme"


def test_no_root_brings_back_a_registered_key_that_was_retired(vouching: Gateway) -> None:
    vouching.record(enrol.add_key("globex", SIGNER.pem, (None, None), vouching.office("anna")))
    (key,) = (key for key in vouching.directory.refreshed().keys_of["globex"] if key.spki in SIGNER.der)
    keys.retire(vouching, key)
    assert _code(posted(vouching, signed(order("PO-1"), SIGNER, at=NOW + timedelta(hours=1)))) == "key-not-valid"


def test_a_registered_key_of_the_same_name_does_not_stand_in_the_way(vouching: Gateway) -> None:
    older = pki.signer(BETWEEN, subject=SUBJECT)
    vouching.record(enrol.add_key("globex", older.pem, (None, None), vouching.office("anna")))
    sent = signed(order("PO-1"), SIGNER)
    name = f"<ds:X509SubjectName>{SIGNER.certificate.subject.rfc4514_string()}</ds:X509SubjectName></ds:X509Data>"
    body = sent.body.replace(b"</ds:X509Data>", name.encode())
    assert b"X509SubjectName" in body
    assert vouching.examine(transmission_of(body)).party == "globex"


def test_a_certificate_that_speaks_for_two_partners_names_neither(vouching: Gateway) -> None:
    certificate = pki.signer(BETWEEN, pki.san(x509.DNSName("shared.example")), subject=SUBJECT)
    granted(vouching, "acme", "san", "dns:shared.example")
    _refused(vouching, certificate, "more than one partner")
    assert vouching.examine(signed(order("PO-1"), SIGNER)).party == "globex"


def test_what_is_granted_to_one_is_not_granted_to_another(vouching: Gateway) -> None:
    with pytest.raises(Taken, match="speak for globex already"):
        granted(vouching, "acme", "subject", SUBJECT)
    with pytest.raises(Taken, match="acme-ca already"):
        trusted(vouching, ROOT)
    for unknown in (("nobody", "acme-ca"), ("acme", "no-ca")):
        with pytest.raises(Misuse, match="There is no"):
            granted(vouching, unknown[0], "subject", "CN=A", unknown[1])


def test_under_four_eyes_a_grant_waits_for_somebody_else(database_url: str, tmp_path: Path) -> None:
    with closing(make_gateway(tmp_path, database_url, four_eyes=True)) as gateway:
        gateway.record(enrol.add_partner("globex", "Globex", [Identifier.parse(GLOBEX_ID)], gateway.office()))
        trusted(gateway, pki.root(), revocation="soft")
        given = granted(gateway, "globex", "subject", SUBJECT)
        assert given.state == "proposed"
        _refused(gateway, SIGNER, "unknown-signer: No registered key")
        with pytest.raises(four_eyes.SamePerson):
            trust.approve_grant(given.id, gateway.office("Anna"))
        gateway.record(trust.approve_grant(given.id, gateway.office("berta")))
        with pytest.raises(key_life.WrongState):
            trust.approve_grant(given.id, gateway.office("berta"))
        _refused(gateway, SIGNER, "does not lead to acme-ca")


def test_two_who_take_the_same_step_take_it_once(vouching: Gateway) -> None:
    acts = [trust.retire_root("acme-ca", None, vouching.office(by)) for by in ("anna", "berta")]
    vouching.record(acts[0])
    with pytest.raises(Fault, match="changed by somebody else"):
        vouching.record(acts[1])


def test_another_worker_knows_of_it(vouching: Gateway) -> None:
    with closing(reopened(vouching)) as other:
        (given,) = vouching.directory.refreshed().trust.grants
        assert other.examine(signed(order("PO-1"), SIGNER)).party == "globex"
        vouching.record(trust.end_grant(given.id, None, vouching.office("anna")))
        other.directory.refreshed()
        _refused(other, SIGNER, "unknown-signer")


def test_the_ledger_tells_of_roots_and_grants_as_they_are_kept(vouching: Gateway) -> None:
    posted(vouching, signed(order("PO-1"), SIGNER))
    assert verify_ledger(vouching.ledger, vouching.settings.origin, full=True).documents == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE trust_roots SET path_length = 3",
        "UPDATE trust_roots SET revocation = 'soft'",
        "UPDATE trust_grants SET partner = 'acme'",
        "UPDATE trust_steps SET actor = 'berta' WHERE type = 'trust.granted'",
        "DELETE FROM trust_steps WHERE type = 'trust.granted'",
    ],
)
def test_a_root_or_grant_that_was_changed_past_the_gateway_is_found(sqlite_gateway: Gateway, change: str) -> None:
    trusted(sqlite_gateway, ROOT)
    granted(sqlite_gateway, "globex", "subject", SUBJECT)
    with sqlite_gateway.engine.begin() as connection:
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE name LIKE 'trust%no_%'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(change))
    with pytest.raises(Unproven, match="root or grant"):
        verify_ledger(sqlite_gateway.ledger, sqlite_gateway.settings.origin, full=True)
