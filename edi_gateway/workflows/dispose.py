"""What officers do to documents that are kept: erase them, forbid erasing them, and see which ones are due."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from edi_gateway.errors import Misuse
from edi_gateway.model.document import DocumentType
from edi_gateway.model.period import Period
from edi_gateway.model.query import DocumentRecord, Erasure
from edi_gateway.model.record import LEDGER, Act, Custody, CustodyEvent
from edi_gateway.receipts.statement import act_statement
from edi_gateway.workflows.enrol import Office, words
from edi_gateway.workflows.ports import Archive, Ledger


class Unknown(Misuse):
    """There is no such document."""


class Gone(Misuse):
    """The document has been erased already; `erasure` says by which entry."""

    def __init__(self, erasure: Erasure) -> None:
        super().__init__(f"The document {erasure.id} was erased: entry {erasure.erased_by} of the ledger says why.")
        self.erasure = erasure


class OnHold(Misuse):
    """A hold is on the document: it can't be erased, nor held a second time."""


class NotOnHold(Misuse):
    """There is no hold on the document that could be released."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that is there: its record, the leaf hash of its entry, and whether a hold is on it."""

    record: DocumentRecord
    leaf_hash: bytes
    held: bool


def find(id: str, archive: Archive, ledger: Ledger) -> Kept:
    """Raises Unknown, Gone and Fault."""
    record = archive.document(id)
    if record is None:
        if erasure := archive.erasure(id):
            raise Gone(erasure)
        raise Unknown(f"There is no document {id}.")
    (leaf,) = ledger.leaves(record.index, record.index + 1)
    return Kept(record, leaf, archive.held(id))


def erase(kept: Kept, reason: str, authority: str, office: Office) -> Act:
    """Erase a document, for a reason, on the authority of somebody or something. Raises OnHold, and Misuse.

    Recorded in its sender's chain: it explains why an entry there has no statement any more.
    """
    if kept.held:
        raise OnHold(f"The document {kept.record.id} is on hold: release it first.")
    facts = {"reason": words(reason, "reason"), "authority": words(authority, "authority")}
    return _act("document.erased", kept, kept.record.sender, office, facts)


def hold(kept: Kept, reason: str, office: Office) -> Act:
    """Forbid to erase a document. Raises OnHold, and Misuse.

    Recorded in the ledger's own chain: why a document may matter in a dispute isn't told to the parties of it.
    """
    if kept.held:
        raise OnHold(f"The document {kept.record.id} is on hold already.")
    return _act("document.held", kept, LEDGER, office, {"reason": words(reason, "reason")})


def release(kept: Kept, office: Office) -> Act:
    """Take a document's hold away. Raises NotOnHold."""
    if not kept.held:
        raise NotOnHold(f"The document {kept.record.id} is not on hold.")
    return _act("document.released", kept, LEDGER, office, {})


def classes(retention: Mapping[str, str]) -> dict[str, Period]:
    """How long documents of each type are kept, as the settings have it. Raises Misuse."""
    if unknown := retention.keys() - set(get_args(DocumentType)):
        raise Misuse(f"retention: {', '.join(sorted(unknown))} is none of {', '.join(get_args(DocumentType))}.")
    try:
        return {type: Period.parse(period) for type, period in retention.items()}
    except ValueError as error:
        raise Misuse(f"retention: {error}.") from error


def due(archive: Archive, retention: Mapping[str, Period], at: datetime, limit: int) -> list[DocumentRecord]:
    """Accepted documents whose time of keeping is over at a moment, and that no hold is on, oldest first.

    A type that `retention` doesn't name is never due. Raises Fault.
    """
    return archive.due({type: period.before(at) for type, period in retention.items()}, limit)


def _act(kind: CustodyEvent, kept: Kept, party: str, office: Office, facts: Mapping[str, str]) -> Act:
    entry = {
        "id": kept.record.id,
        "index": kept.record.index,
        "leafHash": b64encode(kept.leaf_hash).decode("ascii"),
    }
    draft = act_statement(kind, id=office.uid, origin=office.origin, by=office.by, entry=entry, **facts)
    return Act(office.uid, party, draft, Custody(kind, kept.record.id))
