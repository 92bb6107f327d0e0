"""Whom to trust for naming partners' keys: roots, and which of their certificates speak for which partner.

Every step is a ledger entry: of a root in the ledger's own chain, of a grant in the partner's. Under four eyes a grant
is only proposed, until somebody else approves it; what takes trust away never waits for anybody.
"""

import re
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway.errors import Misuse, Taken
from edi_gateway.model.record import LEDGER, Act
from edi_gateway.model.trust import MAX_PATH_LENGTH, Grant, Revocation, Trust, TrustChange, TrustEvent, TrustRoot
from edi_gateway.receipts.statement import act_statement, digest
from edi_gateway.trust.names import read_match
from edi_gateway.trust.path import is_authority
from edi_gateway.workflows.enrol import Office, known, words
from edi_gateway.workflows.four_eyes import check_second
from edi_gateway.workflows.key_life import WrongState

MAX_GRACE = timedelta(days=30)
MAX_USAGES = 16

# Unlike the id of a grant.
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,18})){1,30}")


class UnknownTrust(Misuse):
    """There is no such root, or no such grant."""


def read_root(
    name: str,
    certificate: bytes,
    *,
    usages: tuple[str, ...] = (),
    policy: str | None = None,
    path_length: int = 1,
    revocation: Revocation = "hard",
    grace: timedelta = timedelta(0),
) -> TrustRoot:
    """A root with its limits; the certificate in PEM or DER. Raises Misuse."""
    if not _NAME.fullmatch(name):
        raise Misuse("A root's name is a lower-case letter, then up to 63 of those, digits, dots, dashes, underscores.")
    if len(usages) > MAX_USAGES or not all(map(_OID.fullmatch, (*usages, *filter(None, [policy])))):
        raise Misuse("A usage, and a policy, is named by its OID in dotted form, such as 1.3.6.1.5.5.7.3.4.")
    if not 0 <= path_length <= MAX_PATH_LENGTH:
        raise Misuse(f"Between a root and a signer are at most {MAX_PATH_LENGTH} authorities.")
    if not timedelta(0) <= grace <= MAX_GRACE:
        raise Misuse(f"Grace is at most {MAX_GRACE.days} days.")
    octets = read_certificates(certificate)[0].public_bytes(Encoding.DER)
    return TrustRoot(name, octets, tuple(dict.fromkeys(usages)), policy, path_length, revocation, grace)


def read_certificates(octets: bytes) -> list[x509.Certificate]:
    """Certificates of authorities, at least one, in PEM or DER. Raises Misuse."""
    try:
        pem = b"-----BEGIN" in octets
        found = x509.load_pem_x509_certificates(octets) if pem else [x509.load_der_x509_certificate(octets)]
        authorities = all(map(is_authority, found))
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension) as error:
        raise Misuse("The file is not a certificate, in PEM or DER.") from error
    if not authorities:
        raise Misuse("The certificate is not of an authority: trust a partner's own with `edi-gateway key add`.")
    return found


def add_root(root: TrustRoot, office: Office) -> Act:
    """Trust a root from now on. Nobody is named by it before there is a grant. Raises Taken."""
    if root.name in office.directory.trust.roots:
        raise Taken(f"There is, or was, a root {root.name} already.")
    return _act("trust.added", root, LEDGER, office, root=described(root))


def retire_root(name: str, reason: str | None, office: Office) -> Act:
    """Trust a root no more from now on: none of its grants counts any longer. Raises UnknownTrust, WrongState,
    Misuse."""
    root = known_root(name, office.directory.trust)
    if not root.in_force:
        raise WrongState(f"The root {name} is retired already.")
    facts = {"reason": words(reason, "reason")} if reason is not None else {}
    return _act("trust.retired", root, LEDGER, office, root={"name": name}, **facts)


def grant(partner: str, root: str, kind: str, value: str, office: Office, *, propose: bool = False) -> Act:
    """Let certificates under a root speak for a partner, or only propose to. Raises Misuse, UnknownTrust, Taken."""
    known(partner, office.directory)
    trust = office.directory.trust
    if not known_root(root, trust).in_force:
        raise WrongState(f"The root {root} is retired.")
    try:
        match = read_match(kind, value)
    except ValueError as error:
        raise Misuse(f"The grant is not usable: {error}.") from error
    for one in trust.grants:
        if (one.root, one.match) == (root, match) and one.state != "ended":
            raise Taken(f"Such certificates speak for {one.partner} already: the grant {one.id} is {one.state}.")
    given = Grant(office.uid, partner, root, match)
    type: TrustEvent = "trust.proposed" if propose or office.four_eyes else "trust.granted"
    return _act(type, given, partner, office, grant=described_grant(given))


def approve_grant(id: str, office: Office) -> Act:
    """Let a grant that was proposed count. Raises UnknownTrust, WrongState and, under four eyes, SamePerson."""
    found = known_grant(id, office.directory.trust)
    if found.state != "proposed":
        raise WrongState(f"The grant {id} is {found.state}, not proposed.")
    check_second(f"the grant {id}", found.steps[0], office)
    return _act("trust.approved", found, found.partner, office, grant=described_grant(found))


def end_grant(id: str, reason: str | None, office: Office) -> Act:
    """Let a grant count no more from now on, or withdraw a proposed one. Raises UnknownTrust, WrongState, Misuse."""
    found = known_grant(id, office.directory.trust)
    if found.state == "ended":
        raise WrongState(f"The grant {id} has ended already.")
    facts = {"reason": words(reason, "reason")} if reason is not None else {}
    return _act("trust.ended", found, found.partner, office, grant=described_grant(found), **facts)


def known_root(name: str, trust: Trust) -> TrustRoot:
    """Raises UnknownTrust."""
    if name not in trust.roots:
        raise UnknownTrust(f"There is no root {name[:200]}.")
    return trust.roots[name]


def known_grant(id: str, trust: Trust) -> Grant:
    """Raises UnknownTrust."""
    found = trust.grant(id)
    if found is None:
        raise UnknownTrust(f"There is no grant {id[:200]}.")
    return found


def described(root: TrustRoot) -> dict[str, object]:
    """A root as its first entry describes it."""
    return {
        "name": root.name,
        "certificate": digest(root.certificate),
        "usages": list(root.usages),
        "pathLength": root.path_length,
        "revocation": root.revocation,
        "grace": int(root.grace.total_seconds()),
        **({"policy": root.policy} if root.policy else {}),
    }


def described_grant(grant: Grant) -> dict[str, object]:
    """A grant as each of its entries describes it."""
    match = {"kind": grant.match.kind, "value": grant.match.value}
    return {"id": grant.id, "partner": grant.partner, "root": grant.root, "match": match}


def _act(type: TrustEvent, known: TrustRoot | Grant, party: str, office: Office, **facts: Any) -> Act:
    draft = act_statement(type, **office.named, **facts)
    return Act(office.uid, party, draft, trust=TrustChange(type, known))
