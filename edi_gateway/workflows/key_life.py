"""What becomes of a partner's key: proposed, then active, at last retired or revoked. Each step is a ledger entry.

No verdict is ever rewritten: a retired key still verifies what was received before, and a revocation says from when it
applies, so that everybody can see which documents came after that.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from edi_gateway.errors import Misuse
from edi_gateway.model.partner import KeyEvent, PartnerKey
from edi_gateway.model.query import SignedDocument
from edi_gateway.model.record import Change
from edi_gateway.partners.keyring import Directory
from edi_gateway.receipts.statement import key_statement
from edi_gateway.workflows.enrol import Office, find_key, words
from edi_gateway.workflows.four_eyes import check_second
from edi_gateway.workflows.key_archive import KeyArchive

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class UnknownKey(Misuse):
    """There is no such key."""


class WrongState(Misuse):
    """The key is not where this step begins."""


def known_key(fingerprint: str, directory: Directory) -> PartnerKey:
    """Raises UnknownKey."""
    found = find_key(fingerprint, directory)
    if found is None:
        hint = "" if _FINGERPRINT.fullmatch(fingerprint) else " A fingerprint is all of its 64 digits, in lower case."
        raise UnknownKey(f"There is no key {fingerprint[:200]}.{hint}")
    return found


def approve(fingerprint: str, office: Office) -> Change:
    """Activate a key that was proposed. Raises UnknownKey, WrongState and, under four eyes, SamePerson."""
    key = known_key(fingerprint, office.directory)
    if (state := key.state_at(office.at)) != "proposed":
        waiting = key.proposed_renewal
        hint = f" A renewal of it is: say that it is entry {waiting.index} which you approve." if waiting else ""
        raise WrongState(f"The key {fingerprint} is {state}, not proposed.{hint}")
    check_second(f"the key {fingerprint}", key.steps[0], office)
    return take_step("key.activated", key, office)


def retire(fingerprint: str, reason: str | None, office: Office) -> Change:
    """Trust a key no more from now on; one that was only proposed is withdrawn. Raises UnknownKey, WrongState, Misuse.

    `reason` may be None.
    """
    key = known_key(fingerprint, office.directory)
    if (state := key.state_at(office.at)) in ("retired", "revoked"):
        raise WrongState(f"The key {fingerprint} is {state} already.")
    facts = {"reason": words(reason, "reason")} if reason is not None else {}
    return take_step("key.retired", key, office, office.at, **facts)


def revoke(fingerprint: str, applies_from: datetime, reason: str, archive: KeyArchive, office: Office) -> Change:
    """Trust a key no more, as from a moment that may lie in the past. The entry counts what was accepted since then,
    and apart from that what was erased, signed by whichever key.

    One that was revoked may be revoked from an earlier moment. Raises UnknownKey, WrongState, Misuse and Fault.
    """
    key = known_key(fingerprint, office.directory)
    if applies_from > office.at:
        raise Misuse("A revocation applies from a moment that has come; to end a key later, retire it then.")
    revoked = [step.applies_from for step in key.steps if step.type == "key.revoked" and step.applies_from]
    if revoked and min(revoked) <= applies_from:
        raise WrongState(f"The key {fingerprint} is revoked already, from an earlier moment or the same.")
    facts: dict[str, Any] = {"reason": words(reason, "reason"), "affected": len(archive.signed(key, applies_from))}
    if erased := archive.erased(key.partner, applies_from):
        facts["erased"] = len(erased)
    return take_step("key.revoked", key, office, applies_from, **facts)


def revoked_from(key: PartnerKey) -> datetime | None:
    """The earliest moment from which a revocation applies; None for a key that was never revoked."""
    moments = [step.applies_from for step in key.steps if step.type == "key.revoked" and step.applies_from]
    return min(moments, default=None)


def affected(key: PartnerKey, archive: KeyArchive, since: datetime | None = None) -> list[SignedDocument]:
    """What was accepted on the word of a key, oldest first: since a moment, or since that of its revocation.

    With them all of its partner's that were erased: nobody knows any more which key signed those. Raises Misuse where
    neither is known, and Fault.
    """
    since = since or revoked_from(key)
    if since is None:
        raise Misuse(f"The key {key.fingerprint} is not revoked: say from when you ask.")
    return sorted([*archive.signed(key, since), *archive.erased(key.partner, since)], key=lambda one: one.id)


def alone(key: PartnerKey, directory: Directory, at: datetime) -> bool:
    """Whether its partner has no other key by which a document could be verified at that moment."""
    others = (one for one in directory.keys_of.get(key.partner, ()) if one.fingerprint != key.fingerprint)
    return not any(one.purpose == "document-signature" and one.valid_at(at) for one in others)


def ending(directory: Directory, at: datetime, within: timedelta) -> list[PartnerKey]:
    """The keys that are trusted, or will be, and end within that time, first to end first."""
    keys = [key for keys in directory.keys_of.values() for key in keys]
    found = [(key.ends_at, key) for key in keys if key.ends_at and at < key.ends_at <= at + within]
    return [key for _, key in sorted(found, key=lambda one: (one[0], one[1].fingerprint))]


def take_step(
    type: KeyEvent, key: PartnerKey, office: Office, applies_from: datetime | None = None, **facts: Any
) -> Change:
    """A step in the life of a key, to be recorded; `facts` are further members of its statement."""
    partner = office.directory.partners[key.partner]
    draft = key_statement(type, key, **office.named, applies_from=applies_from, **facts)
    return Change(office.uid, type, partner, key, office.at, draft)
