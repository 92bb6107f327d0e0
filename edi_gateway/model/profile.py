"""What was agreed with a trading partner: what it may send, how and from where, and what else it is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from edi_gateway.model.document import DocumentType, Severity
    from edi_gateway.model.transmission import SignatureFormat

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Tolerances:
    """By how much sums (`GW-SUM-…`) may be off, in units of the currency: up to this, the tax by less than this.

    A tax may be computed line by line and rounded as often: hence as much as in BR-CO-17 of EN 16931.
    """

    line: Decimal = Decimal("0.02")
    total: Decimal = Decimal("0.05")
    tax: Decimal = Decimal("1.00")


STRICT: Final = Tolerances()
"""What holds where nothing else was agreed."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Lets pass until a moment what would be refused: an algorithm besides those agreed, or RSA keys this short."""

    until: datetime
    reason: str
    algorithm: str | None = None
    rsa_bits: int | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask at the partner's. Versions of a profile are kept for good: better a desk than a person."""

    name: str
    role: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of what was agreed; None means that nothing was, and what the gateway does for everybody holds.

    `version` counts a partner's profiles from 1. `algorithms` are names in `signatures.policy`; `rsa_bits` is the
    shortest RSA key. `rule_sets` are asked of all documents that they are for, claimed or not; `levels` re-grade
    single rules. `contracts` says what becomes of documents that name a contract which is not in force.
    `delivery_url` is noted, and nothing is sent there yet.
    """

    types: "tuple[DocumentType, ...] | None" = None
    formats: tuple[str, ...] | None = None
    signature_formats: "tuple[SignatureFormat, ...] | None" = None
    algorithms: tuple[str, ...] | None = None
    rsa_bits: int | None = None
    waivers: tuple[Waiver, ...] = ()
    max_bytes: int | None = None
    requests_per_minute: int | None = None
    networks: tuple[Network, ...] | None = None
    tolerances: Tolerances = STRICT
    rule_sets: tuple[str, ...] = ()
    levels: "Mapping[str, Severity]" = field(default_factory=lambda: MappingProxyType({}), hash=False)
    contracts: "Literal['noticed', 'required'] | None" = None
    delivery_url: str | None = None
    contacts: tuple[Contact, ...] = ()
    version: int = field(default=0, compare=False)

    def permits(self, type: str, format: str) -> bool:
        """Whether documents of that type, in that format, may be sent."""
        return (self.types is None or type in self.types) and (self.formats is None or format in self.formats)

    def permits_peer(self, peer: str) -> bool:
        """Whether it may be sent from that address; one that can't be read is in no network."""
        if self.networks is None:
            return True
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)

    def waived(self, at: datetime) -> tuple[Waiver, ...]:
        """The waivers that hold at that moment."""
        return tuple(each for each in self.waivers if at < each.until)
