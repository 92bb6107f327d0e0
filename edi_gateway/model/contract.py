"""A contract as its parties sign it, version by version, and where it stands."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

Purpose = Literal["agreement", "amendment", "termination"]
State = Literal["offered", "concluded", "in-force", "amended", "superseded", "terminated", "expired"]
"""offered: not all parties have signed. concluded: they have, and it will apply. amended: it applies, with a change."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides about a version of a contract. `digest` is that of all that the record says, whoever signs it.

    `parent` is the contract that an amendment changes, a termination ends, or an agreement was made under; `pdf` the
    SHA-256, in hex, of the PDF with the full text. Days are calendar days; the last one is included.
    """

    contract_id: str
    version: int
    purpose: Purpose
    parent: str | None
    title: str | None
    valid_from: date
    valid_until: date | None
    pdf: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class ContractRecord:
    """A party's signed record of a contract. `content` is what all of them sign alike, as canonical JSON."""

    terms: Terms
    content: bytes


@dataclass(frozen=True, slots=True)
class ContractCopy:
    """The contract's text itself, signed by a party: it counts for the record that named its digest by then.

    `pdf` is the SHA-256, in hex, of the file as it was signed, `terms` the digest of what that record says.
    """

    pdf: str
    terms: str


def content_digest(content: bytes) -> str:
    """What `Terms` call their content by."""
    return f"sha256:{sha256(content).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Offer:
    """An accepted record of a version, as far as it matters to another party's. `content` is None where it can't be
    read, or says the same."""

    id: str
    sender: str
    parties: tuple[str, ...]
    contract_id: str
    version: int
    digest: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Signature:
    """That a party signed a version: its entry in the ledger, since when that counts (as stored), and its document;
    None where that was erased."""

    index: int
    party: str
    at: str
    document: str | None


@dataclass(frozen=True, slots=True)
class SignedTerms:
    """A version with who signed it. `offer` is the index of the entry that was the first to do so."""

    terms: Terms
    parties: tuple[str, ...]
    offer: int
    signatures: tuple[Signature, ...]
