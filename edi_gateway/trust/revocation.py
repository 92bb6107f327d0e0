"""Whether a certificate was revoked at a moment, by what was known then: CRLs and OCSP responses that are kept.

Nothing is fetched here. What is too old says nothing good of a certificate; that it was revoked it says for good.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway.model.trust import Held, Standing
from edi_gateway.trust import crl, ocsp

Ask = Callable[[bytes, x509.Certificate, x509.Certificate], tuple[Standing, datetime | None]]
_ASK: Mapping[str, Ask] = MappingProxyType({"crl": crl.ask, "ocsp": ocsp.ask})


class Told(NamedTuple):
    """What CRLs and OCSP responses say of a certificate: the newest of each kind, with its nextUpdate."""

    certificate: str
    said: tuple[tuple[Standing, datetime | None], ...]

    @property
    def since(self) -> datetime | None:
        """From when on these are the newest, among all that were issued until they were looked for."""
        return max(map(_as_of, self.said), default=None)


def digest_of(certificate: x509.Certificate) -> str:
    """`sha256:` and hex, of its DER."""
    return "sha256:" + sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def standing(
    certificate: x509.Certificate, issuer: x509.Certificate, held: Iterable[Held], at: datetime, grace: timedelta
) -> Standing:
    """What was known of a certificate at that moment, as `told` and `standing_at` have it."""
    return standing_at(told(certificate, issuer, held, at), at, grace)


def told(certificate: x509.Certificate, issuer: x509.Certificate, held: Iterable[Held], at: datetime) -> Told:
    """Of `held`, the newest CRL and the newest OCSP response count that were issued by then."""
    name = digest_of(certificate)
    said: dict[str, tuple[Standing, datetime | None]] = {}
    for one in held:
        found = _said(one, certificate, issuer, at)
        if found and (one.kind not in said or _as_of(found) > _as_of(said[one.kind])):
            said[one.kind] = found
    return Told(name, tuple((told._replace(certificate=name), until) for told, until in said.values()))


def standing_at(told: Told, at: datetime, grace: timedelta) -> Standing:
    """What was known at that moment, by what is told. Where two differ, the certificate was revoked."""
    for one, _ in told.said:
        if one.revoked_at and one.revoked_at <= at:
            return one
    if not told.said:
        return Standing(told.certificate, "unknown")
    # The one that counts longest, or counted longest.
    one, until = max(told.said, key=lambda one: one[1] or _as_of(one))
    if at > (until or one.as_of or at) + grace:
        return one._replace(status="unknown", revoked_at=None)
    # Revoked, but only later: until then it was good.
    return one if one.status == "good" else one._replace(status="good", revoked_at=None)


def speaks(one: Held, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    """Whether it says anything of the certificate that was known at that moment."""
    return _said(one, certificate, issuer, at) is not None


def _as_of(found: tuple[Standing, datetime | None]) -> datetime:
    assert found[0].as_of
    return found[0].as_of


def _said(
    one: Held, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
) -> tuple[Standing, datetime | None] | None:
    try:
        told, until = _ASK[one.kind](one.octets, certificate, issuer)
    except ValueError:
        return None
    return (told._replace(source=one.digest), until) if told.as_of and told.as_of <= at else None
