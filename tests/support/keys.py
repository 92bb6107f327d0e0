"""What operators do to partners' keys, in tests that care for what becomes of it."""

from datetime import datetime

from edi_gateway.gateway import Gateway
from edi_gateway.model.partner import PartnerKey, Purpose
from edi_gateway.model.record import Recorded
from edi_gateway.workflows import enrol, key_life
from tests.support.gateway import pem


def add(
    gateway: Gateway,
    owner: str,
    partner: str = "acme",
    by: str | None = "anna",
    purpose: Purpose = "document-signature",
) -> PartnerKey:
    """Trust the owner's bare key."""
    return _done(gateway, enrol.add_key(partner, pem(owner), (None, None), gateway.office(by), purpose))


def propose(gateway: Gateway, owner: str, partner: str = "acme", by: str | None = "anna") -> PartnerKey:
    return _done(gateway, enrol.add_key(partner, pem(owner), (None, None), gateway.office(by), propose=True))


def approve(gateway: Gateway, key: PartnerKey, by: str | None = "berta") -> PartnerKey:
    return _done(gateway, key_life.approve(key.fingerprint, gateway.office(by)))


def retire(gateway: Gateway, key: PartnerKey, reason: str | None = "replaced") -> PartnerKey:
    return _done(gateway, key_life.retire(key.fingerprint, reason, gateway.office("anna")))


def revoke(gateway: Gateway, key: PartnerKey, at: datetime, reason: str = "stolen") -> PartnerKey:
    return _done(gateway, key_life.revoke(key.fingerprint, at, reason, gateway.archive, gateway.office("anna")))


def of(gateway: Gateway, partner: str) -> PartnerKey:
    """The one key of a partner that signs its documents, as enrolled with it."""
    return min(gateway.directory.refreshed().keys_of[partner], key=lambda key: key.steps[0].index)


def _done(gateway: Gateway, change: enrol.Change) -> PartnerKey:
    recorded: Recorded = gateway.record(change)
    assert change.key
    assert recorded.id == change.id
    return key_life.known_key(change.key.fingerprint, gateway.directory.refreshed())
