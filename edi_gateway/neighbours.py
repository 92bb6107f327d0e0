"""Those outside whom the gateway asks to vouch for its checkpoints, or for CRLs, or tells of keys: as set."""

from pathlib import Path

from edi_gateway.errors import Misuse
from edi_gateway.ledger import policy
from edi_gateway.ledger.policy import Witness
from edi_gateway.settings import Settings
from edi_gateway.timestamps.token import Roots, parse_roots
from edi_gateway.transports.oidc import IssuerKeys
from edi_gateway.transports.revocation import HttpList
from edi_gateway.transports.tsa import HttpAuthority
from edi_gateway.transports.webhook import HttpWebhook
from edi_gateway.transports.witness import HttpWitness
from edi_gateway.workflows.ports import Publications
from edi_gateway.workflows.trust import read_certificates
from edi_gateway.workflows.witnessed import Witnessed

OIDC_TIMEOUT = 5.0
"""Seconds that a person may have to wait, when the keys of the issuer are asked for."""


def authorities(settings: Settings) -> tuple[HttpAuthority, ...]:
    """The timestamp authorities. Raises Misuse where their roots can't be read."""
    return tuple(
        HttpAuthority(one.name, one.url, _roots(one.roots), settings.timestamp_timeout)
        for one in settings.timestamp_authorities
    )


def webhooks(settings: Settings) -> tuple[HttpWebhook, ...]:
    """Whom to tell what happens to keys."""
    return tuple(
        HttpWebhook(one.name, one.url, one.key, frozenset(one.events), settings.webhook_timeout)
        for one in settings.webhooks
    )


def _roots(file: Path) -> Roots:
    try:
        return parse_roots(file.read_bytes())
    except (OSError, ValueError) as error:
        raise Misuse(f"{file} should hold the PEM certificates of a timestamp authority's roots: {error}") from error


def revocation_sources(settings: Settings) -> tuple[HttpList, ...]:
    """Where CRLs and OCSP responses are fetched. Raises Misuse where an issuer's certificate can't be read."""
    return tuple(HttpList(one.url, _issuer(one.issuer) if one.issuer else None) for one in settings.revocation_lists)


def _issuer(file: Path) -> bytes:
    try:
        octets = file.read_bytes()
        read_certificates(octets)
    except (OSError, Misuse) as error:
        raise Misuse(f"{file} should hold the certificate of whoever signs a revocation list: {error}") from error
    return octets


def issuer_keys(settings: Settings) -> IssuerKeys | None:
    """Of whoever vouches for people; None without one. Nothing is fetched yet."""
    if not settings.oidc_issuer:
        return None
    return IssuerKeys(settings.oidc_issuer, settings.oidc_keys_url, OIDC_TIMEOUT)


def witnessed(settings: Settings, publications: Publications) -> Witnessed | None:
    """Publications under the policy of witnesses; None without one. Raises Misuse for a policy that is no use."""
    file = settings.witness_policy
    if file is None:
        return None
    try:
        found = policy.parse(file.read_bytes())
    except (OSError, Misuse) as error:
        raise Misuse(f"{file} should say which witnesses to ask: {error}") from error
    for one in found.witnesses:
        cosigner(one).close()
    return Witnessed(publications, found)


def cosigner(one: Witness) -> HttpWitness:
    """Whom to ask for a witness's cosignatures: `close` it. Raises Misuse where the policy has no address to ask at."""
    if one.url is None:
        raise Misuse(f"The policy does not say at which URL the witness {one.name} is to be asked.")
    return HttpWitness(one.url)
