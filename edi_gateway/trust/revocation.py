"""Whether a certificate was revoked at a moment, by what was known then: CRLs and OCSP responses that are kept.

Nothing is fetched here. What is too old says nothing good of a certificate; that it was revoked it says for good.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edi_gateway.model.trust import Held, Standing
from edi_gateway.trust import crl, ocsp

Ask = Callable[[bytes, x509.Certificate, x509.Certificate], tuple[Standing, datetime | None]]
_ASK: Mapping[str, Ask] = MappingProxyType({"crl": crl.ask, "ocsp": ocsp.ask})


def digest_of(certificate: x509.Certificate) -> str:
    """`sha256:` and hex, of its DER."""
    return "sha256:" + sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def standing(
    certificate: x509.Certificate, issuer: x509.Certificate, held: Iterable[Held], at: datetime, grace: timedelta
) -> Standing:
    """What was known of a certificate at that moment.

    Of `held`, the newest CRL and the newest OCSP response count that were issued by then. Where they differ, it was
    revoked.
    """
    name = digest_of(certificate)
    said: dict[str, tuple[Standing, datetime | None]] = {}
    for one in held:
        found = _said(one, certificate, issuer, at)
        if found and (one.kind not in said or _as_of(found) > _as_of(said[one.kind])):
            said[one.kind] = found
    for told, _ in said.values():
        if told.revoked_at and told.revoked_at <= at:
            return told._replace(certificate=name)
    if not said:
        return Standing(name, "unknown")
    # The one that counts longest, or counted longest.
    told, until = max(said.values(), key=lambda one: one[1] or _as_of(one))
    fresh = at <= (until or told.as_of or at) + grace
    # Revoked, but only later: until then it was good.
    return told._replace(certificate=name, status="good" if fresh else "unknown", revoked_at=None)


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
