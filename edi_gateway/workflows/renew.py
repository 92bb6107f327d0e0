"""A partner brings its next key itself, or a new certificate of the present one: asked with the present key, and the
one that is brought proves that the partner has it.

The request is a JWS by a key of the partner's that is valid now, or signed by it as a whole (RFC 9421). In it is
another JWS, by the new key, over the partner, this ledger's name, the new key's fingerprint and a moment: nobody can
pass off another's key as their own, and what was overheard is of no use elsewhere, later, or twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Misuse, Rejection
from edi_gateway.model.moment import parse_timestamp
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.record import Change
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.partners.enrolment import read_key
from edi_gateway.receipts.statement import digest
from edi_gateway.signatures import policy as signatures
from edi_gateway.signatures.verify import verify
from edi_gateway.syntax import json
from edi_gateway.workflows.enrol import Office, add_key, find_key, known
from edi_gateway.workflows.key_renewal import renew_key

RENEWAL = "key.renewal"
POSSESSION = "key.possession"
"""What the two say they are, so that neither is taken for a document, nor a document for one of them."""

FRESH = timedelta(minutes=5)
"""How far the new key's proof may be from the gateway's clock, either way."""

_MEMBERS = {"type", "partner", "origin", "certificate", "publicKey", "from", "until", "proof"}


def renew(partner_id: str, transmission: Transmission, office: Office, *, active: bool) -> Change:
    """The key that a partner brings, `active` at once or proposed. `office.at` is when the request was received.

    Raises Rejection where the request is not by a key of this partner's, Taken, and Misuse for all else.
    """
    asked_by = _asked_by(known(partner_id, office.directory).id, transmission, office)
    request = {"digest": digest(transmission.body), "key": asked_by.key.fingerprint}
    return _renewed(partner_id, asked_by.content, request, office, active=active)


def renew_signed(partner_id: str, body: bytes, key: PartnerKey, office: Office, *, active: bool) -> Change:
    """The same, of a request that `key` signed as a whole (RFC 9421): the body has the members of the JWS's payload.

    Raises likewise.
    """
    if not _may_ask(key, known(partner_id, office.directory).id, office.at):
        raise Rejection("unknown-signer", f"The request is signed by no valid key of {partner_id}'s documents.")
    return _renewed(partner_id, body, {"digest": digest(body), "key": key.fingerprint}, office, active=active)


def _renewed(partner_id: str, content: bytes, request: Mapping[str, str], office: Office, *, active: bool) -> Change:
    partner = known(partner_id, office.directory)
    if partner.suspended:
        raise Misuse(f"{partner.id} is suspended: it brings no key.")
    asked = _members(content, _MEMBERS, RENEWAL)
    _check_meant(asked, partner.id, office)
    if ("certificate" in asked) == ("publicKey" in asked):
        raise Misuse("The request has a certificate or a publicKey, in PEM.")
    data = asked.get("certificate", asked.get("publicKey", "")).encode()
    window = _moment(asked, "from"), _moment(asked, "until")
    brought = _possessed(asked, data, partner.id, office)
    if _is_renewed(brought, partner.id, office):
        return renew_key(brought.fingerprint, data, window, office, propose=not active, request=request)
    return add_key(partner.id, data, window, office, propose=not active, request=request)


def _is_renewed(brought: PartnerKey, partner: str, office: Office) -> bool:
    """Whether it is one of the partner's keys already, so that what it brings is another certificate."""
    known = find_key(brought.fingerprint, office.directory)
    return bool(known and known.partner == partner and known.approved and known.purpose == "document-signature")


def _asked_by(partner: str, transmission: Transmission, office: Office) -> Verified:
    envelope = unwrap(transmission)
    keys = [key for key in office.directory.named(envelope.key_names) if _may_ask(key, partner, office.at)]
    if not keys:
        raise Rejection("unknown-signer", f"No valid key of {partner} is named by the signature.")
    verified = verify(envelope, keys)
    signatures.judge(verified.algorithm, verified.digest, verified.key.public_key, office.policy_of(partner))
    return verified


def _may_ask(key: PartnerKey, partner: str, at: datetime) -> bool:
    return key.partner == partner and key.purpose == "document-signature" and key.valid_at(at)


def _possessed(asked: Mapping[str, str], data: bytes, partner: str, office: Office) -> PartnerKey:
    """The key that is brought, once it has proved that the partner has it."""
    try:
        key = read_key(data, partner, None, None)
    except ValueError as error:
        raise Misuse(f"The key is not usable: {error}.") from error
    inner = Transmission(asked.get("proof", "").encode(), "application/jose", office.at)
    try:
        proof = verify(unwrap(inner), [key])
        signatures.judge(proof.algorithm, proof.digest, key.public_key, office.policy_of(partner))
    except Rejection as refusal:
        raise Misuse(f"The new key's proof does not hold: {refusal.detail}") from refusal
    said = _members(proof.content, {"type", "partner", "origin", "fingerprint", "at"}, POSSESSION)
    _check_meant(said, partner, office)
    if said.get("fingerprint") != key.fingerprint:
        raise Misuse("The new key's proof is for another key.")
    at = _moment(said, "at")
    if at is None or abs(office.at - at) > FRESH:
        raise Misuse(f"The new key's proof is not of this moment: `at` is {said.get('at')}.")
    return key


def _check_meant(said: Mapping[str, str], partner: str, office: Office) -> None:
    if (said.get("partner"), said.get("origin")) != (partner, office.origin):
        raise Misuse(f"Request and proof name the partner {partner} and the origin {office.origin}.")


def _members(content: bytes, known: set[str], type: str) -> dict[str, str]:
    try:
        value = json.parse(content)
    except Rejection as refusal:
        raise Misuse(f"What is signed is not JSON: {refusal.detail}") from refusal
    if not isinstance(value, dict) or value.get("type") != type:
        raise Misuse(f"What is signed is an object whose type is {type}.")
    if unknown := value.keys() - known:
        raise Misuse(f"Members that are not known: {', '.join(sorted(unknown))[:200]!a}.")
    members = {name: text for name, text in value.items() if isinstance(text, str)}
    if len(members) != len(value):
        raise Misuse("All members are strings.")
    return members


def _moment(members: Mapping[str, str], name: str) -> datetime | None:
    try:
        return parse_timestamp(members[name]) if name in members else None
    except ValueError as error:
        raise Misuse(f"{name}: {error}.") from error
