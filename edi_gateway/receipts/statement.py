"""What the gateway says it did: statements, and the commitments to them that go into the ledger.

A statement is begun as a draft while nothing is locked, and completed where its place in the party's chain is known.
It holds strings, integers, booleans, lists and objects only, so that its canonical form (RFC 8785) is sorted keys
without white space; what isn't known is left out, never null.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from edi_gateway.model.contract import ContractCopy, ContractRecord
from edi_gateway.model.document import Document, Finding, Location, Ruleset
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import ENROLMENTS, KeyEvent, Partner, PartnerEvent, PartnerKey, Term
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.model.trust import Standing, Vouched
from edi_gateway.syntax.json import canonical

SALT_SIZE = 32
"""Bytes of salt: enough that a commitment tells nothing to whoever guesses at the statement."""

_VERSION = b"\x01"

DocumentEvent = Literal["document.accepted", "document.rejected", "document.conflict"]
ActEvent = Literal[
    "document.erased",
    "document.held",
    "document.released",
    "ledger.anchored",
    "ledger.continued",
    "ledger.forked",
    "ledger.key-added",
    "ledger.key-rotated",
    "party.stated",
    "trail.stated",
    "trust.added",
    "trust.approved",
    "trust.ended",
    "trust.granted",
    "trust.proposed",
    "trust.retired",
]


def commit(statement: bytes, salt: bytes) -> bytes:
    """The ledger's entry for a canonical statement, 33 bytes: 0x01 ‖ HMAC-SHA-256(salt, statement)."""
    if len(salt) != SALT_SIZE:
        raise ValueError(f"a salt has {SALT_SIZE} bytes")
    return _VERSION + hmac.digest(salt, statement, "sha256")


def digest(data: bytes) -> str:
    """`sha256:` and lower-case hex: how statements name bytes."""
    return "sha256:" + sha256(data).hexdigest()


_NO_FINDINGS = digest(b"[]")


def headers_bytes(transmission: Transmission) -> bytes:
    """The request's headers as canonical JSON, the form in which they are kept and digested."""
    return canonical(dict(transmission.headers))


def document_statement(
    type: DocumentEvent,
    *,
    id: str,
    origin: str,
    transmission: Transmission,
    verified: Verified,
    receiver: str | None = None,
    document: Document | None = None,
    findings: Sequence[Finding] = (),
    ruleset: Sequence[Ruleset] = (),
    code: str | None = None,
    parties: Sequence[str] = (),
) -> dict[str, Any]:
    """Draft what became of a transmission whose sender is identified.

    `receiver` is a partner's id, `code` the reason of a refusal, `document` what could be read, however little;
    `parties` are the ids of all partners that a contract is between.
    """
    return _present(
        type=type,
        id=id,
        origin=origin,
        receivedAt=timestamp(transmission.received_at),
        sender=verified.key.partner,
        receiver=receiver,
        document=_document(document, parties) if document else None,
        digests=_digests(transmission, verified),
        signature=_present(
            format=verified.format,
            algorithm=verified.algorithm,
            key=verified.key.fingerprint,
            signedAt=_moment(verified.signed_at),
            trust=vouched_json(verified.key.vouched) if verified.key.vouched else None,
        ),
        validation=_verdict(
            type.removeprefix("document."),
            code,
            findings,
            [{"name": rules.name, "version": rules.version} for rules in ruleset],
        ),
    )


def _digests(transmission: Transmission, verified: Verified) -> dict[str, str]:
    return {
        "transmission": digest(transmission.body),
        "headers": digest(headers_bytes(transmission)),
        "document": f"sha256:{(verified.sha256 or sha256(verified.content).digest()).hex()}",
    }


def vouched_json(vouched: Vouched) -> dict[str, Any]:
    """Why a key that nobody enrolled named the sender: the digests bind certificates, CRLs and OCSP responses."""
    return {"root": vouched.root.name, "grant": vouched.grant.id, "chain": list(map(_standing, vouched.standings))}


def _standing(one: Standing) -> dict[str, Any]:
    return _present(
        certificate=one.certificate,
        status=one.status,
        source=one.source,
        asOf=_moment(one.as_of),
        revokedAt=_moment(one.revoked_at),
    )


def disputed(draft: Mapping[str, Any], findings: Sequence[Finding], code: str) -> dict[str, Any]:
    """The draft of an accepted document as that of a conflict: the same document, with another verdict."""
    verdict = _verdict("conflict", code, findings, draft["validation"]["ruleset"])
    return {**draft, "type": "document.conflict", "validation": verdict}


def partner_statement(
    type: PartnerEvent, partner: Partner, *, id: str, origin: str, by: str | None = None
) -> dict[str, Any]:
    """Draft what an officer decided about a partner; `by` names who, where it is known."""
    described = {"id": partner.id, "name": partner.name, "identifiers": [str(each) for each in partner.identifiers]}
    return _present(type=type, id=id, origin=origin, by=by, partner=described)


def profile_statement(
    partner: Partner, profile: Mapping[str, object], *, id: str, origin: str, by: str | None = None, **facts: object
) -> dict[str, Any]:
    """Draft a version of a partner's profile: its number and its digest, and in `facts` what was changed, and why."""
    described = {"id": partner.id}
    return _present(
        type="partner.profiled", id=id, origin=origin, by=by, partner=described, profile=dict(profile), **facts
    )


def key_statement(
    type: KeyEvent,
    key: PartnerKey,
    *,
    id: str,
    origin: str,
    by: str | None = None,
    applies_from: datetime | None = None,
    term: Term | None = None,
    **facts: object,
) -> dict[str, Any]:
    """Draft a step in the life of a partner's key. Its enrolment describes it, with the digest of its certificate; a
    renewal describes its `term` in the same way.

    A key that signs documents has no `purpose` there: it was the only one when the first of these were written.
    """
    described = {"fingerprint": key.fingerprint, "partner": key.partner}
    if type in ENROLMENTS:
        term = key.terms[0]
        described |= _present(purpose=key.purpose if key.purpose != "document-signature" else None)
    if term:
        described |= term_json(term)
    return _present(type=type, id=id, origin=origin, by=by, key=described, appliesFrom=_moment(applies_from), **facts)


def term_json(term: Term) -> dict[str, Any]:
    """A key's term as statements describe it: the digest of its certificate, its window."""
    return _present(
        until=_moment(term.valid_until),
        certificate=digest(term.certificate) if term.certificate else None,
        **{"from": _moment(term.valid_from)},
    )


def act_statement(type: ActEvent, *, id: str, origin: str, by: str | None = None, **facts: object) -> dict[str, Any]:
    """Draft what was done to the ledger, or to a document in it; `facts` are the members that say what."""
    return _present(type=type, id=id, origin=origin, by=by, **facts)


def complete(
    draft: dict[str, Any], recorded_at: datetime, party: str, sequence: int, previous: bytes | None
) -> dict[str, Any]:
    """Give a draft its moment and its link in the party's chain: gapless from 1, each naming the leaf hash before it.

    Raises ValueError where the link can't be: only the first entry has no predecessor.
    """
    if sequence < 1 or (previous is None) != (sequence == 1):
        raise ValueError(f"entry {sequence} of {party!r} and its predecessor do not fit together")
    chain = _present(party=party, sequence=sequence, previous=b64encode(previous).decode() if previous else None)
    return {**draft, "recordedAt": timestamp(recorded_at), "chain": chain}


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as answers show it and statements digest it."""
    return _present(
        rule=finding.rule,
        severity=finding.severity,
        stage=finding.stage,
        terms=list(finding.terms) or None,
        message=finding.message,
        expected=finding.expected,
        actual=finding.actual,
        locations=[_location(location) for location in finding.locations] or None,
        help=f"/rules/{finding.rule}",
    )


def findings_digest(findings: Sequence[Finding]) -> str:
    """The digest of the canonical JSON list of findings, in their order."""
    return digest(canonical([finding_json(finding) for finding in findings])) if findings else _NO_FINDINGS


def _verdict(outcome: str, code: str | None, findings: Sequence[Finding], ruleset: object) -> dict[str, Any]:
    return _present(outcome=outcome, code=code, findings=findings_digest(findings), ruleset=ruleset)


def _document(document: Document, parties: Sequence[str]) -> dict[str, Any]:
    return _present(
        format=document.format,
        type=document.type,
        number=document.number,
        issueDate=document.issue_date.isoformat() if document.issue_date else None,
        contract=_contract(document.contract, parties) if document.contract and parties else None,
    )


def _contract(contract: ContractRecord | ContractCopy, parties: Sequence[str]) -> dict[str, Any]:
    """The digest of what all parties sign alike: equal ones, signed by each of the parties, are a contract. A PDF
    `signs` what its record says."""
    if isinstance(contract, ContractCopy):
        return {"pdf": f"sha256:{contract.pdf}", "signs": contract.terms}
    pdf = contract.terms.pdf
    return _present(terms=contract.terms.digest, parties=list(parties), pdf=f"sha256:{pdf}" if pdf else None)


def _location(location: Location) -> dict[str, Any]:
    return _present(xpath=location.xpath, pointer=location.pointer, line=location.line)


def _moment(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None


def _present(**members: object) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
