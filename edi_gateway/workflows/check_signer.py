"""The signer's side of an evidence bundle: whose key it was, that it signed, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.partner import KeyStep, PartnerKey, Term
from edi_gateway.model.transmission import Verified
from edi_gateway.partners.enrolment import pem, pem_blocks, read_key
from edi_gateway.receipts import bundle
from edi_gateway.receipts.bundle import naming
from edi_gateway.receipts.evidence_report import evidence_report
from edi_gateway.receipts.statement import digest, vouched_json
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue, canonical
from edi_gateway.workflows.check import CheckedReceipt
from edi_gateway.workflows.key_steps import is_enrolment, purpose, step
from edi_gateway.workflows.verify_again import verify_again

Statement = Mapping[str, JsonValue]


NOTICED = timedelta(minutes=1)
"""By then every worker knows of a key's end, and nothing that was judged before waits to be recorded."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signed, as the ledger knew it when the document was recorded, and what became of it `later`.

    `events` are those of before, the enrolment first.
    """

    key: PartnerKey
    events: tuple[CheckedReceipt, ...]
    received_at: datetime
    later: tuple[CheckedReceipt, ...] = ()

    @property
    def enrolment(self) -> CheckedReceipt:
        return self.events[0]

    @property
    def described(self) -> Mapping[str, JsonValue]:
        """The key as its enrolment describes it, or the root and the grant by which it was vouched for."""
        if self.key.vouched is None:
            described = self.enrolment.statement["key"]
            assert isinstance(described, dict)
            return described
        first = (event.statement for event in self.events)
        told = {name: statement[name] for statement in first for name in ("root", "grant") if name in statement}
        return {"fingerprint": self.key.fingerprint, "partner": self.key.partner} | told

    @property
    def valid(self) -> bool:
        """Whether it was valid when the document was received."""
        return self.key.valid_at(self.received_at)


def member(statement: Statement, *names: str) -> str:
    """The text at this place of a statement. Raises Unproven where there is none."""
    value: Any = statement
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, str):
        raise Unproven(f"the statement has no {'.'.join(names)}")
    return value


def check_signer(files: Mapping[str, bytes], receipt: CheckedReceipt, events: Sequence[CheckedReceipt]) -> Signer:
    """The key in the bundle is the one that the statement names, and the ledger held its enrolment before.

    Raises Unproven, naming the file.
    """
    with naming(bundle.STATEMENT):
        fingerprint, sender = member(receipt.statement, "signature", "key"), member(receipt.statement, "sender")
        received_at = _moment(receipt.statement, "receivedAt")
    steps = []
    for event in events:
        with naming(bundle.event_file(event.receipt.index, member(event.statement, "type"))):
            steps.append(step(event.receipt.index, event.statement))
            _check_event(event.statement, fingerprint, sender)
    known = tuple(event for event in events if event.receipt.index < receipt.receipt.index)
    if [is_enrolment(event.statement) for event in known[:1]] != [True]:
        raise Unproven(f"{bundle.EVENTS}: the enrolment of the key {fingerprint} before the document is missing")
    with naming(bundle.CERTIFICATES):
        key = _read_keys(files[bundle.CERTIFICATES], [event.statement for event in known], steps[: len(known)])
    if not key.approved:
        raise Unproven(f"{bundle.EVENTS}: the key {fingerprint} was only proposed when the document was recorded")
    return Signer(key, known, received_at, tuple(events[len(known) :]))


def _check_event(statement: Statement, fingerprint: str, partner: str) -> None:
    if member(statement, "key", "fingerprint") != fingerprint or member(statement, "key", "partner") != partner:
        raise Unproven("the event is of another key than the one that signed, or of another partner's")


def _read_keys(file: bytes, events: Sequence[Statement], steps: Sequence[KeyStep]) -> PartnerKey:
    """The key as its enrolment and later events tell of it: in the file are the certificates that they name."""
    enrolled, *renewed = pem_blocks(file) or [file]
    described = [_object(event.get("key")) for event in events]
    told = [
        replace(step, term=_term(each, renewed)) if step.type == "key.renewed" else step
        for step, each in zip(steps, described, strict=True)
    ]
    key = replace(_read_key(enrolled, described[0]), purpose=purpose(described[0]), steps=tuple(told))
    if pem(key) != file:
        raise Unproven("the file holds more than the key, or writes it in another way than the gateway does")
    return key


def _term(described: Statement, renewed: list[bytes]) -> Term:
    if "certificate" not in described:
        return Term(None, *_window(described))
    return _read_key(renewed.pop(0) if renewed else b"", described).terms[0]


def _read_key(file: bytes, described: Statement) -> PartnerKey:
    window = _window(described)
    try:
        key = read_key(file, member(described, "partner"), *window)
    except ValueError as error:
        raise Unproven(str(error)) from error
    if key.fingerprint != described.get("fingerprint"):
        raise Unproven("the file holds another key than the one that was enrolled")
    if (digest(key.certificate) if key.certificate else None) != described.get("certificate"):
        raise Unproven("the file holds another certificate than the one that was enrolled")
    if (key.valid_from, key.valid_until) != window:
        raise Unproven("the window of the key is not within that of its certificate")
    return key


def _window(described: Statement) -> tuple[datetime | None, datetime | None]:
    since, until = (_moment(described, name) if name in described else None for name in ("from", "until"))
    return since, until


def _object(value: JsonValue) -> Statement:
    return value if isinstance(value, dict) else {}


def check_transmission(files: Mapping[str, bytes], statement: Statement, signer: Signer) -> None:
    """What arrived is what the statement names, and its signature verifies anew. Raises Unproven, naming the file."""
    for name, what in ((bundle.BODY, "transmission"), (bundle.HEADERS, "headers"), (bundle.DOCUMENT, "document")):
        with naming(name):
            if digest(files[name]) != member(statement, "digests", what):
                raise Unproven(f"has another digest than the statement names for the {what}")
    try:
        verified = verify_again(files[bundle.BODY], files[bundle.HEADERS], signer.received_at, signer.key)
    except Rejection as error:
        raise Unproven(f"{bundle.BODY}: the signature does not verify anew: {error.detail}") from error
    if verified.content != files[bundle.DOCUMENT]:
        raise Unproven(f"{bundle.DOCUMENT}: is not what the signature covers")
    if statement.get("signature") != described(verified):
        raise Unproven(f"{bundle.STATEMENT}: describes another signature than the one in {bundle.BODY}")


def described(verified: Verified) -> dict[str, JsonValue]:
    """The signature as its statement has it."""
    described: dict[str, JsonValue] = {
        "format": verified.format,
        "algorithm": verified.algorithm,
        "key": verified.key.fingerprint,
    }
    if verified.key.vouched:
        described["trust"] = vouched_json(verified.key.vouched)
    return described | ({"signedAt": timestamp(verified.signed_at)} if verified.signed_at else {})


def check_verdict(files: Mapping[str, bytes], statement: Statement, signer: Signer) -> None:
    """Verdict, findings and the key's window agree, and the report says so. Raises Unproven, naming the file."""
    with naming(bundle.STATEMENT):
        _check_window(statement, signer)
    with naming(bundle.REPORT):
        findings = _findings(files[bundle.REPORT])
        if digest(canonical(findings)) != member(statement, "validation", "findings"):
            raise Unproven("the report does not have the findings that the statement names")
        if evidence_report(statement, signer.described, signer.valid, findings) != files[bundle.REPORT]:
            raise Unproven("the report says something else than the statements that it is made of")


def _check_window(statement: Statement, signer: Signer) -> None:
    validation = statement.get("validation")
    code = validation.get("code") if isinstance(validation, dict) else None
    # Of somebody suspended, nothing else was looked at.
    if code == "partner-suspended":
        return
    refused = code == "key-not-valid"
    if signer.valid == refused and not _noticed_late(signer, refused):
        valid = "was" if signer.valid else "was not"
        raise Unproven(f"the verdict can't be right: the key {valid} valid at {timestamp(signer.received_at)}")
    if code != "key-not-valid" and (signer.key.purpose == "document-signature") == (code == "key-purpose"):
        raise Unproven(f"the verdict can't be right: the key is for {signer.key.purpose}")


def _noticed_late(signer: Signer, refused: bool) -> bool:
    """Whether the verdict was right without what is so new that the worker which judged can't be asked to know of it:
    the end of a key that it accepted, the renewal of one that it refused."""
    at = signer.received_at
    new = [event.receipt.index for event in signer.events if at < _moment(event.statement, "recordedAt") + NOTICED]
    steps = tuple(
        one
        for one in signer.key.steps
        if one.index not in new or not (one.type == "key.renewed" if refused else one.applies_from)
    )
    return replace(signer.key, steps=steps).valid_at(at) != refused


def _findings(report: bytes) -> JsonValue:
    try:
        value = json.parse(report)
        findings = value.get("findings") if isinstance(value, dict) else None
        canonical(findings)
    except (Rejection, TypeError, ValueError) as error:
        raise Unproven("the report is not JSON of the form that the gateway writes") from error
    return findings


def _moment(members: Statement, name: str) -> datetime:
    try:
        return parse_timestamp(member(members, name))
    except ValueError as error:
        raise Unproven(f"{name} is not a moment") from error
