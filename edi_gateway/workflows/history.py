"""A party's history: a part of its chain without a gap, each entry proved under one checkpoint.

The chain is what makes it complete: the party's entries are numbered in the order of the ledger, so whoever holds entry
k at index i holds the ledger's word that k-1 entries of the party, and no more, stand before i. Where the chain ends,
commitments alone can't tell. A mark can: an entry of the party itself, which says nothing but its number.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.ledger.proven import Memory, Proven
from edi_gateway.ledger.stored import head_at, inclusion_proofs
from edi_gateway.model.chain import ChainLink, Span
from edi_gateway.model.moment import timestamp
from edi_gateway.model.record import LEDGER, Act
from edi_gateway.receipts import receipt as receipts
from edi_gateway.receipts.history import MAX_ENTRIES, Erased, History, Told, to_json
from edi_gateway.receipts.statement import act_statement
from edi_gateway.syntax import json
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.chain_ports import Chain, Chains
from edi_gateway.workflows.check_history import check_history, erased_by
from edi_gateway.workflows.enrol import Office
from edi_gateway.workflows.record import Recorder
from edi_gateway.workflows.rotate import keys_text

TOGETHER = 500
"""Entries whose proofs share the tiles that are held in memory."""
WHOLE = Span()


class NoEntries(Misuse):
    """The party has no entries in what was asked for."""


def history(
    chain: Chain, recorder: Recorder, span: Span = WHOLE, *, size: int | None = None, limit: int = MAX_ENTRIES
) -> bytes:
    """The history of a span, as a file of at most `limit` entries, checked by ourselves.

    It is proved in the tree of `size` entries, or as large as the ledger is. Raises NoEntries; Misuse for a size that
    no checkpoint ever had; Fault, and Unproven for a store that was tampered with.
    """
    head, notary = _head(chain, size, recorder.memory), recorder.notary
    first, last = _numbers(chain, span, head.size)
    end = min(last, first + limit - 1)
    entries = tuple(_proved(chain, chain.links(first, end), head))
    if len(entries) != end - first + 1:
        raise Unproven(f"{chain.party} has {len(entries)} of the entries from number {first} to {end}")
    written = to_json(
        History(
            party=chain.party,
            entries=entries,
            erasures=_erasures(chain, entries, head),
            next=end + 1 if end < last else None,
            checkpoint=sign_head(notary, head).decode(),
            vkey=notary.vkey_at(head.size),
        )
    )
    check_history(written, keys_text(notary.keys))
    return written


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry that says nothing but its number: the last of the tree of `size`, and so the end of a history there.

    `repeated` says that it was there before, and nothing had been recorded since.
    """

    size: int
    receipt: bytes
    repeated: bool = False


def mark(party: str, chains: Chains, recorder: Recorder, office: Office) -> Mark:
    """Put a mark at the end of a party's chain, in a commit of its own. Raises NoEntries and Fault."""
    with chains.reading(party) as chain:
        newest = chain.newest(chain.head.size)
        if newest is None:
            raise _nothing(chain, chain.head.size)
        if newest.index == chain.head.size - 1 and _statement(newest).get("type") == "party.stated":
            return Mark(newest.tree_size, recorder.receipt_again(newest.index), repeated=True)
    draft = act_statement("party.stated", id=office.uid, origin=office.origin, by=office.by)
    (recorded,) = recorder.record([Act(office.uid, party, draft)])
    if isinstance(recorded, Fault):
        raise recorded
    return Mark(receipts.parse(recorded.receipt).index + 1, recorded.receipt)


def _head(chain: Chain, size: int | None, memory: Memory) -> Proven:
    if size is None or size == chain.head.size:
        return memory.prove(chain.head)
    # Only trees that were signed for once are signed for again.
    if not 0 < size < chain.head.size or chain.commit_end(size - 1) != size:
        raise Misuse(f"There was never a checkpoint of a tree of {size} entries.")
    return memory.prove(head_at(chain, size))


def _numbers(chain: Chain, span: Span, size: int) -> tuple[int, int]:
    """The first and the last number of a span. Raises NoEntries."""
    newest = chain.newest(size)
    if newest is None:
        raise _nothing(chain, size)
    count = newest.sequence
    first, last = span.since or 1, count if span.until is None else span.until
    if isinstance(first, datetime):
        first = _recorded_from(chain, first, count)
    if isinstance(last, datetime):
        last = _recorded_from(chain, last, count) - 1
    first, last = max(first, 1), min(last, count)
    if first > last:
        raise NoEntries(f"{chain.party} has no such entries: it has 1 to {count}.")
    return first, last


def _nothing(chain: Chain, size: int) -> NoEntries:
    none = f"There are no entries of {chain.party}"
    if size < chain.head.size:
        return NoEntries(f"{none} in the tree of {size}.")
    # A partner's enrolment is its first entry.
    return NoEntries(f"{none}." if chain.party == LEDGER else f"{none}: it is no partner of this gateway.")


def _recorded_from(chain: Chain, moment: datetime, count: int) -> int:
    """The number of the first entry that was recorded at a moment or later; `count` + 1 where there is none."""
    low, high = 1, count + 1
    while low < high:
        middle = (low + high) // 2
        link = chain.told(middle, high - 1)
        if link is None or str(_statement(link)["recordedAt"]) >= timestamp(moment):
            high = middle
        else:
            low = link.sequence + 1
    return low


def _proved(chain: Chain, links: Iterable[ChainLink], head: Proven) -> Iterator[Told | Erased]:
    links = iter(links)
    while together := list(islice(links, TOGETHER)):
        paths = inclusion_proofs(chain, [link.index for link in together], head.size)
        for link, path in zip(together, paths, strict=True):
            if link.statement is None or link.salt is None:
                yield Erased(link.sequence, link.index, link.leaf_hash, path)
            else:
                yield Told(link.sequence, link.index, link.statement, link.salt, path)


def _erasures(chain: Chain, entries: Sequence[Told | Erased], head: Proven) -> tuple[Told, ...]:
    """The later entries that say what of these was erased."""
    erased = {entry.index for entry in entries if isinstance(entry, Erased)}
    if not erased:
        return ()
    later = (link for link in chain.erasures(sorted(erased)) if entries[-1].sequence < link.sequence)
    links = [link for link in later if link.index < head.size and _erased_index(link) in erased]
    return tuple(entry for entry in _proved(chain, links, head) if isinstance(entry, Told))


def _erased_index(link: ChainLink) -> int | None:
    found = erased_by(_statement(link))
    return found.index if found else None


def _statement(link: ChainLink) -> dict[str, json.JsonValue]:
    statement = json.parse(link.statement or b"{}")
    if not isinstance(statement, dict):
        raise Unproven(f"the statement of entry {link.index} is not an object")
    return statement
