"""Between the nouns and the rows of the tables."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

import orjson
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqlalchemy import Row

from edi_gateway.errors import Fault, Misuse
from edi_gateway.model.data_key import DataKey
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.partner import RENEWALS, KeyStep, PartnerKey, PublicKey, Term
from edi_gateway.model.profile import Profile
from edi_gateway.model.record import Entry, Examined, Remains
from edi_gateway.partners.profile_form import read_profile
from edi_gateway.receipts.statement import headers_bytes
from edi_gateway.storage.sealed_payloads import Sealable
from edi_gateway.storage.sealing import Contents


class DocumentKeys(NamedTuple):
    """What makes an accepted document the same as another, or contradict it."""

    sender: str
    type: str | None
    number: str | None
    digest: str
    idempotency_key: str | None


def document_keys(examined: Examined) -> DocumentKeys:
    document = examined.reading.document
    return DocumentKeys(
        sender=examined.party,
        type=document.type if document else None,
        number=document.number if document else None,
        digest=examined.digest,
        idempotency_key=examined.idempotency_key,
    )


def document_row(examined: Examined, index: int) -> dict[str, object]:
    document = examined.reading.document
    return {
        "id": examined.id,
        "leaf_index": index,
        "verdict": examined.verdict,
        "code": examined.code,
        "sender": examined.party,
        "receiver": examined.receiver,
        "format": document.format if document else None,
        "type": document.type if document else None,
        "number": _text(document.number) if document else None,
        "issue_date": document.issue_date.isoformat() if document and document.issue_date else None,
        "currency": _text(document.currency) if document else None,
        "payable": f"{document.payable:f}" if document and document.payable is not None else None,
        "received_at": timestamp(examined.transmission.received_at),
        "document_digest": examined.digest,
        "idempotency_key": examined.idempotency_key,
        "report": b"" if examined.data_key else examined.report,
    }


def _text(found: str | None) -> str | None:
    # JSON can name U+0000 in a document that is refused, and PostgreSQL has no text with it.
    return found.replace("\0", "\N{REPLACEMENT CHARACTER}") if found else found


def payload_row(examined: Examined) -> dict[str, object]:
    return {
        "id": examined.id,
        "body": examined.transmission.body,
        "headers": headers_bytes(examined.transmission),
    }


def sealable(examined: Examined, data_key: DataKey) -> Sealable:
    contents = Contents(examined.transmission.body, headers_bytes(examined.transmission), examined.report)
    return Sealable(examined.id, contents, data_key)


def entry_row(entry: Entry) -> dict[str, object]:
    return {
        "leaf_index": entry.index,
        "entry": entry.entry,
        "leaf_hash": entry.leaf_hash,
        "party": entry.party,
        "party_sequence": entry.sequence,
        "tree_size": entry.tree_size,
    }


def statement_row(entry: Entry) -> dict[str, object]:
    return {
        "leaf_index": entry.index,
        "id": entry.id,
        "type": entry.type,
        "statement": entry.statement,
        "salt": entry.salt,
    }


def entry(row: Row[Any]) -> Entry:
    return Entry(
        index=row.leaf_index,
        id=row.id,
        type=row.type,
        party=row.party,
        sequence=row.party_sequence,
        statement=row.statement,
        salt=row.salt,
        entry=row.entry,
        leaf_hash=row.leaf_hash,
        tree_size=row.tree_size,
    )


def entry_or_remains(row: Row[Any]) -> Entry | Remains:
    """From a row that has nulls where there is no statement."""
    if row.statement is not None:
        return entry(row)
    return Remains(
        index=row.leaf_index,
        party=row.party,
        sequence=row.party_sequence,
        entry=row.entry,
        leaf_hash=row.leaf_hash,
        tree_size=row.tree_size,
    )


def profile(row: Row[Any]) -> Profile:
    """A version that was agreed. Raises Fault for one that can't be read: nothing may be judged without it."""
    try:
        return _profile(row.content, row.version)
    except (Misuse, ValueError) as error:
        raise Fault(f"Version {row.version} of the profile of {row.partner} can't be read: {error}") from error


@lru_cache(maxsize=10_000)
def _profile(content: bytes, version: int) -> Profile:
    # Partners are read anew whenever one of them changes, while senders wait: what hasn't changed is not parsed again.
    return replace(read_profile(orjson.loads(content)), version=version)


def key_row(key: PartnerKey, added_at: str) -> dict[str, object]:
    return {
        "fingerprint": key.fingerprint,
        "partner": key.partner,
        "spki": key.spki,
        "added_at": added_at,
        "purpose": key.purpose,
        **term_row(key.terms[0]),
    }


def key_step(row: Row[Any]) -> KeyStep:
    term = Term(row.certificate, _when(row.valid_from), _when(row.valid_until)) if row.type in RENEWALS else None
    return KeyStep(row.leaf_index, row.type, row.actor, _when(row.applies_from), term, row.identity)


def term_row(term: Term) -> dict[str, object]:
    return {
        "certificate": term.certificate,
        "valid_from": timestamp(term.valid_from) if term.valid_from else None,
        "valid_until": timestamp(term.valid_until) if term.valid_until else None,
    }


def key(row: Row[Any], steps: Iterable[KeyStep]) -> PartnerKey:
    return PartnerKey(
        fingerprint=row.fingerprint,
        partner=row.partner,
        spki=row.spki,
        certificate=row.certificate,
        valid_from=_when(row.valid_from),
        valid_until=_when(row.valid_until),
        purpose=row.purpose,
        steps=tuple(steps),
        public_key=cast(PublicKey, load_der_public_key(row.spki)),
    )


def _when(text: str | None) -> datetime | None:
    return parse_timestamp(text) if text else None
