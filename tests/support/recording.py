"""Submissions to the ledger without the cost of signing anything, and entries in bulk."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import cast

from edi_gateway.gateway import Gateway
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.tree import Growth, Head, grow, leaf_hash
from edi_gateway.model.document import Document, Finding, Party, Reading
from edi_gateway.model.moment import uuid7
from edi_gateway.model.partner import Identifier, Partner
from edi_gateway.model.record import Change, Entry, Examined, Link, Recorded, Submission
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.receipts.statement import commit, partner_statement
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.judge import Judgement
from edi_gateway.workflows.ports import Appending, Ledger
from edi_gateway.workflows.receive import examined as put_together
from edi_gateway.workflows.record import Recorder
from tests.support import jws
from tests.support.gateway import ORIGIN

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def new_id(at: datetime = NOW) -> str:
    return uuid7(at, secrets.token_bytes(10))


def examined(
    number: str | None = "PO-1",
    content: bytes | None = None,
    *,
    sender: str = "acme",
    code: str | None = None,
    idempotency_key: str | None = None,
    currency: str | None = "EUR",
    at: datetime = NOW,
) -> Examined:
    """A judged order of `sender`: accepted, or refused for the reason `code`. Its content follows from its number."""
    content = f"order {number}".encode() if content is None else content
    headers = {"content-type": "application/cms"} | ({"idempotency-key": idempotency_key} if idempotency_key else {})
    transmission = Transmission(b"signed: " + content, "application/cms", at, headers)
    verified = Verified(
        "cms", "application/xml", content, jws.partner_key(jws.key("p256", sender), sender), "ecdsa-sha256", "sha256"
    )
    document = Document("ubl-2.1-order", "order", Party(), (), number, currency=currency)
    findings = (Finding("GW-TEST-001", "fatal", "rules", "This is refused."),) if code else ()
    judgement = Judgement(Reading(document, findings, (), "link"), "globex", code, "Refused." if code else "")
    return put_together(transmission, new_id(at), ORIGIN, verified, judgement)


def added(id: str, identifier: str = "") -> Change:
    """The enrolment of a partner."""
    partner = Partner(id, id.title(), (Identifier.parse(identifier or f"test:{id}"),))
    uid = new_id()
    return Change(
        uid, "partner.added", partner, None, NOW, partner_statement("partner.added", partner, id=uid, origin=ORIGIN)
    )


def one(recorder: Recorder, submission: Submission) -> Recorded:
    (recorded,) = recorder.record([submission])
    assert isinstance(recorded, Recorded)
    return recorded


def entries_after(head: Head, count: int, *, party: str = "bulk", link: Link | None = None) -> list[Entry]:
    """That many entries of one party, to follow a head."""
    sequence = link.sequence if link else 0
    size = head.size + count
    return [_entry(head.size + n, sequence + n + 1, party, size) for n in range(count)]


def _entry(index: int, sequence: int, party: str, tree_size: int) -> Entry:
    statement, salt = b'{"n":%d}' % index, sha256(b"%d" % index).digest()
    entry = commit(statement, salt)
    id = str(index).zfill(36)
    return Entry(index, id, "test", party, sequence, statement, salt, entry, leaf_hash(entry), tree_size)


NOTHING = cast(Submission, object())
"""A submission with nothing to store besides its entry."""


def write(transaction: Appending, entries: Sequence[Entry]) -> Growth:
    growth = grow(transaction.head, [entry.leaf_hash for entry in entries])
    transaction.write(growth, [(entry, NOTHING) for entry in entries], NOW)
    return growth


def append_bulk(ledger: Ledger, count: int, party: str = "bulk") -> None:
    """Append entries with nothing behind them, in one commit."""
    with ledger.appending() as transaction:
        link = transaction.links([party]).get(party)
        write(transaction, entries_after(transaction.head, count, party=party, link=link))


def record(gateway: Gateway, *batch: Examined) -> list[Recorded]:
    recorded = gateway.recorder.record(batch)
    assert all(isinstance(one, Recorded) for one in recorded)
    return recorded


def check(gateway: Gateway, receipt: bytes) -> Checkpoint:
    """The checkpoint of a receipt that a stranger has checked."""
    return check_receipt(receipt, gateway.notary.verifier.vkey).checkpoint
