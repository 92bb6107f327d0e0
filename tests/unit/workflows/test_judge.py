"""The verdict on what is authentic: each way to be refused, the stage it stopped at, and what the ledger then says."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Fault, Rejection
from edi_gateway.gateway import Gateway
from edi_gateway.model.partner import Identifier, Partner, PartnerKey
from edi_gateway.model.record import Examined
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.partners.keyring import Directory, directory
from edi_gateway.signatures.policy import Policy
from edi_gateway.workflows.judge import Judgement, judge
from edi_gateway.workflows.receive import Desk, examine, identify
from tests.support import jws
from tests.support.gateway import (
    ACME_ID,
    GLOBEX_ID,
    NOW,
    certificate,
    contract,
    enrol,
    enrol_key,
    make_gateway,
    order,
    private_key,
    suspend,
    transmission,
)

HOUR = timedelta(hours=1)
ACME = Partner("acme", "Acme", (Identifier.parse(ACME_ID),))
GLOBEX = Partner("globex", "Globex", (Identifier.parse(GLOBEX_ID),))


def verified(content: bytes = b"", *, key: PartnerKey | None = None, **changes) -> Verified:
    key = key or jws.partner_key(private_key("acme"))
    facts = {"algorithm": "ecdsa-sha256", "digest": "sha256", "media_type": "application/json"} | changes
    return Verified("jws", content=content or contract(), key=key, **facts)


def judged(found: Verified, partners: tuple[Partner, ...] = (ACME, GLOBEX)) -> Judgement:
    return judge(found, NOW, directory(partners, [found.key]), Policy())


def findings(judgement: Judgement) -> list[tuple[str, str]]:
    return [(finding.rule, finding.stage) for finding in judgement.reading.findings]


def contract_with(**members: object) -> bytes:
    return json.dumps(json.loads(contract()) | members).encode()


def test_a_right_document_is_accepted_for_its_receiver():
    judgement = judged(verified())
    assert (judgement.code, judgement.detail, judgement.receiver) == (None, "", "globex")
    assert (findings(judgement), judgement.reading.reached) == ([], "link")


def test_a_suspended_signer_is_refused_whatever_the_document_is():
    suspended = Partner("acme", "Acme", ACME.identifiers, suspended=True)
    judgement = judged(verified(b"not even JSON"), (suspended, GLOBEX))
    assert judgement.code == "partner-suspended"
    assert findings(judgement) == [("GW-SIGNER-001", "signature")]
    assert judgement.reading.reached == "signature"


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        (None, None, None),
        (NOW, NOW + HOUR, None),
        (NOW + HOUR, None, "key-not-valid"),
        (None, NOW, "key-not-valid"),
        (NOW - 2 * HOUR, NOW - HOUR, "key-not-valid"),
    ],
)
def test_a_key_counts_only_at_the_moment_of_receipt(since, until, code):
    plain = jws.partner_key(private_key("acme"))
    key = PartnerKey(plain.fingerprint, "acme", plain.spki, None, since, until, public_key=plain.public_key)
    assert judged(verified(key=key)).code == code


@pytest.mark.parametrize(
    "weak",
    [
        {"algorithm": "ecdsa-sha1"},
        {"algorithm": "rsa-md5"},
        {"digest": "sha1"},
        {"digest": "md5"},
        {"key": jws.partner_key(jws.key("k256"))},
    ],
    ids=["ecdsa-sha1", "rsa-md5", "sha1", "md5", "secp256k1"],
)
def test_what_is_too_weak_is_refused_though_it_verifies(weak):
    judgement = judged(verified(**weak))
    assert (judgement.code, findings(judgement)) == ("algorithm-barred", [("GW-SIG-002", "signature")])


def test_a_key_that_will_soon_be_too_weak_earns_a_warning():
    judgement = judged(verified(key=jws.partner_key(jws.key("rsa")), algorithm="rsa-pss-sha256"))
    assert (judgement.code, findings(judgement)) == (None, [("GW-SIG-001", "signature")])


@pytest.mark.parametrize(
    ("content", "media_type", "code", "stage"),
    [
        (b"{", "application/json", "document-malformed", "wellformed"),
        (b"<a>", "application/xml", "document-malformed", "wellformed"),
        (b"<a/>", "application/xml", "document-unknown", "schema"),
        (b"%PDF-1.7", "application/pdf", "document-malformed", "wellformed"),
        (b"GIF89a", "image/gif", "document-unknown", "schema"),
        (b"\x00" * 10, "application/octet-stream", "document-unknown", "schema"),
    ],
)
def test_content_that_is_no_document_is_refused_at_the_stage_where_it_stopped(content, media_type, code, stage):
    judgement = judged(verified(content, media_type=media_type))
    assert (judgement.code, judgement.reading.document, judgement.reading.reached) == (code, None, stage)
    assert [finding.stage for finding in judgement.reading.findings] == [stage]
    assert judgement.detail


def test_a_document_that_breaks_its_schema_is_not_asked_for_its_parties():
    judgement = judged(verified(contract_with(currency="euro", sender="0088:nobody")))
    assert judgement.code == "document-invalid"
    assert {finding.stage for finding in judgement.reading.findings} == {"schema"}
    assert (judgement.receiver, judgement.reading.reached) == (None, "schema")


def test_a_document_that_somebody_else_should_have_signed_is_refused():
    judgement = judged(verified(contract_with(sender=GLOBEX_ID)))
    assert judgement.code == "party-mismatch"
    assert ("GW-PARTY-001", "link") in findings(judgement)


def test_a_document_for_somebody_unknown_is_refused():
    judgement = judged(verified(), (ACME,))
    assert (judgement.code, findings(judgement)) == ("party-mismatch", [("GW-PARTY-002", "link")])


def test_the_detail_says_how_many_findings_there_are():
    judgement = judged(verified(contract_with(currency="euro", version=0, issueDate="yesterday")))
    assert judgement.detail.endswith("And 2 more.")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    gateway = make_gateway(tmp_path)
    enrol(gateway, "acme", ACME_ID, certificate("acme"))
    enrol(gateway, "globex", GLOBEX_ID, certificate("globex"))
    yield gateway
    gateway.close()


def recorded(gateway: Gateway, arrived: Transmission) -> tuple[str | None, dict]:
    """The reason of the refusal, and the statement in the ledger."""
    found = gateway.record(gateway.examine(arrived))
    return found.submission.code, json.loads(found.receipt)["statement"]


def test_a_suspended_partner_is_refused_and_on_record_and_after_resuming_accepted(gateway: Gateway):
    suspend(gateway, "acme")
    code, statement = recorded(gateway, transmission(contract(), "acme", "jws"))
    assert (code, statement["sender"], statement["validation"]["code"]) == ("partner-suspended", "acme", code)
    suspend(gateway, "acme", False)
    assert recorded(gateway, transmission(contract(), "acme", "jws"))[0] is None


def test_a_document_that_comes_after_the_key_has_expired_is_refused_and_on_record(gateway: Gateway):
    late = transmission(contract(), "acme", "jws", at=NOW + timedelta(days=800))
    code, statement = recorded(gateway, late)
    assert (code, statement["type"], statement["signature"]["key"]) == (
        "key-not-valid",
        "document.rejected",
        jws.fingerprint(private_key("acme")),
    )


def test_a_document_signed_for_another_is_refused_and_on_record_under_the_signers_name(gateway: Gateway):
    code, statement = recorded(gateway, transmission(order(), "acme", "cms"))
    assert (code, statement["sender"]) == ("party-mismatch", "acme")


def test_a_signer_whom_nobody_knows_leaves_no_trace(gateway: Gateway):
    before = gateway.ledger.head()
    with pytest.raises(Rejection) as refusal:
        gateway.examine(transmission(contract(), "mallory", "jws"))
    assert refusal.value.code == "unknown-signer"
    assert gateway.ledger.head() == before


def test_a_signature_that_does_not_verify_leaves_no_trace(gateway: Gateway):
    arrived = transmission(contract(), "acme", "jws")
    head, payload, signature = arrived.body.split(b".")
    forged = Transmission(b".".join((head, payload[:-8] + b"AAAAAAAA", signature)), arrived.content_type, NOW)
    with pytest.raises(Rejection) as refusal:
        gateway.examine(forged)
    assert refusal.value.code == "signature-invalid"


def test_a_key_enrolled_a_moment_ago_by_somebody_else_is_known(gateway: Gateway):
    gateway.directory.current()
    enrol_key(gateway, "acme", jws.key("ed25519").public_key())
    body = jws.token({"alg": "EdDSA", "kid": jws.fingerprint(jws.key("ed25519"))}, jws.key("ed25519"), contract())
    assert gateway.examine(Transmission(body, "application/jose", NOW)).code is None


class Fixed:
    """A directory that is always the same; counts how often it was asked to look again."""

    def __init__(self, found: Directory) -> None:
        self.found = found
        self.asked = 0

    def current(self) -> Directory:
        return self.found

    def refreshed(self) -> Directory:
        self.asked += 1
        return self.found


def test_the_directory_is_read_anew_before_anybody_is_turned_away():
    source = Fixed(directory([ACME, GLOBEX], []))
    with pytest.raises(Rejection, match="unknown-signer"):
        identify(unwrap(transmission(contract(), "acme", "jws")), NOW, Desk("localhost/ledger", source, Policy()))
    assert source.asked == 1


def test_a_directory_that_cannot_be_read_is_a_fault_not_an_unknown_signer():
    class Broken(Fixed):
        def refreshed(self) -> Directory:
            raise Fault("the database cannot be read")

    desk = Desk("localhost/ledger", Broken(directory([], [])), Policy())
    with pytest.raises(Fault):
        examine(transmission(contract(), "acme", "jws"), "id", desk)


def test_a_signature_that_names_no_key_is_tried_with_those_of_the_claimed_sender(gateway: Gateway):
    body = jws.token({"alg": "ES256"}, private_key("acme"), contract())
    assert gateway.examine(Transmission(body, "application/jose", NOW)).party == "acme"


def test_whoever_claims_to_be_another_is_not_verified_with_the_others_key(gateway: Gateway):
    body = jws.token({"alg": "ES256"}, private_key("globex"), contract())
    with pytest.raises(Rejection, match="signature-invalid"):
        gateway.examine(Transmission(body, "application/jose", NOW))


def test_examined_side_by_side_each_gets_what_it_would_have_got_alone(gateway: Gateway):
    several = [
        transmission(contract(), "acme", "jws"),
        transmission(contract(), "mallory", "jws"),
        transmission(order("PO-7"), "globex", "cms"),
        Transmission(b"", "application/xml", NOW),
    ]
    first, unknown, third, empty = gateway.examine_together(several)
    assert isinstance(first, Examined)
    assert (first.party, first.reading) == ("acme", gateway.examine(several[0]).reading)
    assert isinstance(third, Examined)
    assert (third.party, third.reading) == ("globex", gateway.examine(several[2]).reading)
    assert [isinstance(one, Rejection) and one.code for one in (unknown, empty)] == ["unknown-signer", "not-xml"]
