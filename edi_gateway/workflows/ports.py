"""What the workflows need of the world outside; the floors above implement it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.ledger.tiles import Hashes
from edi_gateway.ledger.tree import Growth, Head
from edi_gateway.model.contract import Offer
from edi_gateway.model.publication import Cosignature, Publication, Timestamp
from edi_gateway.model.query import DocumentQuery, DocumentRecord, Erasure, Hold, Payload
from edi_gateway.model.record import Earlier, Entry, Examined, Link, Remains, Submission
from edi_gateway.partners.keyring import Directory
from edi_gateway.timestamps.token import Token
from edi_gateway.workflows.contract_ports import ContractInspection
from edi_gateway.workflows.key_archive import KeyArchive
from edi_gateway.workflows.profile_archive import StoredProfile


class Appending(Hashes, Protocol):
    """One transaction under the lock of the head: nobody else appends, here or anywhere, until it ends.

    What it reads is the newest that was committed.
    """

    @property
    def head(self) -> Head: ...

    @property
    def recorded_at(self) -> datetime | None:
        """The moment of the newest entry, if there is one."""

    @property
    def keys_version(self) -> int:
        """Of the ledger's keys that are in force, see `key_ports.LedgerKeys`: read with the head."""

    def links(self, parties: Collection[str]) -> Mapping[str, Link]:
        """The newest entry of each party that has one."""

    def earlier(self, documents: Sequence[Examined]) -> Sequence[Earlier]:
        """The accepted documents that share a digest, a type and number, or an idempotency key with one of these."""

    def offers(self, contracts: Sequence[Examined]) -> Sequence[Offer]:
        """What has been signed under the ids and versions of these contract records, and was not erased."""

    def write(self, growth: Growth, recorded: Sequence[tuple[Entry, Submission]], at: datetime) -> None:
        """Insert entries, statements, documents, payloads, contracts, partner changes and full tiles, and move the
        head; erase, hold and release what acts say. `at` is the moment of the entries.

        Raises Fault, and so ends the transaction, if the head is not where `growth` began, or a document that is to be
        erased, held or released can't be any more.
        """


class Ledger(Protocol):
    """Where the ledger is kept."""

    def appending(self) -> AbstractContextManager[Appending]:
        """Commits at the end of the block, or not at all; once the block has ended without an error, it is durable.

        Raises Fault when it was surely rolled back (`Unavailable` where it could not even begin), `CommitUnknown` when
        nobody can tell.
        """

    def head(self) -> Head:
        """The committed head. Raises Fault."""

    def recorded_at(self) -> datetime | None:
        """The moment of the newest entry, if there is one. Raises Fault."""

    def entry(self, index: int) -> Entry:
        """One entry with its statement and salt. Raises LookupError where it has none, or they were erased."""

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Leaf hashes [start, end)."""

    def tile_roots(self, level: int, start: int, end: int) -> list[bytes]:
        """The Merkle roots of the full tiles [start, end) of a level."""


class GrowingAnchor(Protocol):
    """An anchor under its lock: nobody else writes to it."""

    @property
    def newest(self) -> bytes | None: ...

    def append(self, line: bytes) -> None:
        """Durable when it returns. A last line that was cut off is replaced."""


class Anchor(Protocol):
    """Lines (`ledger.anchor`) kept apart from the ledger. Every method raises Fault where it can't be reached."""

    @property
    def place(self) -> str:
        """Where it is, in words for an operator."""

    def newest(self) -> bytes | None:
        """The last whole line; None where there is no anchor, or nothing in it."""

    def lines(self) -> Iterator[bytes]:
        """All whole lines, oldest first."""

    def begin(self, line: bytes) -> None:
        """Make a new one with its first line; one that is there is kept under another name. Raises Misuse."""

    def growing(self) -> AbstractContextManager[GrowingAnchor]:
        """For as long as the block lasts."""


class DirectorySource(Protocol):
    """Where partners and keys come from, as they were a moment ago."""

    def current(self) -> Directory:
        """Raises Fault."""

    def refreshed(self) -> Directory:
        """The same, but read anew if anything has changed since: asked before anybody is turned away as unknown."""


class Archive(KeyArchive, Protocol):
    """What was recorded, to be read again. Every method raises Fault."""

    def find(self, query: DocumentQuery) -> list[DocumentRecord]:
        """At most `query.limit` records, newest first."""

    def document(self, id: str, party: str | None = None) -> DocumentRecord | None:
        """One record, if there is one that `party` may see; None may see all."""

    def payload(self, id: str) -> Payload | None:
        """What arrived, whoever asks: look at `document` first. Raises Unproven for what can't be decrypted."""

    def report(self, id: str) -> bytes | None:
        """What validation said, as JSON. Likewise."""

    def erasure(self, id: str, party: str | None = None) -> Erasure | None:
        """How a document came to be no more, if it did; for its sender, or where `party` is None, for anybody."""

    def held(self, id: str) -> bool:
        """Whether a hold forbids to erase the document."""

    def due(self, ended: Mapping[str, datetime], limit: int) -> list[DocumentRecord]:
        """Accepted documents that no hold is on, oldest first: of each type those received at a moment or before."""


class Publications(Protocol):
    """What has been published of the ledger, and what witnesses said of it. Every method raises Fault."""

    def newest(self) -> Publication | None:
        """The one of the largest tree."""

    def at(self, size: int) -> Publication | None:
        """The one of a tree of exactly this size."""

    def first_from(self, size: int) -> Publication | None:
        """The one of the smallest tree that has at least this size."""

    def ascending(self) -> Iterator[Publication]:
        """All, from the smallest tree on."""

    def orphaned(self) -> int | None:
        """The smallest size of which there is a cosignature or timestamp, but no publication."""

    def publish(self, one: Publication) -> bool:
        """Keep it. False where this size was published before: the first one stands."""

    def cosign(self, one: Cosignature) -> bool:
        """Keep it. False where this witness's is there: the first one stands."""

    def cosignatures(self, size: int) -> tuple[Cosignature, ...]:
        """All of one publication, by their witnesses' names."""

    def newest_of(self, witness: str) -> Cosignature | None:
        """A witness's cosignature of the largest tree."""

    def cosigned(self, witnesses: Collection[str], fewest: int, start: int = 0, *, newest: bool) -> Iterator[int]:
        """Sizes from `start` that at least `fewest` (1 or more) of these witnesses cosigned; newest or oldest first."""


class TimestampAuthority(Protocol):
    """Somebody else's clock."""

    @property
    def name(self) -> str: ...

    def stamp(self, message: bytes) -> tuple[bytes, Token]:
        """A token (DER) over the message, checked. Raises Fault, also for an answer that does not hold."""


class Timestamps(Protocol):
    """What timestamp authorities said of publications. Every method raises Fault."""

    def keep(self, one: Timestamp) -> bool:
        """False where there is one of this size, authority and time: the first one stands."""

    def of(self, size: int) -> tuple[Timestamp, ...]:
        """All of one publication, oldest first."""

    def newest(self, limit: int) -> tuple[Timestamp, ...]:
        """Those of the largest trees, newest first."""

    def newest_of(self, authority: str) -> Timestamp | None:
        """An authority's newest one of the largest tree."""

    def ending(self, authority: str, since: datetime, until: datetime, limit: int) -> list[int]:
        """Sizes of publications whose newest token of this authority ends in (since, until]; the first to end first."""

    def next_end(self, authority: str, since: datetime) -> datetime | None:
        """When the first of this authority's tokens that were not renewed ends, after `since`."""

    def first_from(self, size: int, at: datetime) -> int | None:
        """The smallest publication of at least this size with a token that ends after `at`."""


class StoredDocument(NamedTuple):
    """A document's record, the statement of its entry (canonical JSON), what arrived, and the report of validation
    (JSON); None where one is gone.

    `damage` says why what is stored encrypted can't be decrypted any more.
    """

    record: DocumentRecord
    statement: bytes | None
    payload: Payload | None
    report: bytes
    damage: str | None = None


class Inspection(ContractInspection, Protocol):
    """One state of everything that is stored. Every method raises Fault; iterators read as they go."""

    @property
    def head(self) -> Head: ...

    @property
    def recorded_at(self) -> str | None:
        """The moment of the newest entry, as it is stored beside the head."""

    def entries(self, start: int, end: int) -> Iterator[Entry | Remains]:
        """The entries that there are of [start, end), by their index."""

    def entry(self, index: int) -> Entry | Remains | None:
        """One entry."""

    def erasure(self, index: int) -> Erasure | None:
        """What is noted of an entry's erasing."""

    def tile(self, level: int, number: int) -> tuple[bytes, bytes] | None:
        """The hashes of a full tile and the root over them, as they are stored."""

    def tile_count(self) -> int:
        """How many tiles are stored."""

    def documents(self, start: int, end: int) -> Iterator[StoredDocument]:
        """The documents of the entries [start, end), by the index of those."""

    def document_count(self) -> int:
        """How many documents there are."""

    def payload_count(self) -> int:
        """Of how many transmissions there are body and headers."""

    def erasures(self) -> list[Erasure]:
        """All erasures, in the order in which they were recorded."""

    def holds(self) -> list[Hold]:
        """All holds and releases, in the order in which they were recorded."""

    def directory(self) -> Directory:
        """All partners and keys."""

    def profiles(self) -> list[StoredProfile]:
        """All versions of all partners' profiles, in the order in which they were recorded."""

    def ledger_keys(self) -> tuple[LedgerKey, ...]:
        """All keys that the ledger has had, oldest first."""


class State(Protocol):
    """Something small to remember, replaced as a whole or not at all. Every method raises Fault."""

    def read(self) -> bytes | None:
        """None where nothing is remembered."""

    def write(self, content: bytes) -> None: ...

    def remove(self) -> None: ...


class Inspectable(Protocol):
    """A ledger that can be looked through as a whole."""

    def inspecting(self) -> AbstractContextManager[Inspection]:
        """One state throughout, however long it takes. Raises Fault."""


class InspectableLedger(Inspectable, Ledger, Protocol):
    """Both."""
