"""What the life of contracts needs of where they are kept."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from edi_gateway.model.contract import SignedTerms


class ContractName(NamedTuple):
    """Contracts of one id between other parties are other contracts."""

    contract_id: str
    parties: tuple[str, ...]


class Contracts(Protocol):
    """Contracts that parties have signed, and of which not all records were erased. Every method raises Fault.

    `party` is the partner who asks, and sees those that it is a party to; None sees all.
    """

    def names(self, after: ContractName | None, limit: int, party: str | None = None) -> list[ContractName]:
        """At most `limit`, in the order of ids and parties, behind `after`."""

    def versions(self, ids: Collection[str], party: str | None = None) -> list[SignedTerms]:
        """All versions of the contracts with these ids, those signed first first."""

    def about(self, ids: Collection[str], party: str | None = None) -> list[SignedTerms]:
        """All that names one of these contracts as its parent, those signed first first."""

    def naming(self, pdf: str) -> list[SignedTerms]:
        """All versions whose record names the PDF with this SHA-256 (hex), those signed first first."""


@dataclass(frozen=True, slots=True)
class StoredContract:
    """A row of what is kept beside a document: `content` is None, and so is all that is read from it, for a PDF."""

    index: int
    id: str
    parties: str
    pdf: str | None
    contract_id: str | None
    version: int | None
    purpose: str | None
    parent: str | None
    title: str | None
    valid_from: str | None
    valid_until: str | None
    terms: str | None
    content: bytes | None


@dataclass(frozen=True, slots=True)
class StoredSignature:
    """A row that says: the entry at `index` signs what the entry at `offer` was the first to sign."""

    index: int
    offer: int
    signed_at: str


class ContractInspection(Protocol):
    """What an audit looks through. Every method raises Fault; iterators read as they go."""

    def contracts(self, start: int, end: int) -> Iterator[StoredContract]:
        """Those of the entries [start, end), by the index of those."""

    def contract(self, index: int) -> StoredContract | None:
        """That of one entry."""

    def contract_parties(self, start: int, end: int) -> list[tuple[int, str]]:
        """By whom those of the entries [start, end) are found: index and partner, sorted."""

    def contract_signatures(self, start: int, end: int) -> list[StoredSignature]:
        """Those of the entries [start, end), by the index of those."""
