"""What the workflows need of the CRLs and OCSP responses that are kept."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, Protocol

from edi_gateway.model.trust import Held, Kind


class About(NamedTuple):
    """What a CRL or an OCSP response is about: its issuer, by the hex SHA-256 of the DER Name, and of an OCSP response
    the serial number, in decimal. Times are those inside; `source` says where it came from."""

    issuer: str
    serial: str | None
    this_update: datetime
    next_update: datetime | None
    added_at: datetime
    source: str


class Revocations(Protocol):
    """Kept for good, since verdicts stand on them. Every method raises Fault."""

    def keep(self, held: Held, about: About) -> bool:
        """False where this one is kept already."""

    def about(self, kind: Kind, issuer: str, serial: str, at: datetime, limit: int) -> list[str]:
        """The digests of an issuer's CRLs, or of its OCSP responses of that serial number, issued by then, newest
        first."""

    def next_issued(self, issuers: Collection[str], at: datetime) -> datetime | None:
        """When the next one by any of these was issued that is kept already: by another host, whose clock is ahead."""

    def named(self, digest: str) -> Held | None:
        """The one of that digest."""

    def newest(self, limit: int) -> list[tuple[Held, About]]:
        """Those that were added last, newest first; without their octets."""
