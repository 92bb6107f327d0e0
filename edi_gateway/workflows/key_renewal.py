"""A new certificate for a key that is registered, or a longer window: the key stays the same, and is trusted longer.

A renewal takes nothing away: what the key was trusted for before it still is. Where somebody else has to approve, it is
only proposed, and whoever approves names the entry that proposed it: so nothing is approved that nobody looked at.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edi_gateway.errors import Misuse, Taken
from edi_gateway.model.partner import KeyEvent, PartnerKey, Term
from edi_gateway.model.record import Change
from edi_gateway.partners.enrolment import read_key
from edi_gateway.receipts.statement import key_statement
from edi_gateway.signatures.policy import key_weakness
from edi_gateway.workflows.enrol import Office
from edi_gateway.workflows.four_eyes import check_second
from edi_gateway.workflows.key_life import WrongState, known_key

_ENDED = ("key.retired", "key.revoked")


def renew_key(
    fingerprint: str,
    data: bytes,
    window: tuple[datetime | None, datetime | None],
    office: Office,
    *,
    propose: bool = False,
    request: Mapping[str, str] | None = None,
) -> Change:
    """Trust a registered key by another certificate (PEM or DER; or the bare key) as well, within a window.

    `request` names what the partner itself asked. Raises UnknownKey, WrongState for a key that was retired or revoked,
    or never approved, Taken where nothing would change, Misuse for what isn't this key's, or can't be trusted.
    """
    key = known_key(fingerprint, office.directory)
    _check_renewable(key, office)
    try:
        brought = read_key(data, key.partner, *window)
    except ValueError as error:
        raise Misuse(f"The key is not usable: {error}.") from error
    if brought.fingerprint != key.fingerprint:
        raise Misuse(f"That is another key, {brought.fingerprint}: it is added, not renewed.")
    if weakness := key_weakness(key.public_key, office.policy_of(key.partner)):
        raise Misuse(weakness)
    (term,) = brought.terms
    if any(_adds_nothing(term, known) for known in key.terms):
        raise Taken(f"The key {fingerprint} is registered with this certificate and window already.")
    proposed = propose or office.four_eyes
    waiting = key.proposed_renewal
    if proposed and waiting and waiting.term == term:
        raise Taken(f"This renewal of {fingerprint} is proposed already: entry {waiting.index} of the ledger.")
    return _renewal("key.renewal-proposed" if proposed else "key.renewed", key, term, office, request=request)


def approve_renewal(fingerprint: str, entry: int, office: Office) -> Change:
    """Renew a key as the ledger's entry of that index proposed. Raises UnknownKey, WrongState and, under four eyes,
    SamePerson."""
    key = known_key(fingerprint, office.directory)
    _check_renewable(key, office)
    waiting = key.proposed_renewal
    if waiting is None or waiting.term is None or waiting.index != entry:
        newest = f"; entry {waiting.index} is" if waiting else ""
        raise WrongState(f"Entry {entry} is no renewal of the key {fingerprint} that waits for approval{newest}.")
    check_second(f"a renewal of the key {fingerprint}", waiting, office)
    return _renewal("key.renewed", key, waiting.term, office, proposal=entry)


def _check_renewable(key: PartnerKey, office: Office) -> None:
    if not key.approved or any(step.type in _ENDED for step in key.steps):
        raise WrongState(f"The key {key.fingerprint} is {key.state_at(office.at)}: it can't be renewed.")


def _adds_nothing(term: Term, known: Term) -> bool:
    return known.covers(term) and term.certificate in (None, known.certificate)


def _renewal(type: KeyEvent, key: PartnerKey, term: Term, office: Office, **facts: Any) -> Change:
    draft = key_statement(type, key, **office.named, term=term, **facts)
    return Change(office.uid, type, office.directory.partners[key.partner], key, office.at, draft, term)
