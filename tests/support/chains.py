"""Chains of several parties in a log in memory, and histories of them made as the gateway makes them."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from edi_gateway.ledger import stored
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.receipts.history import Erased, History, Told
from edi_gateway.receipts.statement import commit
from edi_gateway.syntax.json import canonical
from tests.support.ledger import MemoryLog


@dataclass
class Chained:
    """A log in which entries are recorded one by one; `kept` has statement and salt of each, by index."""

    log: MemoryLog = field(default_factory=MemoryLog)
    kept: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    of: dict[str, list[int]] = field(default_factory=dict)

    def record(self, party: str, type: str = "document.accepted", **members: object) -> int:
        """Record an entry; its index."""
        chain = self.of.setdefault(party, [])
        link = {"party": party, "sequence": len(chain) + 1}
        if chain:
            link["previous"] = b64encode(self.log.hashes[chain[-1]]).decode()
        statement = {"type": type, "origin": self.log.origin, "chain": link, **members}
        return self.commit(party, canonical(statement))

    def commit(self, party: str, statement: bytes) -> int:
        index = self.log.head.size
        salt = sha256(b"salt %d" % index).digest()
        self.log.append([commit(statement, salt)])
        self.kept[index] = statement, salt
        self.of.setdefault(party, []).append(index)
        return index

    def erase(self, party: str, index: int) -> int:
        """Forget what an entry said, and record that."""
        del self.kept[index]
        named = {"index": index, "leafHash": b64encode(self.log.hashes[index]).decode()}
        return self.record(party, "document.erased", entry=named)

    def proved(self, party: str, number: int) -> Told | Erased:
        index = self.of[party][number - 1]
        path = stored.inclusion_proof(self.log, index, self.log.head.size)
        if index not in self.kept:
            return Erased(number, index, self.log.hashes[index], path)
        return Told(number, index, *self.kept[index], path)

    def history(self, party: str, numbers: Iterable[int], erasures: Iterable[int] = ()) -> History:
        return History(
            party=party,
            entries=tuple(self.proved(party, number) for number in numbers),
            erasures=tuple(told for number in erasures if isinstance(told := self.proved(party, number), Told)),
            next=None,
            checkpoint=self.log.checkpoint().decode(),
            vkey=self.log.vkey,
        )


def trading() -> Chained:
    """acme has the entries 0, 2, 3, 6 and 8, globex the others, of nine."""
    chained = Chained()
    for party in ("acme", "globex", "acme", "acme", "globex", "globex", "acme", "globex", "acme"):
        chained.record(party)
    return chained


def leaf_of(told: Told) -> bytes:
    return leaf_hash(commit(told.statement, told.salt))
