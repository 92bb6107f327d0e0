"""What audits need: the ledger, what it must agree with, and where they remember how far they have come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from edi_gateway.workflows.anchoring import Watch
from edi_gateway.workflows.ports import InspectableLedger, State
from edi_gateway.workflows.rotate import check_signatures
from edi_gateway.workflows.scrub import Scrubbed, Scrubber, scrubbed
from edi_gateway.workflows.verify_heads import Source
from edi_gateway.workflows.verify_published import Published


@dataclass(frozen=True, slots=True)
class Auditing:
    """`state` gives what is remembered under a name."""

    ledger: InspectableLedger
    origin: str
    watch: Watch
    published: Published
    state: Callable[[str], State]
    clock: Callable[[], datetime]

    @property
    def given_out(self) -> Mapping[str, Source]:
        """All checkpoints that the ledger must agree with, by where they are kept."""
        return {"the anchor": self.watch.history, "what was published": self.published.checkpoints}

    @property
    def interrupted(self) -> State:
        """Of an audit that somebody asked for."""
        return self.state("audit")

    def scrubber(self, limit: int) -> Scrubber:
        """For the audit that never ends, `limit` entries at a time: it goes on where another one was."""
        kept = self.state("scrub-progress"), self.state("scrub")
        return Scrubber(self.ledger, self.origin, self.given_out, self.check_signed, kept, limit, self.clock)

    def check_signed(self, after: int = -1, through: int | None = None) -> int:
        """How many signatures are kept of the ledger's keys that are gone, of the trees that these sizes are of.

        Raises Unproven unless those are all, and hold; Fault.
        """
        notary = self.published.notary
        notary.refresh()
        kept = [one for one in notary.history.keys if one.kept]
        return sum(check_signatures(one, self.ledger, notary.kept, after, through) for one in kept)

    def scrubbed(self) -> Scrubbed:
        """What the audit that never ends has come to. Raises Fault."""
        return scrubbed(self.state("scrub"))
