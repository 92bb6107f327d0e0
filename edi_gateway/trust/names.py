"""Which certificates speak for a partner."""

from typing import get_args

from cryptography import x509
from cryptography.x509.oid import NameOID

from edi_gateway.model.trust import Match, MatchKind

MAX_VALUE = 1000
"""Characters of a name."""

_ABBREVIATIONS = {
    "E": NameOID.EMAIL_ADDRESS,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}


def read_match(kind: str, value: str) -> Match:
    """A match in the one form in which it is compared and recorded. Raises ValueError, in words."""
    if kind not in get_args(MatchKind):
        raise ValueError(f"certificates are matched by {', '.join(get_args(MatchKind))}, not by {kind[:100]!r}")
    value = value.strip()
    if not value or len(value) > MAX_VALUE or not value.isprintable():
        raise ValueError(f"a name has 1 to {MAX_VALUE} characters, all of them printable")
    if kind == "subject":
        return Match("subject", _distinguished_name(value))
    return Match("san", _alternative(value)) if kind == "san" else Match("organization-identifier", value)


def matches(match: Match, certificate: x509.Certificate) -> bool:
    """Whether the certificate is one of those."""
    return match in matched(certificate)


def matched(certificate: x509.Certificate) -> set[Match]:
    """All matches that the certificate is one of."""
    subject = certificate.subject
    found = {Match("subject", subject.rfc4514_string()), *(Match("san", name) for name in _alternatives(certificate))}
    # Two of them would be two partners, perhaps.
    organizations = subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    if len(organizations) == 1 and isinstance(value := organizations[0].value, str):
        found.add(Match("organization-identifier", value))
    return found


def _distinguished_name(text: str) -> str:
    try:
        return x509.Name.from_rfc4514_string(text, _ABBREVIATIONS).rfc4514_string()
    except ValueError as error:
        raise ValueError(f"not a distinguished name as in RFC 4514: {text[:200]!r}") from error


def _alternative(text: str) -> str:
    kind, _, name = text.partition(":")
    if kind not in ("email", "dns", "uri") or not name:
        raise ValueError(f"a subjectAltName is email:, dns: or uri:, and the name, not {text[:200]!r}")
    return _plain(kind, name)


def _alternatives(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {
        *(_plain("email", name) for name in names.get_values_for_type(x509.RFC822Name)),
        *(_plain("dns", name) for name in names.get_values_for_type(x509.DNSName)),
        *(_plain("uri", name) for name in names.get_values_for_type(x509.UniformResourceIdentifier)),
    }


def _plain(kind: str, name: str) -> str:
    """RFC 5280 §7.2, §7.5: the names of hosts have no case; what stands before an @ has."""
    if kind == "uri":
        return f"uri:{name}"
    local, at, host = name.rpartition("@")
    return f"{kind}:{local}{at}{host.lower()}"
