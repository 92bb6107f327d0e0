"""The report in an evidence bundle: what was checked of a signature when it arrived, and what never was.

It is made of nothing but what statements bind, so whoever checks the bundle makes it again and compares the bytes. The
words therefore belong to the form of `VERSION`: others would be another form.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edi_gateway.syntax.json import JsonValue, canonical

VERSION: Final = 1

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


def evidence_report(
    statement: Mapping[str, JsonValue], key: Mapping[str, JsonValue], key_valid: bool, findings: JsonValue
) -> bytes:
    """Canonical JSON. `statement` is that of the document, `key` the member of that name in its key's enrolment."""
    validation = statement.get("validation")
    return canonical(
        {
            "version": VERSION,
            "documentId": statement.get("id"),
            "receivedAt": statement.get("receivedAt"),
            "signature": statement.get("signature"),
            "key": dict(key),
            "keyValid": key_valid,
            "validation": validation,
            "findings": findings,
            "checked": _points(CHECKED),
            "notChecked": _points(NOT_CHECKED),
        }
    )


def _points(points: Mapping[str, str]) -> list[JsonValue]:
    return [{"check": check, "says": says} for check, says in points.items()]
