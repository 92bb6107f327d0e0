"""Evidence bundles: everything that argues a document's case offline, gathered from what was recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.ledger import checkpoint, note, proof
from edi_gateway.ledger.proven import Proven
from edi_gateway.ledger.stored import consistency_proof, inclusion_proof
from edi_gateway.model.moment import parse_timestamp
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.query import DocumentRecord, Payload
from edi_gateway.model.record import Entry
from edi_gateway.partners.enrolment import pem
from edi_gateway.receipts import bundle
from edi_gateway.receipts import receipt as receipts
from edi_gateway.receipts.bundle_readme import readme
from edi_gateway.receipts.evidence_report import evidence_report
from edi_gateway.receipts.receipt import Receipt
from edi_gateway.syntax import json
from edi_gateway.workflows.acknowledge import receipt, sign_head
from edi_gateway.workflows.check_evidence import Trust, check_evidence
from edi_gateway.workflows.check_vouched import pem_of
from edi_gateway.workflows.evidence_key import revocation_files, signing_key
from edi_gateway.workflows.kept_heads import KeptHeads
from edi_gateway.workflows.notary import OutOfReach
from edi_gateway.workflows.ports import Archive, DirectorySource
from edi_gateway.workflows.record import Recorder
from edi_gateway.workflows.rotate import keys_text
from edi_gateway.workflows.trust_ports import Revocations
from edi_gateway.workflows.verify_again import verify_again


@dataclass(frozen=True, slots=True)
class Attested:
    """A signed checkpoint, and what others than the ledger say of it: files of the bundle, by their names.

    What a kind of file says is checked by its row in `check_evidence.ATTESTATIONS`.
    """

    size: int
    note: bytes
    files: Mapping[str, bytes]


def merged(*attested: Sequence[Attested]) -> tuple[Attested, ...]:
    """All of them, smallest first; what several say of one checkpoint is put together."""
    found: dict[int, Attested] = {}
    for one in sorted(chain.from_iterable(attested), key=lambda one: one.size):
        before = found.get(one.size)
        found[one.size] = replace(one, files={**before.files, **one.files}) if before else one
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Sources:
    """Where evidence comes from. `attest` gives, for the size of a tree, checkpoints of at least that size which
    somebody else vouches for, smallest first; `kept` has those that the ledger signed while its keys were at hand."""

    archive: Archive
    directory: DirectorySource
    recorder: Recorder
    attest: Callable[[int], Sequence[Attested]]
    kept: KeptHeads
    revocations: Revocations


def gather(sources: Sources, id: str, party: str | None = None) -> bytes | None:
    """The evidence bundle of a document that `party` may see, checked by ourselves; None where there is none.

    After the receipt's own checkpoint it has those that others vouch for, and the ledger's newest. Where a private key
    is out of reach, these are the first with the document that was kept, and the newest. Raises Fault (OutOfReach where
    none was), and Unproven for a store that was tampered with.
    """
    kept = _kept(sources.archive, id, party)
    if kept is None:
        return None
    record = kept.record
    try:
        # Before the newest head is asked for: that one is then no older.
        given = receipts.parse(_receipt(sources, record.index))
        later = _later(sources, _own_size(given))
    except LookupError:
        return None  # erased since we looked
    statement = _object(given.statement)
    key = signing_key(sources.directory, kept.payload, statement)
    events = _key_events(sources, record.sender, key, later[-1].size)
    files = (
        _claims(given)
        | _business(kept, statement, key, events)
        | revocation_files(sources.revocations, key.vouched)
        | _checkpoints(sources.recorder, given, later)
        | _event_receipts(sources.recorder, events, later[-1])
    )
    packed = bundle.pack(files)
    check_evidence(packed, Trust(keys_text(sources.recorder.notary.keys)))
    return packed


class _Kept(NamedTuple):
    """All that is stored of a document: its record, what arrived, and what validation said."""

    record: DocumentRecord
    payload: Payload
    report: bytes


def _kept(archive: Archive, id: str, party: str | None) -> _Kept | None:
    record = archive.document(id, party)
    payload, report = (archive.payload(id), archive.report(id)) if record else (None, None)
    return _Kept(record, payload, report) if record and payload and report else None


def _receipt(sources: Sources, index: int) -> bytes:
    recorder = sources.recorder
    try:
        return recorder.receipt_again(index)
    except OutOfReach:
        kept = sources.kept.first_from(index + 1)
        if kept is None:
            raise
        entry, head = recorder.ledger.entry(index), recorder.memory.at(kept.size)
        path = inclusion_proof(recorder.ledger, index, head.size)
        return receipt(recorder.notary, entry, path, head, kept.note)


def _own_size(given: Receipt) -> int:
    return checkpoint.parse(note.text_of(proof.parse(given.proof.encode()).checkpoint)).size


def _claims(given: Receipt) -> dict[str, bytes]:
    return {
        bundle.RECEIPT: receipts.to_json(given),
        bundle.PROOF: given.proof.encode(),
        bundle.STATEMENT: given.statement,
    }


def _business(kept: _Kept, statement: Mapping[str, Any], key: PartnerKey, events: Sequence[Entry]) -> dict[str, bytes]:
    """What arrived, what of it is signed, by which key, and what was found."""
    record, payload, report = kept
    key = key.as_of(record.index)
    received_at = parse_timestamp(statement["receivedAt"])
    try:
        verified = verify_again(payload.body, payload.headers, received_at, key)
    except Rejection as error:
        raise Unproven(f"the transmission of {record.id} does not verify anew: {error.detail}") from error
    described, findings = _described(key, events, record.index), _object(report)["findings"]
    content_type = _object(payload.headers).get("content-type", "")
    return {
        bundle.README: readme(statement, content_type, certificate=key.certificate is not None),
        bundle.BODY: payload.body,
        bundle.HEADERS: payload.headers,
        bundle.DOCUMENT: verified.content,
        bundle.CERTIFICATES: pem_of((*key.vouched.chain, key.vouched.root.certificate)) if key.vouched else pem(key),
        bundle.REPORT: evidence_report(statement, described, key.valid_at(received_at), findings),
    }


def _described(key: PartnerKey, events: Sequence[Entry], index: int) -> dict[str, Any]:
    """The key as its enrolment describes it, or the root and the grant by which it was vouched for."""
    if key.vouched is None:
        return dict(_object(events[0].statement)["key"])
    told = [_object(event.statement) for event in events if event.index < index]
    named = {name: statement[name] for statement in told for name in ("root", "grant") if name in statement}
    return {"fingerprint": key.fingerprint, "partner": key.partner} | named


def _later(sources: Sources, size: int) -> list[Attested]:
    """The checkpoints that the bundle has after the receipt's own, which is of that size."""
    attested = list(sources.attest(size))
    head = sources.recorder.memory.newest()
    if not attested or attested[-1].size < head.size:
        attested += _newest(sources, head, attested[-1].size if attested else size - 1)
    return attested


def _newest(sources: Sources, head: Proven, above: int) -> list[Attested]:
    """The newest checkpoint, if there is one of a tree larger than `above`."""
    try:
        return [Attested(head.size, sign_head(sources.recorder.notary, head), {})]
    except OutOfReach:
        kept = sources.kept.newest()
        return [Attested(kept.size, kept.note, {})] if kept and kept.size > above else []


def _key_events(sources: Sources, partner: str, key: PartnerKey, size: int) -> list[Entry]:
    """What the tree of that size holds of a key, or of root and grant, oldest first: how it came to be trusted."""
    if key.vouched:
        indices = sorted(step.index for step in (*key.vouched.root.steps, *key.vouched.grant.steps))
    else:
        told = sources.archive.key_events(partner)
        indices = [one.index for one in told if _object(one.statement)["key"]["fingerprint"] == key.fingerprint]
    events = [sources.recorder.ledger.entry(index) for index in indices if index < size]
    if not events:
        raise Unproven(f"the ledger does not hold the enrolment of the key {key.fingerprint}")
    return events


def _event_receipts(recorder: Recorder, events: Sequence[Entry], newest: Attested) -> dict[str, bytes]:
    """Not the receipts given first, but proofs in the newest tree: what holds for one checkpoint holds for all."""
    head = recorder.memory.at(newest.size)
    paths = {event.index: inclusion_proof(recorder.ledger, event.index, head.size) for event in events}
    return {
        bundle.event_file(event.index, event.type): receipt(
            recorder.notary, event, paths[event.index], head, newest.note
        )
        for event in events
    }


def _checkpoints(recorder: Recorder, given: Receipt, later: Sequence[Attested]) -> dict[str, bytes]:
    """The receipt's own, then each later one with the proof that it grew from the one before."""
    own = proof.parse(given.proof.encode()).checkpoint
    files = {bundle.RECEIPT_CHECKPOINT: own}
    before = _own_size(given)
    for one in later:
        files[bundle.checkpoint_file(one.size)] = one.note
        path = consistency_proof(recorder.ledger, before, one.size)
        files[bundle.consistency_file(one.size)] = proof.marshal_path(path)
        files |= one.files
        before = one.size
    return files


def _object(text: bytes) -> dict[str, Any]:
    value: Any = json.parse(text)
    return dict(value)
