"""What was agreed with partners, in tests that care for what follows from it."""

from pathlib import Path
from typing import Any

from edi_gateway.gateway import Gateway
from edi_gateway.model.profile import Profile
from edi_gateway.model.record import Recorded
from edi_gateway.partners.profile_form import read_profile
from edi_gateway.workflows.profiles import set_profile

EXAMPLE = Path(__file__).parents[2] / "docs/examples/partners.toml"

EVERYTHING: dict[str, Any] = {
    "types": ["invoice", "order"],
    "formats": ["ubl-2.1-invoice", "ubl-2.1-order"],
    "signatureFormats": ["cms", "xmldsig"],
    "algorithms": ["ecdsa-sha256", "rsa-sha256"],
    "rsaBits": 3072,
    "waivers": [
        {"until": "2027-06-30T00:00:00.000Z", "reason": "new keys are ordered", "rsaBits": 2048},
        {"until": "2027-01-01T00:00:00.000Z", "reason": "the old ERP", "algorithm": "rsa-sha512"},
    ],
    "maxBytes": 100_000,
    "requestsPerMinute": 60,
    "networks": ["192.0.2.0/24", "2001:db8::/32"],
    "tolerances": {"line": "0.05", "total": "0.1", "tax": "2"},
    "ruleSets": ["en16931"],
    "levels": {"BR-CO-17": "warning", "GW-SUM-001": "error"},
    "contracts": "required",
    "delivery": {"url": "https://edi.acme.example/inbox"},
    "contacts": [{"name": "EDI desk", "email": "edi@acme.example"}, {"name": "Accounts", "role": "invoices"}],
}
"""A profile in the form in which it is written, with every name that there is."""


def profile(**members: object) -> Profile:
    return read_profile(members)


def agree(gateway: Gateway, partner: str = "acme", *, reason: str | None = None, **members: object) -> Recorded:
    """Agree on the next version of a partner's profile."""
    recorded = gateway.record(set_profile(partner, read_profile(members), reason, gateway.office("anna")))
    gateway.directory.refreshed()
    return recorded
