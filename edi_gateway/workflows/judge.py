"""The verdict on an authentic document: may this partner sign like this, what does the document say, is it right?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from edi_gateway.documents.contract_terms import differing
from edi_gateway.documents.rulesets import Judging
from edi_gateway.documents.validate import validate
from edi_gateway.errors import Rejection
from edi_gateway.model.contract import ContractRecord, Offer
from edi_gateway.model.document import MAX_ECHO, Document, Finding, Location, Reading, Stage
from edi_gateway.model.moment import timestamp
from edi_gateway.model.record import Earlier, Examined
from edi_gateway.model.transmission import Verified
from edi_gateway.model.trust import Vouched
from edi_gateway.partners.keyring import Directory
from edi_gateway.partners.parties import check_receivers, check_sender, parties_of, receiver_of
from edi_gateway.signatures.policy import Policy
from edi_gateway.workflows.contract_copies import record_of
from edi_gateway.workflows.contract_ports import Contracts
from edi_gateway.workflows.cosigners import cosigners
from edi_gateway.workflows.terms import check_way, judge_signature
from edi_gateway.workflows.under_contract import check_contracts


@dataclass(frozen=True, slots=True)
class Judgement:
    """What validation found; `code` is None where the document is accepted, else `detail` says why not.

    `parties` are all partners that a contract is between.
    """

    reading: Reading
    receiver: str | None = None
    code: str | None = None
    detail: str = ""
    parties: tuple[str, ...] = ()


def judge(
    verified: Verified,
    received_at: datetime,
    directory: Directory,
    policy: Policy,
    peer: str = "",
    contracts: Contracts | None = None,
) -> Judgement:
    """Everything that can be said against an authentic document, or nothing. `peer` is the sender's address;
    `contracts` are asked for PDFs without a record inside, and where that was agreed on with the sender."""
    signer = directory.partners[verified.key.partner]
    judging = Judging(
        on=received_at.date(),
        profile=signer.profile,
        record_of=record_of(contracts, signer, directory) if contracts else None,
    )
    try:
        warnings = _signer(verified, received_at, directory, policy, peer)
        reading = validate(verified, judging)
    except Rejection as refusal:
        finding = _finding(refusal.code, refusal.detail)
        reading = Reading(document=None, findings=(finding,), ruleset=judging.agreed, reached=finding.stage)
        return Judgement(reading, code=refusal.code, detail=refusal.detail)
    findings, receiver, reached = (*warnings, *reading.findings), None, reading.reached
    if reading.document and not any(finding.refuses for finding in findings):
        findings += _parties(reading.document, verified, directory)
        receiver, reached = receiver_of(reading.document, directory), "link"
        if contracts is not None:
            between = (verified.key.partner, receiver)
            findings += check_contracts(reading.document, judging.profile, between, received_at, contracts)
    refusing = [finding for finding in findings if finding.refuses]
    # All of it anew: `replace` would cost as much as the rest of this.
    ruleset = (*reading.ruleset, *judging.agreed)
    reading = Reading(reading.document, findings, ruleset, reached, reading.truncated)
    parties = _between(reading.document, verified, directory) if not refusing else ()
    return Judgement(reading, receiver, _code(refusing), _summary(refusing), parties)


def _signer(
    verified: Verified, received_at: datetime, directory: Directory, policy: Policy, peer: str
) -> Sequence[Finding]:
    key, partner = verified.key, directory.partners[verified.key.partner]
    if partner.suspended:
        raise Rejection("partner-suspended")
    if partner.profile is not None:
        check_way(partner.profile, verified, peer)
    if not key.valid_at(received_at):
        raise Rejection("key-not-valid", f"The key {key.fingerprint} was not valid at {timestamp(received_at)}.")
    if key.purpose != "document-signature":
        raise Rejection("key-purpose", f"The key {key.fingerprint} is registered for another purpose: {key.purpose}.")
    standing = judge_standing(key.vouched, received_at) if key.vouched else ()
    warnings = (*standing, *judge_signature(partner.profile, verified, received_at, policy))
    return (*warnings, *cosigners(verified, received_at, directory, policy)) if verified.format == "pades" else warnings


def judge_standing(vouched: Vouched, received_at: datetime) -> tuple[Finding, ...]:
    """What a root wants to be known of the certificates below it: that none was revoked, when the document came."""
    if vouched.status == "good":
        return ()
    revoked = next((one for one in vouched.standings if one.status == "revoked"), None)
    if revoked and revoked.revoked_at:
        since = timestamp(revoked.revoked_at)
        raise Rejection("certificate-revoked", f"The certificate {revoked.certificate} was revoked as from {since}.")
    named = ", ".join(one.certificate for one in vouched.standings if one.status == "unknown")
    detail = f"Nothing that is kept tells whether these certificates were revoked by {timestamp(received_at)}: {named}."
    if vouched.root.revocation == "hard":
        raise Rejection("revocation-unknown", detail)
    return (Finding("GW-SIGNER-006", "warning", "signature", detail),)


def _parties(document: Document, verified: Verified, directory: Directory) -> tuple[Finding, ...]:
    signer = directory.partners[verified.key.partner]
    return check_sender(document, signer, directory) + check_receivers(document, directory)


def contradiction(one: Examined, earlier: Earlier) -> Judgement:
    """The verdict on a document that would have been accepted, if `earlier` had not been."""
    document = one.reading.document
    if document and (document.type, document.number) == (earlier.type, earlier.number):
        code, detail = "document-conflict", f"{earlier.type} {earlier.number} was accepted before as {earlier.id}."
    else:
        code, detail = "idempotency-key-reused", f"The Idempotency-Key was used before, for {earlier.id}."
    findings = (*one.reading.findings, _finding(code, detail))
    return Judgement(replace(one.reading, findings=findings), one.receiver, code, detail)


def dispute(one: Examined, offer: Offer) -> Judgement:
    """The verdict on a contract record that would have been accepted, if another party's were not there.

    Whoever is told is a party to that one as well, and so may know what it says.
    """
    said = one.contract
    # Where the key of what is stored encrypted can't be had, the digests still say that the two differ.
    members = differing(offer.content, said.content) if offer.content and isinstance(said, ContractRecord) else []
    named = f": {', '.join(members)}" if members else ""
    detail = f"{offer.sender} has signed version {offer.version} otherwise, as {offer.id}{named}."
    findings = (*one.reading.findings, _finding("contract-conflict", detail[:MAX_ECHO]))
    return Judgement(replace(one.reading, findings=findings), one.receiver, "contract-conflict", detail[:MAX_ECHO])


def _between(document: Document | None, verified: Verified, directory: Directory) -> tuple[str, ...]:
    """Whom a contract is between; nobody is asked for any other document."""
    return parties_of(document, verified.key.partner, directory) if document and document.contract else ()


# Every refusal has a finding: the stage at which it stopped, and a rule of our own to look up.
_RULES: dict[str, tuple[str, Stage]] = {
    "partner-suspended": ("GW-SIGNER-001", "signature"),
    "network-not-permitted": ("GW-SIGNER-007", "signature"),
    "document-not-permitted": ("GW-SIGNER-008", "signature"),
    "key-not-valid": ("GW-SIGNER-002", "signature"),
    "key-purpose": ("GW-SIGNER-003", "signature"),
    "certificate-revoked": ("GW-SIGNER-004", "signature"),
    "revocation-unknown": ("GW-SIGNER-005", "signature"),
    "algorithm-barred": ("GW-SIG-002", "signature"),
    "document-malformed": ("GW-DOC-100", "wellformed"),
    "pdf-limits": ("GW-PDF-001", "wellformed"),
    "document-unknown": ("GW-DOC-101", "schema"),
    "document-conflict": ("GW-LINK-001", "link"),
    "idempotency-key-reused": ("GW-LINK-002", "link"),
    "contract-conflict": ("GW-LINK-003", "link"),
}


def finding_of(refusal: Rejection) -> Finding:
    """What stands against content that isn't recorded; one that can't be unpacked can't be parsed either."""
    rule, stage = _RULES[refusal.code if refusal.code in _RULES else "document-malformed"]
    # A reader says that it was given no document; what can't be read any further, and from where, is the cause.
    line = refusal.line or getattr(refusal.__cause__, "line", None)
    return Finding(rule, "fatal", stage, refusal.detail, locations=(Location(line=line),) if line else ())


def _finding(code: str, detail: str) -> Finding:
    rule, stage = _RULES[code]
    return Finding(rule, "fatal", stage, detail)


def _code(refusing: Sequence[Finding]) -> str | None:
    if not refusing:
        return None
    return "party-mismatch" if all(f.rule.startswith("GW-PARTY-") for f in refusing) else "document-invalid"


def _summary(refusing: Sequence[Finding]) -> str:
    if not refusing:
        return ""
    return refusing[0].message + (f" And {len(refusing) - 1} more." if len(refusing) > 1 else "")
