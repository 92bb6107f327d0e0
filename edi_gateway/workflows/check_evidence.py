"""Checking an evidence bundle as a stranger would: with the zip, what the checker trusts, and nothing else."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from edi_gateway.errors import Unproven
from edi_gateway.ledger import proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.keys import open_by
from edi_gateway.ledger.policy import Policy
from edi_gateway.receipts import bundle
from edi_gateway.receipts import receipt as receipts
from edi_gateway.receipts.bundle import naming
from edi_gateway.syntax.json import JsonValue
from edi_gateway.timestamps.token import Roots
from edi_gateway.workflows import check_life as told_life
from edi_gateway.workflows.check import CheckedReceipt, check_receipt
from edi_gateway.workflows.check_cosignatures import ENDING as COSIGNATURES
from edi_gateway.workflows.check_cosignatures import check_cosignatures
from edi_gateway.workflows.check_keys import Keys, keys_for, strangers, told
from edi_gateway.workflows.check_signer import Signer, check_signer, check_transmission, check_verdict, member
from edi_gateway.workflows.check_timestamps import ENDING as TIMESTAMP
from edi_gateway.workflows.check_timestamps import check_timestamp
from edi_gateway.workflows.check_vouched import check_code, check_vouched, is_vouched, points, used
from edi_gateway.workflows.points import EVIDENCE_NOT_CHECKED, Point


@dataclass(frozen=True, slots=True)
class Trust:
    """What a checker brings along.

    `vkey` may be several keys, see `ledger.keys`. Where it is None the bundle's own are used, and it only agrees with
    itself.

    Timestamps count under `tsa_roots`, and are looked at as from `at`. Where there is a `policy`, witnesses must have
    cosigned a later checkpoint, as many as it wants.
    """

    vkey: str | None = None
    tsa_roots: Roots = ()
    at: datetime | None = None
    policy: Policy | None = None


class Attestation(NamedTuple):
    """What a file in which somebody else vouches for a checkpoint was found to say.

    An open point takes the place of the one of the same code that says that there was nothing to check.
    """

    checked: tuple[Point, ...] = ()
    open: tuple[Point, ...] = ()


CheckAttestation = Callable[[str, Mapping[str, bytes], Mapping[int, bytes], Trust], Attestation]
"""The file's name, all files, the bundle's later checkpoints (signed notes, known to be the ledger's) by their sizes,
what the checker trusts. Raises Unproven unless the file says the truth of one of the checkpoints."""


def _timestamp(name: str, files: Mapping[str, bytes], notes: Mapping[int, bytes], trust: Trust) -> Attestation:
    return Attestation(*check_timestamp(name, files, notes, trust.tsa_roots, trust.at))


def _cosignatures(name: str, files: Mapping[str, bytes], notes: Mapping[int, bytes], trust: Trust) -> Attestation:
    return Attestation(*check_cosignatures(name, files, notes, trust.policy))


ATTESTATIONS: Mapping[str, CheckAttestation] = MappingProxyType({TIMESTAMP: _timestamp, COSIGNATURES: _cosignatures})
"""By the ending of the file's name, in `checkpoints/`. Without a row, a file is no part of a bundle.
The points `witnesses` and `trusted-time` are open until a row checks them."""


@dataclass(frozen=True, slots=True)
class CheckedEvidence:
    """A bundle that holds. Made by `check_evidence` alone. `checked` and `not_checked` say what that means; `warnings`
    what must not be overlooked, though nothing in it is a lie."""

    receipt: CheckedReceipt
    newest: Checkpoint
    checked: tuple[Point, ...]
    not_checked: tuple[Point, ...]
    warnings: tuple[str, ...] = ()


def check_evidence(data: bytes, trust: Trust) -> CheckedEvidence:
    """Check a bundle. Raises Unproven at the first lie, naming the file that tells it.

    (1) The receipt holds, in the form that the gateway writes; proof and statement are the receipt's.
    (2) The later checkpoints are the ledger's, and each grew from the one before.
    (3) The newest tree holds the enrolment of the signer's key, older than the document, and the key is in the bundle.
    (4) The transmission is the one that was received; its signature verifies anew, and covers the document.
    (5) Verdict and findings are those that were made, and agree with the key's window.
    (6) Whatever else others vouch for is true, and there is nothing in the bundle that nobody asked for.
    """
    files = bundle.unpack(data)
    if absent := bundle.missing(files):
        raise Unproven(f"{absent[0]}: is missing from the bundle")
    if len(files[bundle.README]) > bundle.MAX_README:
        raise Unproven(f"{bundle.README}: is longer than {bundle.MAX_README} bytes")
    keys = keys_for(files, trust.vkey)
    # (1)
    receipt = _receipt(files, trust, keys)
    # (2)
    later = _later(files, receipt, keys)
    # (3)
    newest = max(later)
    events = _events(files, trust, keys, files[bundle.checkpoint_file(newest)])
    signer = (check_vouched if is_vouched(receipt.statement) else check_signer)(files, receipt, events)
    # (4)
    check_transmission(files, receipt.statement, signer)
    # (5)
    check_verdict(files, receipt.statement, signer)
    _check_vouched_code(receipt.statement, signer)
    # (6)
    notes = {size: files[bundle.checkpoint_file(size)] for size in later}
    attested = _attestations(files, notes, trust)
    _nothing_else(files, {*_checkpoint_files(later), *used(signer)}, events)
    checked = (*_proved(receipt, signer, later[newest]), *(point for one in attested for point in one.checked))
    unknown = told([files[bundle.RECEIPT_CHECKPOINT], *notes.values()], keys)
    open_points = (*_left_open(checked, attested), *unknown)
    return CheckedEvidence(receipt, later[newest], checked, open_points, told_life.warnings(signer))


def _receipt(files: Mapping[str, bytes], trust: Trust, keys: Keys) -> CheckedReceipt:
    checked = _checked(bundle.RECEIPT, files, trust, keys)
    receipt = checked.receipt
    own = proof.parse(receipt.proof.encode()).checkpoint
    for name, content in (
        (bundle.STATEMENT, receipt.statement),
        (bundle.PROOF, receipt.proof.encode()),
        (bundle.RECEIPT_CHECKPOINT, own),
    ):
        if files[name] != content:
            raise Unproven(f"{name}: is not the one in {bundle.RECEIPT}")
    if member(checked.statement, "type") not in ("document.accepted", "document.rejected", "document.conflict"):
        raise Unproven(f"{bundle.RECEIPT}: is not the receipt of a document")
    return checked


def _checked(name: str, files: Mapping[str, bytes], trust: Trust, keys: Keys) -> CheckedReceipt:
    """A receipt in exactly the form in which the gateway writes it: how it is laid out would prove nothing."""
    with naming(name):
        checked = check_receipt(files[name], trust.vkey)
        if receipts.to_json(checked.receipt) != files[name]:
            raise Unproven("the receipt is laid out in another way than the gateway does")
        strangers(proof.parse(checked.receipt.proof.encode()).checkpoint, keys)
    return checked


def _later(files: Mapping[str, bytes], receipt: CheckedReceipt, keys: Keys) -> dict[int, Checkpoint]:
    """The later checkpoints by their sizes, each proved to have grown from the one before it."""
    found: dict[int, Checkpoint] = {}
    before = receipt.checkpoint
    for size in bundle.later_sizes(files):
        name, growth = bundle.checkpoint_file(size), bundle.consistency_file(size)
        with naming(name):
            # Not also by the key that the receipt names: it may have been retired since.
            found[size] = opened = open_by(files[name], keys.trusted)
            strangers(files[name], keys)
            if opened.size != size:
                raise Unproven(f"the checkpoint is of the tree of {opened.size}")
        if growth not in files:
            raise Unproven(f"{growth}: is missing from the bundle")
        with naming(growth):
            path = proof.parse_path(files[growth])
            proof.verify_consistency(before.size, size, before.root, opened.root, path)
        before = opened
    if not found:
        raise Unproven("checkpoints/: the newest checkpoint is missing from the bundle")
    return found


def _events(files: Mapping[str, bytes], trust: Trust, keys: Keys, newest: bytes) -> list[CheckedReceipt]:
    """The receipts of the key's events under the newest checkpoint, oldest first."""
    events = []
    for name in (name for name in files if name.startswith(bundle.EVENTS)):
        event = _checked(name, files, trust, keys)
        with naming(name):
            if proof.parse(event.receipt.proof.encode()).checkpoint != newest:
                raise Unproven("the event is not proved under the newest checkpoint of the bundle")
            if name != bundle.event_file(event.receipt.index, member(event.statement, "type")):
                raise Unproven(f"the event is entry {event.receipt.index}, or of another type")
        events.append(event)
    return sorted(events, key=lambda event: event.receipt.index)


def _attestations(files: Mapping[str, bytes], notes: Mapping[int, bytes], trust: Trust) -> list[Attestation]:
    attested = []
    for name in sorted(files):
        if check := _check_of(name):
            with naming(name):
                attested.append(check(name, files, notes, trust))
    witnessed = any(point.check == "witnesses" for one in attested for point in one.checked)
    if trust.policy and trust.policy.quorum and not witnessed:
        raise Unproven("checkpoints/: there are no cosignatures, but the policy wants witnesses")
    return attested


def _check_of(name: str) -> CheckAttestation | None:
    folder, _, _ = name.rpartition("/")
    return ATTESTATIONS.get("." + name.rpartition(".")[2]) if folder in ("checkpoints", "timestamps") else None


def _check_vouched_code(statement: Mapping[str, JsonValue], signer: Signer) -> None:
    validation = statement.get("validation")
    with naming(bundle.STATEMENT):
        check_code(signer, validation.get("code") if isinstance(validation, dict) else None)


def _checkpoint_files(later: Mapping[int, object]) -> set[str]:
    return {file(size) for size in later for file in (bundle.checkpoint_file, bundle.consistency_file)}


def _nothing_else(files: Mapping[str, bytes], asked: Set[str], events: Sequence[CheckedReceipt]) -> None:
    known = {bundle.event_file(event.receipt.index, member(event.statement, "type")) for event in events}
    for name in sorted(files.keys() - known - asked - set(bundle.REQUIRED)):
        if not _check_of(name):
            raise Unproven(f"{name}: is no part of an evidence bundle")


def _proved(receipt: CheckedReceipt, signer: Signer, newest: Checkpoint) -> tuple[Point, ...]:
    own = receipt.checkpoint
    enrolled, *life = points(signer) if signer.key.vouched else told_life.points(signer)
    return (
        *receipt.checked,
        Point("growth", f"The ledger of {newest.size} entries begins with all of that of {own.size}."),
        enrolled,
        Point("transmission", "Body and headers are those that the statement names."),
        Point("signature", "The signature in the body verifies anew with that key, and covers the document."),
        *life,
        Point("findings", "Outcome and findings are those that the statement names."),
    )


def _left_open(checked: Sequence[Point], attested: Sequence[Attestation]) -> tuple[Point, ...]:
    own = tuple(point for one in attested for point in one.open)
    told = {point.check for point in (*checked, *own)}
    return (*(point for point in EVIDENCE_NOT_CHECKED if point.check not in told), *own)
