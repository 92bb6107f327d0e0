"""What operators do to partners and keys, as submissions to the ledger."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from edi_gateway.errors import Misuse, Taken
from edi_gateway.model.partner import Identifier, KeyEvent, Partner, PartnerEvent, PartnerKey, Purpose
from edi_gateway.model.record import Change
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import Directory
from edi_gateway.receipts.statement import key_statement, partner_statement
from edi_gateway.signatures.policy import Policy, key_weakness
from edi_gateway.workflows.terms import key_policy

PARTNER_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
MAX_TEXT = 200
"""Characters of a name or an identifier, as in the documents."""


@dataclass(frozen=True, slots=True)
class Office:
    """What a change needs beside itself: what is known already, what is accepted, and the change's own marks.

    `uid` is the change's id; `by` names the operator, where that is known, and `identity` is who that is to an issuer
    of identities, whatever the name. Under `four_eyes` a key that somebody adds is only proposed, until somebody else
    approves it.
    """

    directory: Directory
    policy: Policy
    origin: str
    at: datetime
    uid: str
    by: str | None = None
    four_eyes: bool = False
    identity: str | None = None

    @property
    def named(self) -> dict[str, Any]:
        """What each statement on a key, a root or a grant has: its id, the origin, and who."""
        return {"id": self.uid, "origin": self.origin, "by": self.by, "byIdentity": self.identity}

    def policy_of(self, partner: str) -> Policy:
        """Which keys are accepted of a partner at this moment. Raises Misuse where there is none."""
        return key_policy(known(partner, self.directory).profile, self.at, self.policy)


def add_partner(id: str, name: str, identifiers: Sequence[Identifier], office: Office) -> Change:
    """Enrol a partner. Raises Taken, and Misuse for an id or a name that is malformed."""
    if not PARTNER_ID.fullmatch(id):
        raise Misuse("A partner's id has 1 to 64 lower-case letters, digits, dots, dashes and underscores.")
    if id in office.directory.partners:
        raise Taken(f"There is a partner {id} already.")
    _check_described(name, identifiers, identifiers, office.directory)
    partner = Partner(id, name.strip(), tuple(dict.fromkeys(identifiers)))
    return _change("partner.added", partner, office)


def change_partner(id: str, name: str, identifiers: Sequence[Identifier], office: Office) -> Change:
    """Give a partner another name, or other identifiers. Raises Taken and Misuse; also where nothing would change."""
    partner = known(id, office.directory)
    others = [each for each in identifiers if office.directory.owner([each]) != {id}]
    _check_described(name, identifiers, others, office.directory)
    changed = replace(partner, name=name.strip(), identifiers=tuple(dict.fromkeys(identifiers)))
    if (changed.name, set(changed.identifiers)) == (partner.name, set(partner.identifiers)):
        raise Misuse(f"{id} has this name and these identifiers already.")
    return _change("partner.changed", changed, office)


def _check_described(
    name: str, identifiers: Sequence[Identifier], wanted: Sequence[Identifier], directory: Directory
) -> None:
    if not identifiers or not name.strip():
        raise Misuse("A partner has a name and at least one identifier.")
    if not all(text.isprintable() and len(text) <= MAX_TEXT for text in (name, *map(str, identifiers))):
        raise Misuse(f"A name or an identifier has at most {MAX_TEXT} characters, all of them printable.")
    for identifier in wanted:
        if owner := directory.owner([identifier]):
            raise Taken(f"{identifier} belongs to {', '.join(owner)} already.")


def suspend(id: str, suspended: bool, office: Office) -> Change:
    """Suspend a partner, or resume. Raises Misuse when there is none, or nothing would change."""
    partner = known(id, office.directory)
    if partner.suspended == suspended:
        raise Misuse(f"{id} is {'suspended already' if suspended else 'not suspended'}.")
    changed = replace(partner, suspended=suspended)
    kind: PartnerEvent = "partner.suspended" if suspended else "partner.resumed"
    return _change(kind, changed, office)


def add_key(
    partner_id: str,
    data: bytes,
    window: tuple[datetime | None, datetime | None],
    office: Office,
    purpose: Purpose = "document-signature",
    *,
    propose: bool = False,
    request: Mapping[str, str] | None = None,
) -> Change:
    """Trust a key (PEM or DER, certificate or public key) within a window, for one purpose, or only `propose` to.

    `request` names what the partner itself asked: its digest, and the key that signed it. Raises Taken for a key that
    is registered, Misuse for one that can't be trusted.
    """
    partner = known(partner_id, office.directory)
    try:
        key = replace(read_key(data, partner.id, *window), purpose=purpose)
    except ValueError as error:
        raise Misuse(f"The key is not usable: {error}.") from error
    if weakness := key_weakness(key.public_key, office.policy_of(partner.id)):
        raise Misuse(weakness)
    if taken := find_key(key.fingerprint, office.directory):
        hint = _what_instead(taken, key, office.at) if taken.partner == partner.id else ""
        raise Taken(f"The key {key.fingerprint} is registered for {taken.partner} already.{hint}")
    kind: KeyEvent = "key.proposed" if propose or office.four_eyes else "key.added"
    draft = key_statement(kind, key, **office.named, request=request)
    return Change(office.uid, kind, partner, key, office.at, draft)


def _what_instead(taken: PartnerKey, brought: PartnerKey, at: datetime) -> str:
    """To somebody who would add a key of the same partner again."""
    if any(step.applies_from for step in taken.steps):
        return f" It is {taken.state_at(at)}, for good: have the partner make a new one."
    if not taken.approved:
        return " It waits for approval."
    return " Another certificate of it renews it." if brought.certificate else ""


def known(id: str, directory: Directory) -> Partner:
    """The partner of that id. Raises Misuse."""
    if id not in directory.partners:
        raise Misuse(f"There is no partner {id}.")
    return directory.partners[id]


def find_key(fingerprint: str, directory: Directory) -> PartnerKey | None:
    """The key of that fingerprint, whoever's it is."""
    return next((key for keys in directory.keys_of.values() for key in keys if key.fingerprint == fingerprint), None)


def words(text: str, name: str) -> str:
    """What somebody says, for good. Raises Misuse where it is empty, too long, or not printable."""
    text = text.strip()
    if not text or len(text) > MAX_TEXT or not text.isprintable():
        raise Misuse(f"The {name} has 1 to {MAX_TEXT} characters, all of them printable.")
    return text


def _change(kind: PartnerEvent, partner: Partner, office: Office) -> Change:
    draft = partner_statement(kind, partner, id=office.uid, origin=office.origin, by=office.by)
    return Change(office.uid, kind, partner, None, office.at, draft)
