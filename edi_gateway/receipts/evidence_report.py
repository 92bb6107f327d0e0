"""The report in an evidence bundle: what was checked of a signature when it arrived, and what never was.

It is made of nothing but what statements bind, so whoever checks the bundle makes it again and compares the bytes. The
words therefore belong to the form of `VERSION`: others would be another form.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edi_gateway.model.moment import parse_timestamp
from edi_gateway.syntax.json import JsonValue, canonical

VERSION: Final = 1
VOUCHED_VERSION: Final = 2
"""Of the form where a root vouched for the key."""

CHECKED: Mapping[str, str] = MappingProxyType(
    {
        "signature": "The signature verifies over the document, with the signer's key and no other.",
        "key": "The key was enrolled for the sender before the document arrived.",
        "key-window": "Whether the key was valid when the document was received: keyValid.",
        "rules": "Signer, document and parties against the rulesets named here: findings.",
    }
)
NOT_CHECKED: Mapping[str, str] = MappingProxyType(
    {
        "certificate-chain": "Who issued the certificate: the key is trusted because an operator enrolled it.",
        "certificate-revocation": "Whether the issuer of the certificate had revoked it.",
        "signing-time": "When the document was signed: signedAt is what the signer says.",
    }
)


VOUCHED: Mapping[str, str] = MappingProxyType(
    {
        "signature": "The signature verifies over the document, with the signer's key and no other.",
        "certificate-chain": "The signer's certificate led to a root that an operator trusts, under its limits: key.",
        "key-window": "Whether the certificates were valid when the document was received: keyValid.",
        "certificate-revocation": "What was known of each certificate when the document was received: revocation.",
        "rules": "Signer, document and parties against the rulesets named here: findings.",
    }
)
_NOT_VOUCHED = {"signing-time": NOT_CHECKED["signing-time"]}


def evidence_report(
    statement: Mapping[str, JsonValue], key: Mapping[str, JsonValue], key_valid: bool, findings: JsonValue
) -> bytes:
    """Canonical JSON. `statement` is that of the document, `key` the member of that name in its key's enrolment, or
    root and grant as their first entries describe them.
    """
    signature, validation = statement.get("signature"), statement.get("validation")
    trust = signature.get("trust") if isinstance(signature, dict) else None
    revocation: dict[str, JsonValue] = {"revocation": _ages(trust, statement)} if isinstance(trust, dict) else {}
    return canonical(
        {
            "version": VOUCHED_VERSION if trust else VERSION,
            "documentId": statement.get("id"),
            "receivedAt": statement.get("receivedAt"),
            "signature": signature,
            "key": dict(key),
            "keyValid": key_valid,
            "validation": validation,
            "findings": findings,
            "checked": _points(VOUCHED if trust else CHECKED),
            "notChecked": _points(_NOT_VOUCHED if trust else NOT_CHECKED),
        }
        | revocation
    )


def _ages(trust: Mapping[str, JsonValue], statement: Mapping[str, JsonValue]) -> list[JsonValue]:
    """What was known of each certificate, and how old that was when the document came, in seconds."""
    received_at, chain = parse_timestamp(str(statement.get("receivedAt"))), trust.get("chain")
    found: list[JsonValue] = []
    for one in chain if isinstance(chain, list) else ():
        if isinstance(one, dict):
            as_of = one.get("asOf")
            age = int((received_at - parse_timestamp(as_of)).total_seconds()) if isinstance(as_of, str) else None
            found.append(one | ({} if age is None else {"age": age}))
    return found


def _points(points: Mapping[str, str]) -> list[JsonValue]:
    return [{"check": check, "says": says} for check, says in points.items()]
