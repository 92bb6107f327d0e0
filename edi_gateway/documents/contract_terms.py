"""What all parties to a contract sign alike: the record without what is each sender's own."""

import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from edi_gateway.model.contract import ContractRecord, Terms, content_digest
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue, canonical

_OWN: Final = ("$schema", "sender")
"""Members that differ with who signs, or say nothing of the contract."""


def signed_alike(record: dict[str, Any]) -> ContractRecord:
    """Of a record that keeps schema and rules.

    Texts are compared in Unicode NFC, and in which order parties and their identifiers are listed doesn't matter; all
    else is compared as it is written.
    """
    shared = {name: _composed(value) for name, value in record.items() if name not in _OWN}
    shared["parties"] = sorted(map(_party, shared["parties"]), key=canonical)
    content = canonical(shared)
    return ContractRecord(terms_of(shared, content_digest(content)), content)


def read_content(content: bytes) -> Terms:
    """The terms of what `signed_alike` gave as content. Raises Rejection, KeyError, TypeError or ValueError."""
    shared: Any = json.parse(content)
    return terms_of(shared, content_digest(content))


def terms_of(shared: dict[str, Any], digest: str) -> Terms:
    """What decides about the contract, of all that is shared."""
    until = shared.get("validUntil")
    return Terms(
        contract_id=shared["contractId"],
        version=shared["version"],
        purpose=shared.get("purpose", "agreement"),
        parent=shared.get("parentContractId"),
        title=shared.get("title"),
        valid_from=date.fromisoformat(shared["validFrom"]),
        valid_until=date.fromisoformat(until) if until else None,
        pdf=shared.get("pdfDigest", {}).get("sha-256"),
        digest=digest,
    )


def differing(one: bytes, other: bytes) -> list[str]:
    """The members in which two contents differ, by their names."""
    here, there = (dict(_members(content)) for content in (one, other))
    return sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))


def _members(content: bytes) -> Iterator[tuple[str, JsonValue]]:
    shared = json.parse(content)
    yield from shared.items() if isinstance(shared, dict) else ()


def _composed(value: JsonValue) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_composed(item) for item in value]
    if isinstance(value, dict):
        return {name: _composed(item) for name, item in value.items()}
    # JSON Schema counts 1.0 among the integers (Core §4.2.3), and RFC 8785 writes it as 1.
    return int(value) if isinstance(value, Decimal) else value


def _party(party: dict[str, Any]) -> dict[str, Any]:
    return {**party, "identifiers": sorted(party["identifiers"])}
