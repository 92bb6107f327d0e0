"""Trying a document on a partner's keys, with nothing recorded: which one verifies it, and why each other doesn't."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.profile import Profile
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.partners.keyring import names
from edi_gateway.signatures.policy import Policy
from edi_gateway.signatures.verify import verify
from edi_gateway.workflows.judge import judge_standing
from edi_gateway.workflows.terms import judge_signature


@dataclass(frozen=True, slots=True)
class Tried:
    """A key, whether the signature verifies with it, and why it would be refused, if it would."""

    key: PartnerKey
    verifies: bool
    why_not: str | None

    @property
    def accepted(self) -> bool:
        return self.verifies and self.why_not is None


def try_keys(
    transmission: Transmission, keys: Sequence[PartnerKey], policy: Policy, profile: Profile | None = None
) -> list[Tried]:
    """Each key, in their order, as if the document were received now; `profile` is what was agreed with its partner.

    Raises Rejection where there is no signature.
    """
    unwrap(transmission)
    return [_tried(transmission, key, policy, profile) for key in keys]


def _tried(transmission: Transmission, key: PartnerKey, policy: Policy, profile: Profile | None) -> Tried:
    # Verifying takes the signature out of a document's tree: each key gets a tree of its own.
    envelope = unwrap(transmission)
    named = not envelope.key_names or not names(key).isdisjoint(envelope.key_names)
    try:
        verified = verify(envelope, [key])
    except Rejection as refusal:
        other = "" if named else "The signature names another key. "
        return Tried(key, False, f"{other}{refusal.detail}")
    if not named:
        return Tried(key, True, "The signature names another key, or this one in a way that is not known here.")
    return Tried(
        key,
        True,
        _objection(key, transmission.received_at) or _weakness(verified, transmission.received_at, policy, profile),
    )


def _objection(key: PartnerKey, at: datetime) -> str | None:
    if not key.approved:
        return "It is only proposed: somebody has to approve it."
    if not key.valid_at(at):
        since = f" from {timestamp(key.valid_from)}" if key.valid_from else ""
        until = f" until {timestamp(key.ends_at)}" if key.ends_at else ""
        return f"It is {key.state_at(at)}: valid{since}{until}."
    if key.purpose != "document-signature":
        return f"It is for {key.purpose}, not for signing documents."
    return None


def _weakness(verified: Verified, at: datetime, policy: Policy, profile: Profile | None) -> str | None:
    try:
        if verified.key.vouched:
            judge_standing(verified.key.vouched, at)
        judge_signature(profile, verified, at, policy)
    except Rejection as refusal:
        return refusal.detail
    return None
