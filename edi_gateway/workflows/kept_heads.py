"""Signed checkpoints that were kept: what was proved under them can be proved again without the private key."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.anchor import to_note
from edi_gateway.workflows.ports import Anchor, Publications


@dataclass(frozen=True, slots=True)
class Kept:
    """A signed checkpoint as it was found: nothing of it is verified."""

    size: int
    note: bytes


@dataclass(frozen=True, slots=True)
class KeptHeads:
    """Of what was published, and of the anchor. Every method raises Fault, and Unproven for a damaged anchor."""

    publications: Publications
    anchor: Anchor

    def first_from(self, size: int) -> Kept | None:
        """The one of the smallest tree of at least this size."""
        published = self.publications.first_from(size)
        found = [one for one in self._anchored() if one.size >= size]
        if published:
            found.append(Kept(published.size, published.note))
        return min(found, key=attrgetter("size"), default=None)

    def newest(self) -> Kept | None:
        published = self.publications.newest()
        found = list(self._anchored())
        if published:
            found.append(Kept(published.size, published.note))
        return max(found, key=attrgetter("size"), default=None)

    def _anchored(self) -> Iterator[Kept]:
        for line in self.anchor.lines():
            signed = to_note(line)
            yield Kept(checkpoint.parse(note.text_of(signed)).size, signed)
