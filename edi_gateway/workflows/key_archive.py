"""What the workflows ask the archive of partners' keys, and of what was signed with them."""

from datetime import datetime
from typing import Protocol

from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.query import Event, KeyUse, SignedDocument


class KeyArchive(Protocol):
    """Every method raises Fault."""

    def key_events(self, partner: str) -> list[Event]:
        """Everything recorded of a partner's keys, oldest first."""

    def signed(self, key: PartnerKey, since: datetime) -> list[SignedDocument]:
        """What was accepted of a key's partner with a signature of that key, received since then, oldest first."""

    def erased(self, partner: str, since: datetime) -> list[SignedDocument]:
        """What was received of a partner since then, and erased, oldest first: signed with whichever key."""

    def last_signed(self, partner: str, limit: int) -> list[KeyUse]:
        """Which keys verified what was accepted of a partner, newest first."""
