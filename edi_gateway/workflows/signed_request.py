"""A partner that signs what it asks (RFC 9421) needs no token: the key names it, as it does for documents."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey, Purpose
from edi_gateway.model.request import HttpRequest
from edi_gateway.model.transmission import KeyName
from edi_gateway.partners.keyring import Directory
from edi_gateway.signatures import policy as signatures
from edi_gateway.signatures.addressed import check_addressed
from edi_gateway.signatures.http_message import (
    HttpSignature,
    check_body,
    check_moment,
    read_signature,
    verify_request,
)
from edi_gateway.signatures.policy import Policy
from edi_gateway.workflows.ports import DirectorySource
from edi_gateway.workflows.terms import key_policy

PURPOSES: tuple[Purpose, ...] = ("http-signature", "document-signature")
"""Keys that may sign requests."""


class Nonces(Protocol):
    """What was said once, and is not to be taken a second time, whichever worker is asked."""

    def remember(self, key: str, nonce: str, until: datetime, at: datetime) -> bool:
        """False where this nonce of this key is remembered already; raises Rejection where there are too many."""


@dataclass(frozen=True, slots=True)
class Verifying:
    """What it takes to believe a request. `hosts` are those for which it may be signed: as `check_addressed`."""

    directory: DirectorySource
    policy: Policy
    nonces: Nonces
    hosts: Collection[str]


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """Made by `verify_signed` alone: whose key it was, and what is known of the body before it is read."""

    key: PartnerKey
    signature: HttpSignature

    def check_body(self, body: bytes) -> None:
        """Raises Rejection for another body than the one that was signed."""
        check_body(self.signature, body)


def verify_signed(request: HttpRequest, at: datetime, verifying: Verifying, *, has_body: bool) -> SignedRequest:
    """Who signed a request, received at that moment. Raises Rejection, and Fault.

    The nonce is remembered last: nobody but a partner makes the gateway remember anything.
    """
    signature = read_signature(request, has_body=has_body)
    check_addressed(request, verifying.hosts)
    check_moment(signature, at)
    key = _key(signature.key, verifying.directory.current(), at) or _key(
        signature.key, verifying.directory.refreshed(), at
    )
    if key is None:
        raise Rejection(
            "unknown-signer", "The keyid is the fingerprint of no key that is valid now, and signs requests."
        )
    algorithm = verify_request(request, signature, key.public_key)
    profile = verifying.directory.current().partners[key.partner].profile
    signatures.judge(algorithm, "", key.public_key, key_policy(profile, at, verifying.policy))
    if not verifying.nonces.remember(key.fingerprint, signature.nonce, signature.expires, at):
        raise Rejection("nonce-used")
    return SignedRequest(key, signature)


def _key(fingerprint: str, directory: Directory, at: datetime) -> PartnerKey | None:
    found = directory.named([KeyName("fingerprint", fingerprint)])
    return next((key for key in found if key.purpose in PURPOSES and key.valid_at(at)), None)
