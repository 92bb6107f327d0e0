"""Holding a sender to what was agreed with it (its profile), in the order of what a look costs.

What isn't recorded is raised outside of the verdict: a body too large, before its signature is looked at, and more than
so many documents in a minute, once the signature shows that they are the partner's own.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from edi_gateway.errors import Rejection, TooFast
from edi_gateway.model.document import Finding
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import Partner, PartnerKey, PublicKey
from edi_gateway.model.profile import Profile, Waiver
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.partners.keyring import Directory
from edi_gateway.signatures import policy as signatures
from edi_gateway.signatures.policy import Policy


class Pace:
    """How much each partner has sent of late, in this process: a bucket that fills up again over a minute.

    What comes from another network than was agreed on has a bucket of its own: whoever repeats there what a partner
    has signed can't use up what the partner itself may send.
    """

    def __init__(self) -> None:
        self._left: dict[tuple[str, bool], tuple[float, datetime]] = {}
        self._lock = Lock()

    def count(self, partner: str, permitted: bool, per_minute: int, at: datetime) -> float:
        """Take one from what is left. Returns the seconds after which there is one again; 0 where there was."""
        with self._lock:
            left, before = self._left.get((partner, permitted), (float(per_minute), at))
            # A clock that was set back gives nothing, and takes nothing.
            passed = max(0.0, (at - before).total_seconds())
            left = min(float(per_minute), left + passed * per_minute / 60)
            granted = left >= 1
            self._left[partner, permitted] = (left - 1 if granted else left, at)
        return 0.0 if granted else (1 - left) * 60 / per_minute


def check_size(transmission: Transmission, keys: Iterable[PartnerKey], directory: Directory) -> None:
    """Raises Rejection("body-too-large") where nobody whose key this may be was to send as much."""
    most = 0
    for key in keys:
        profile = directory.partners[key.partner].profile
        if profile is None or profile.max_bytes is None or len(transmission.body) <= profile.max_bytes:
            return
        most = max(most, profile.max_bytes)
    raise Rejection("body-too-large", f"From this sender the gateway accepts at most {most} bytes.")


def check_pace(partner: Partner, transmission: Transmission, pace: Pace) -> None:
    """Raises TooFast. Asked of everything that a partner signed, refused or repeated: each costs as much."""
    profile = partner.profile
    if profile is None or profile.requests_per_minute is None:
        return
    permitted = profile.permits_peer(transmission.peer)
    wait = pace.count(partner.id, permitted, profile.requests_per_minute, transmission.received_at)
    if wait:
        raise TooFast(f"{profile.requests_per_minute} documents a minute were agreed on.", math.ceil(wait))


def check_way(profile: Profile, verified: Verified, peer: str) -> None:
    """Raises Rejection where it was sent from a network, or signed in a format, that was not agreed on."""
    if not profile.permits_peer(peer):
        raise Rejection("network-not-permitted")
    if profile.signature_formats is not None and verified.format not in profile.signature_formats:
        allowed = ", ".join(profile.signature_formats)
        raise Rejection("document-not-permitted", f"To sign as {verified.format} was not agreed on, but {allowed}.")


def judge_signature(profile: Profile | None, verified: Verified, at: datetime, policy: Policy) -> tuple[Finding, ...]:
    """What is to be said of a signature by the gateway's policy and what was agreed: warnings, or
    Rejection("algorithm-barred").

    A waiver lets pass a shorter RSA key or another algorithm, never one that the gateway doesn't trust with anybody.
    """
    if profile is None:
        return signatures.judge(verified.algorithm, verified.digest, verified.key.public_key, policy)
    waived = profile.waived(at)
    warnings = signatures.judge(
        verified.algorithm, verified.digest, verified.key.public_key, key_policy(profile, at, policy)
    )
    used = [*_algorithm_waiver(profile, waived, verified.algorithm)]
    used += _key_waiver(profile, waived, verified.key.public_key, policy)
    return (*warnings, *map(_waiver, used))


def key_policy(profile: Profile | None, at: datetime, policy: Policy) -> Policy:
    """Which keys are accepted of a partner, with the waivers of that moment."""
    if profile is None:
        return policy
    least = max(policy.rsa_refused, profile.rsa_bits or 0)
    waived = [each.rsa_bits for each in profile.waived(at) if each.rsa_bits is not None]
    return replace(policy, rsa_refused=min([least, *waived]))


def _algorithm_waiver(profile: Profile, waived: Iterable[Waiver], algorithm: str) -> list[Waiver]:
    if profile.algorithms is None or algorithm in profile.algorithms:
        return []
    found = [each for each in waived if each.algorithm == algorithm]
    if not found:
        agreed = ", ".join(profile.algorithms)
        raise Rejection("algorithm-barred", f"To sign with {algorithm} was not agreed on, but {agreed}.")
    return found[:1]


def _key_waiver(profile: Profile, waived: Iterable[Waiver], key: PublicKey, policy: Policy) -> list[Waiver]:
    if not isinstance(key, RSAPublicKey) or key.key_size >= max(policy.rsa_refused, profile.rsa_bits or 0):
        return []
    return [each for each in waived if each.rsa_bits is not None and each.rsa_bits <= key.key_size][:1]


def _waiver(waiver: Waiver) -> Finding:
    return Finding(
        rule="GW-SIG-003",
        severity="warning",
        stage="signature",
        message="The signature is accepted under a waiver that ends.",
        expected=f"no later than {timestamp(waiver.until)}",
        actual=waiver.algorithm or f"an RSA key of {waiver.rsa_bits} bits or more",
    )
