"""Going on under another name: what a ledger's first entries say of the one that came to its end before it.

No entry of the old ledger is taken over: its receipts stay what they are, under its own keys. Partners, their keys,
and the roots that name others, are, each recorded anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from edi_gateway.errors import Misuse
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.ledger.note import Verifier
from edi_gateway.ledger.tree import Head
from edi_gateway.model.partner import KeyEvent, KeyStep, Partner, PartnerKey
from edi_gateway.model.profile import Profile
from edi_gateway.model.record import LEDGER, Act, Change, Submission
from edi_gateway.partners.keyring import Directory
from edi_gateway.receipts.statement import (
    act_statement,
    digest,
    key_statement,
    partner_statement,
    profile_statement,
)
from edi_gateway.workflows.continuing_trust import trust_entries
from edi_gateway.workflows.forks import Fork
from edi_gateway.workflows.forks import described as described_fork
from edi_gateway.workflows.profiles import content as profile_content


@dataclass(frozen=True, slots=True)
class Ended:
    """A ledger as it was found at its end: its keys, its head, and the newest checkpoint in its anchor, if any.

    `sound`: the anchor agreed with it. `lost` are the keys in force whose private keys could not be had. `fork` is the
    proof of another history that nobody had settled.
    """

    origin: str
    keys: Sequence[Verifier]
    head: Head
    anchored: Checkpoint | None
    sound: bool
    lost: Sequence[Verifier] = ()
    fork: Fork | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the first entries of the new ledger need beside: its name, the moment, ids, why, and who."""

    origin: str
    at: datetime
    new_id: Callable[[], str]
    reason: str
    by: str


_PROPOSALS = ("key.proposed", "key.renewal-proposed")


def first_entries(ended: Ended, directory: Directory, beginning: Beginning) -> list[Submission]:
    """To be recorded in this order, in one commit. Raises Misuse for a name that the old ledger has."""
    if beginning.origin == ended.origin:
        raise Misuse(f"This ledger is {ended.origin} already: a new one needs a name of its own.")
    changes: list[Submission] = []
    for partner in directory.partners.values():
        changes += _partner(partner, directory, beginning)
    changes += trust_entries(directory.trust, beginning.new_id, lambda uid: _named(uid, beginning))
    return [_continued(ended, beginning), *changes]


def _continued(ended: Ended, beginning: Beginning) -> Act:
    continues: dict[str, Any] = {
        "origin": ended.origin,
        "keys": [key.vkey for key in ended.keys],
        "sound": ended.sound,
        "ledger": _told(ended.head),
    }
    if ended.anchored:
        continues["anchor"] = _told(ended.anchored)
    if ended.lost:
        continues["keysLost"] = [key.vkey for key in ended.lost]
    if ended.fork:
        continues["fork"] = described_fork(ended.fork)
    facts = {"continues": continues, "reason": beginning.reason}
    uid = beginning.new_id()
    draft = act_statement("ledger.continued", id=uid, origin=beginning.origin, by=beginning.by, **facts)
    return Act(uid, LEDGER, draft)


def _told(tree: Head | Checkpoint) -> dict[str, object]:
    return {"size": tree.size, "root": encode_base64(tree.root)}


def _partner(partner: Partner, directory: Directory, beginning: Beginning) -> list[Change]:
    enrolled = replace(partner, suspended=False)
    added = partner_statement("partner.added", enrolled, **_named(uid := beginning.new_id(), beginning))
    changes = [Change(uid, "partner.added", enrolled, None, beginning.at, added)]
    for key in sorted(directory.keys_of.get(partner.id, ()), key=_age):
        changes += _key(key, enrolled, beginning)
    if partner.profile:
        changes.append(_profile(partner, partner.profile, beginning))
    if partner.suspended:
        draft = partner_statement("partner.suspended", partner, **_named(uid := beginning.new_id(), beginning))
        changes.append(Change(uid, "partner.suspended", partner, None, beginning.at, draft))
    return changes


def _profile(partner: Partner, profile: Profile, beginning: Beginning) -> Change:
    """The newest version, under its number: verdicts of the old ledger name that, too."""
    described = {"version": profile.version, "digest": digest(profile_content(profile))}
    draft = profile_statement(partner, described, **_named(uid := beginning.new_id(), beginning))
    return Change(uid, "partner.profiled", partner, None, beginning.at, draft)


def _age(key: PartnerKey) -> int:
    """So that what was enrolled first is so again."""
    return key.steps[0].index if key.steps else -1


def _key(key: PartnerKey, partner: Partner, beginning: Beginning) -> list[Change]:
    """The key as it stands, in as few steps as tell that: who proposed what waits for approval stays known."""
    kind: KeyEvent = "key.added" if key.approved else "key.proposed"
    waiting = key.proposed_renewal
    further = [step for step in key.steps if step.applies_from or step.type == "key.renewed" or step is waiting]
    known = key if not key.steps else replace(key, steps=())
    changes = []
    first = replace(key.steps[0], index=0, type=kind) if key.steps else KeyStep(0, kind)
    for step in [first, *further]:
        named = _named(uid := beginning.new_id(), beginning)
        if step.type in _PROPOSALS and step.by:
            named |= {"by": step.by, "byIdentity": step.identity}
        draft = key_statement(step.type, known, **named, applies_from=step.applies_from, term=step.term)
        changes.append(Change(uid, step.type, partner, known, beginning.at, draft, step.term))
        known = replace(known, steps=(*known.steps, step))
    return changes


def _named(uid: str, beginning: Beginning) -> dict[str, Any]:
    return {"id": uid, "origin": beginning.origin, "by": beginning.by}
