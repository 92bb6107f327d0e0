"""Which key a signature means, and whose it is: the key names the partner."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from edi_gateway.model.partner import Identifier, Partner, PartnerKey
from edi_gateway.model.transmission import KeyName
from edi_gateway.model.trust import Trust

MAX_TRIED = 8
"""At most so many keys are tried where a signature doesn't say which one it means."""


@dataclass(frozen=True, slots=True)
class Directory:
    """All partners and keys at one moment, as look-ups. Never changed: a new one replaces it.

    `revocations` counts the CRLs and OCSP responses that were kept by then.
    """

    partners: Mapping[str, Partner]
    keys_of: Mapping[str, Sequence[PartnerKey]]
    _by_name: Mapping[KeyName, Sequence[PartnerKey]]
    _by_identifier: Mapping[Identifier, str]
    trust: Trust = field(default_factory=Trust)
    revocations: int = 0

    def named(self, names: Iterable[KeyName]) -> tuple[PartnerKey, ...]:
        """The registered keys that any of the names means, each once, in the order of the names."""
        found = {key.fingerprint: key for name in names for key in self._by_name.get(name, ())}
        return tuple(found.values())[:MAX_TRIED]

    def owner(self, identifiers: Iterable[Identifier]) -> set[str]:
        """The partners whose identifiers these are."""
        return {self._by_identifier[i] for i in identifiers if i in self._by_identifier}

    def claimed(self, identifiers: Iterable[Identifier]) -> tuple[PartnerKey, ...]:
        """The keys of the partner that a document says it is from, likeliest first. The claim is not trusted."""
        keys = [key for partner in sorted(self.owner(identifiers)) for key in self.keys_of.get(partner, ())]
        return tuple(key for key in keys if key.approved)[:MAX_TRIED]

    def with_partner(self, partner: Partner) -> "Directory":
        """As it would be if this were recorded of a partner, new or known."""
        others = {i: owner for i, owner in self._by_identifier.items() if owner != partner.id}
        owned = dict.fromkeys(partner.identifiers, partner.id)
        return replace(self, partners={**self.partners, partner.id: partner}, _by_identifier=others | owned)

    def with_key(self, key: PartnerKey) -> "Directory":
        """As it would be with this key, which no signature means yet."""
        keys = (*self.keys_of.get(key.partner, ()), key)
        return replace(self, keys_of={**self.keys_of, key.partner: keys})


def directory(partners: Iterable[Partner], keys: Iterable[PartnerKey], trust: Trust | None = None) -> Directory:
    """Index partners and keys by everything that a signature or a document may call them.

    A key that was proposed, and not approved, is one of its partner's, but no signature can mean it.
    """
    partners = tuple(partners)
    keys_of: dict[str, list[PartnerKey]] = {}
    by_name: dict[KeyName, list[PartnerKey]] = {}
    for key in sorted(keys, key=_likelihood, reverse=True):
        keys_of.setdefault(key.partner, []).append(key)
        for name in names(key) if key.approved else ():
            by_name.setdefault(name, []).append(key)
    return Directory(
        partners=MappingProxyType({p.id: p for p in partners}),
        keys_of=MappingProxyType({p: tuple(k) for p, k in keys_of.items()}),
        _by_name=MappingProxyType({n: tuple(k) for n, k in by_name.items()}),
        _by_identifier=MappingProxyType({i: p.id for p in partners for i in p.identifiers}),
        trust=trust or Trust(),
    )


def _likelihood(key: PartnerKey) -> tuple[bool, bool, int, float]:
    """Only so many keys are tried: those for documents that nobody ended come first, and of these the newest."""
    ended = any(step.applies_from for step in key.steps)
    began = key.valid_from.timestamp() if key.valid_from else 0.0
    return key.purpose == "document-signature", not ended, key.steps[0].index if key.steps else -1, began


def names(key: PartnerKey) -> set[KeyName]:
    """Everything that a signature may call the key. Raises ValueError where its certificate is malformed."""
    found = {
        KeyName("fingerprint", key.fingerprint),
        # RFC 5280 §4.2.1.2: the usual identifier of a key is the SHA-1 of its bits; it names, it protects nothing.
        KeyName("subject-key-id", x509.SubjectKeyIdentifier.from_public_key(key.public_key).digest.hex()),
    }
    try:
        return found.union(*map(_certificate_names, key.certificates))
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(f"the certificate's extensions are malformed: {error}") from error


def _certificate_names(der: bytes) -> set[KeyName]:
    certificate = x509.load_der_x509_certificate(der)
    issuer, serial = certificate.issuer, certificate.serial_number
    found = {
        KeyName("certificate", certificate.fingerprint(hashes.SHA256()).hex()),
        KeyName("issuer-serial", f"{hashlib.sha256(issuer.public_bytes()).hexdigest()}:{serial}"),
        KeyName("issuer-name", f"{issuer.rfc4514_string()}:{serial}"),
        KeyName("subject-name", certificate.subject.rfc4514_string()),
    }
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return found
    return found | {KeyName("subject-key-id", extension.value.digest.hex())}
