"""Recording a batch: durable first, then signed, then answered.

One transaction under the lock of the head decides what is a repetition or a conflict, gives every submission its place
in the tree and in its party's chain, and moves the head. Only a committed head is ever signed.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from edi_gateway.errors import Fault, GatewayError
from edi_gateway.ledger.proven import Memory, Proven
from edi_gateway.ledger.sequencer import CommitUnknown
from edi_gateway.ledger.stored import head_at, inclusion_proof
from edi_gateway.ledger.tree import Growth, grow, leaf_hash
from edi_gateway.model.record import Earlier, Entry, Examined, KeyAct, Link, Recorded, Submission
from edi_gateway.receipts.statement import SALT_SIZE, commit, complete
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.acknowledge import cose_receipt, receipt, sign_head
from edi_gateway.workflows.clock import not_before
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.offers import Offers
from edi_gateway.workflows.ports import Appending, Ledger
from edi_gateway.workflows.receive import contradicting, disputing


@dataclass(frozen=True)
class Recorder:
    """What recording needs: where the ledger is kept, who signs for it, and what time it is, what may be signed.

    `halt` raises Unavailable where nothing is to be recorded. `protect` gives each document what it is stored under.
    """

    ledger: Ledger
    notary: Notary
    clock: Callable[[], datetime]
    memory: Memory
    halt: Callable[[], None] = lambda: None
    protect: Callable[[Sequence[Submission]], Sequence[Submission]] = lambda batch: batch

    def record(self, batch: Sequence[Submission]) -> list[Recorded | Fault]:
        """Record a batch; the results are in its order. Raises Fault when nothing was recorded, CommitUnknown else.

        A Fault among the results: this one repeats a document whose receipt can't be made again.
        """
        self.halt()
        batch = self.protect(batch)
        with self.ledger.appending() as transaction:
            self.memory.follow(transaction.head, transaction)
            # What can't be signed for must not be committed.
            self.notary.learn(transaction.keys_version, transaction.head.size)
            settled = _settle(transaction, batch)
            fresh = [one for one in settled if not isinstance(one, Earlier)]
            now = not_before(transaction.recorded_at, self.clock())
            entries = _place(transaction, fresh, now)
            growth = grow(transaction.head, [entry.leaf_hash for entry in entries])
            if entries:
                transaction.write(growth, list(zip(entries, fresh, strict=True)), now)
        if not any(isinstance(one, KeyAct) for one in fresh):
            self.notary.learn(transaction.keys_version, growth.head.size)
        try:
            head = self.memory.grown(transaction.head, growth)
            return self._acknowledge(batch, settled, entries, growth, head)
        except Exception as error:
            # Whatever it was: the entries are in the ledger, and must not be recorded a second time.
            raise CommitUnknown(f"What was committed can't be acknowledged: {error!r}") from error

    def _acknowledge(
        self,
        batch: Sequence[Submission],
        settled: Sequence[Submission | Earlier],
        entries: Sequence[Entry],
        growth: Growth,
        head: Proven,
    ) -> list[Recorded | Fault]:
        signed = sign_head(self.notary, head)
        receipts = {entry.id: receipt(self.notary, entry, growth.proof(entry.index), head, signed) for entry in entries}
        return [
            self._repeat(submission, one, receipts)
            if isinstance(one, Earlier)
            else Recorded(one, one.id, receipts[one.id])
            for submission, one in zip(batch, settled, strict=True)
        ]

    def _repeat(self, submission: Submission, one: Earlier, receipts: Mapping[str, bytes]) -> Recorded | Fault:
        try:
            again = receipts.get(one.id) or self.receipt_again(one.index)
        except (GatewayError, LookupError) as error:
            # What is wrong with an old entry must not keep back the answers of those recorded beside it.
            return Fault(f"The receipt of {one.id} can't be made again: {error}")
        return Recorded(submission, one.id, again, repeated=True)

    def receipt_again(self, index: int) -> bytes:
        """The receipt that was given for an entry, byte for byte. Raises LookupError, Fault or Unproven."""
        entry = self.ledger.entry(index)
        # Nothing of it was kept: the same head and key give the same checkpoint, and a proof can always be made again.
        head = self.memory.at(entry.tree_size)
        path = inclusion_proof(self.ledger, index, head.size)
        return receipt(self.notary, entry, path, head, sign_head(self.notary, head))

    def cose_receipt(self, index: int) -> bytes:
        """An entry's receipt in the form of RFC 9942, in the tree as it is now. Raises LookupError, Fault or Unproven.

        Not in the tree of the first receipt: the keys that sign now need not be those that signed then.
        """
        entry = self.ledger.entry(index)
        head = self.memory.newest()
        return cose_receipt(self.notary, entry, inclusion_proof(self.ledger, index, head.size), head)

    def reload(self) -> None:
        """After a commit that nobody confirmed: read the head back and verify it against what it stands on."""
        head = self.ledger.head()
        if head_at(self.ledger, head.size) != head:
            raise CommitUnknown("The head of the ledger does not agree with its entries.")
        self.memory.newest()


def _settle(transaction: Appending, batch: Sequence[Submission]) -> list[Submission | Earlier]:
    """Replace each repetition by what it repeats, and each contradiction by its refusal."""
    accepted = [one for one in batch if isinstance(one, Examined) and one.verdict == "accepted"]
    known = _Known(transaction.earlier(accepted) if accepted else ())
    contracts = [one for one in accepted if one.contract]
    offers = Offers(transaction.offers(contracts)) if contracts else None
    settled: list[Submission | Earlier] = []
    for one in batch:
        if not isinstance(one, Examined) or one.verdict != "accepted":
            settled.append(one)
        elif same := known.same(one):
            settled.append(same)
        elif other := known.contradicted(one):
            settled.append(contradicting(one, other))
        elif offers and (offer := offers.disputed(one)):
            settled.append(disputing(one, offer))
        else:
            settled.append(one)
            known.add(one)
            if offers:
                offers.add(one)
    return settled


class _Known:
    """The accepted documents that matter to a batch, those of the batch itself among them."""

    def __init__(self, earlier: Iterable[Earlier]) -> None:
        self._by: dict[tuple[str, ...], Earlier] = {}
        for one in earlier:
            self._index(one)

    def _index(self, one: Earlier) -> None:
        self._by["digest", one.sender, one.digest] = one
        self._by["number", one.sender, one.type, one.number] = one
        if one.idempotency_key:
            self._by["idempotency", one.sender, one.idempotency_key] = one

    def add(self, one: Examined) -> None:
        type, number = _name(one)
        self._index(Earlier(one.id, -1, one.party, type, number, one.digest, one.idempotency_key))

    def same(self, one: Examined) -> Earlier | None:
        return self._by.get(("digest", one.party, one.digest))

    def contradicted(self, one: Examined) -> Earlier | None:
        by_number = self._by.get(("number", one.party, *_name(one)))
        return by_number or self._by.get(("idempotency", one.party, one.idempotency_key or ""))


def _name(one: Examined) -> tuple[str, str]:
    document = one.reading.document
    if document is None or document.number is None:
        raise ValueError("a document without a number can't have been accepted")
    return document.type, document.number


def _place(transaction: Appending, submissions: Sequence[Submission], now: datetime) -> list[Entry]:
    """Give each submission its index, its link in its party's chain, and the commitment to its finished statement."""
    links = dict(transaction.links({one.party for one in submissions}))
    size = transaction.head.size
    entries = []
    for index, one in enumerate(submissions, start=size):
        link = links.get(one.party, Link(0, b""))
        sequence = link.sequence + 1
        draft = one.drafted(size + len(submissions)) if isinstance(one, KeyAct) else dict(one.draft)
        statement = canonical(complete(draft, now, one.party, sequence, link.leaf_hash or None))
        salt = secrets.token_bytes(SALT_SIZE)
        commitment = commit(statement, salt)
        leaf = leaf_hash(commitment)
        links[one.party] = Link(sequence, leaf)
        entries.append(
            Entry(
                index=index,
                id=one.id,
                type=one.draft["type"],
                party=one.party,
                sequence=sequence,
                statement=statement,
                salt=salt,
                entry=commitment,
                leaf_hash=leaf,
                tree_size=size + len(submissions),
            )
        )
    return entries
