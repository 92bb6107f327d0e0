"""What is handed over to be recorded, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from edi_gateway.model.contract import ContractCopy, ContractRecord
from edi_gateway.model.data_key import DataKey
from edi_gateway.model.document import Reading
from edi_gateway.model.partner import KeyEvent, Partner, PartnerEvent, PartnerKey, Term
from edi_gateway.model.transmission import Transmission
from edi_gateway.model.trust import TrustChange

Verdict = Literal["accepted", "rejected", "conflict"]
CONFLICTS = ("document-conflict", "contract-conflict", "idempotency-key-reused")
"""Codes that say what a document contradicts, not what is wrong with it alone."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A transmission of an identified sender, judged: everything there is to record except its place in the ledger.

    `code` is None for an accepted document, one of `errors.REASONS` for a refused one, with `detail` in words.
    `receiver` is a partner's id, where the document names one that we know; `parties` are the ids of all partners that
    a contract is between. `draft` is the statement without its
    place, `report` what validation said, as JSON. The signed content itself and its tree are not kept: what waits to
    be recorded is no larger than what arrived. `data_key` is what it is stored under, where payloads are encrypted.
    """

    id: str
    transmission: Transmission
    reading: Reading
    receiver: str | None
    code: str | None
    detail: str
    draft: Mapping[str, Any]
    report: bytes
    data_key: DataKey | None = None
    parties: tuple[str, ...] = ()

    @property
    def contract(self) -> ContractRecord | ContractCopy | None:
        """What its sender signs with it, if it is about a contract."""
        return self.reading.document.contract if self.reading.document else None

    @property
    def idempotency_key(self) -> str | None:
        """None where the header is missing or empty: an empty key would make all that carry it one request."""
        return self.transmission.headers.get("idempotency-key") or None

    @property
    def verdict(self) -> Verdict:
        if self.code is None:
            return "accepted"
        return "conflict" if self.code in CONFLICTS else "rejected"

    @property
    def party(self) -> str:
        """The sender: whose chain in the ledger this belongs to."""
        return str(self.draft["sender"])

    @property
    def digest(self) -> str:
        """Of the signed content: what makes two transmissions the same document, however they were signed."""
        return str(self.draft["digests"]["document"])


@dataclass(frozen=True, slots=True)
class Change:
    """Something that an operator did to a partner, or to a key of theirs: recorded like a document.

    `term` is what a renewal brings.
    """

    id: str
    type: PartnerEvent | KeyEvent
    partner: Partner
    key: PartnerKey | None
    at: datetime
    draft: Mapping[str, Any]
    term: Term | None = None

    @property
    def party(self) -> str:
        return self.partner.id


LEDGER = "@ledger"
"""The party in whose chain stands what was done to the ledger itself. No partner's id begins like this."""


CustodyEvent = Literal["document.erased", "document.held", "document.released"]


@dataclass(frozen=True, slots=True)
class Custody:
    """What becomes of a document that is kept: it is erased, held against erasing, or released from that."""

    kind: CustodyEvent
    document: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done to the ledger, to a document in it, or to whom it trusts: recorded like a document.

    `party` is in whose chain it belongs, `draft` the statement without its place. `custody` and `trust` are carried
    out in the transaction that records the act.
    """

    id: str
    party: str
    draft: Mapping[str, Any]
    custody: Custody | None = None
    trust: TrustChange | None = None


@dataclass(frozen=True, slots=True)
class KeyAct:
    """What was done to the ledger's own keys: it holds from the tree on that its commit makes.

    `vkey` is the key that begins to sign with that tree (`ledger.key-added`), or signs it as its last
    (`ledger.key-rotated`). `source` says where the private key is. `version` is that of the keys that this was decided
    on: it is recorded only while they stand.
    """

    id: str
    type: Literal["ledger.key-added", "ledger.key-rotated"]
    vkey: str
    source: str
    version: int
    at: datetime
    draft: Mapping[str, Any]

    @property
    def party(self) -> str:
        return LEDGER

    def drafted(self, tree_size: int) -> dict[str, Any]:
        """The draft with the size that only the commit knows."""
        role, bound = ("added", "from") if self.type == "ledger.key-added" else ("retired", "until")
        return {**self.draft, role: {**self.draft[role], bound: tree_size}}


Submission = Examined | Change | Act | KeyAct
"""What can be recorded."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A submission in its place: what the ledger commits to, and the salt that hides it.

    `statement` is canonical JSON; `entry` is the commitment to it, `leaf_hash` its hash in the tree. `tree_size` is
    the size of the tree that the first receipt speaks of. `sequence` counts the party's entries from 1.
    """

    index: int
    id: str
    type: str
    party: str
    sequence: int
    statement: bytes
    salt: bytes
    entry: bytes
    leaf_hash: bytes
    tree_size: int


@dataclass(frozen=True, slots=True)
class Remains:
    """What the ledger keeps of an entry whose statement isn't there any more: erased, or lost."""

    index: int
    party: str
    sequence: int
    entry: bytes
    leaf_hash: bytes
    tree_size: int


class Link(NamedTuple):
    """A party's newest entry: what its next one has to name."""

    sequence: int
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """A document accepted before, as far as it matters to a later one that may repeat or contradict it."""

    id: str
    index: int
    sender: str
    type: str
    number: str
    digest: str
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a submission. `receipt` is JSON; `repeated` says that it is the one given before, for `id`."""

    submission: Submission
    id: str
    receipt: bytes
    repeated: bool = False
