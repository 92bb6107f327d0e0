"""The contract record: our own JSON format, described by `schemas/contract-1.schema.json`."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import islice

from edi_gateway.documents import contract_rules, contract_schema
from edi_gateway.documents.contract_schema import MAX_ITEMS
from edi_gateway.documents.contract_terms import signed_alike
from edi_gateway.documents.rulesets import DEFAULT, Judging
from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO, Document, Location, Party, Reading, Reference, Ruleset
from edi_gateway.model.partner import Identifier
from edi_gateway.model.transmission import Readable
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue

FORMAT = "contract-1"
RULESET = (Ruleset("contract-1.schema.json", "1"), Ruleset("gw-contract", "1"))
MAX_FINDINGS = 201
"""One more than an answer holds, so that the caller can tell that there were more."""
MAX_VERSION = 999_999

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def read(content: Readable, judging: Judging = DEFAULT) -> Reading:
    """Read a contract record: schema first, then our own rules where the schema is kept.

    Rule ids are `JSON-<keyword>` (JSON Schema 2020-12) and `GW-CONTRACT-…`; locations are JSON Pointers. A record that
    breaks the schema yields as much of a Document as can be read. The document's number is `contractId#version`: a new
    version is another document, while other content under the same version is a conflict. Raises
    Rejection("document-malformed") for what isn't JSON, and Rejection("document-not-permitted").
    """
    judging.admit("contract", FORMAT)
    try:
        record = json.parse(content.content)
    except Rejection as error:
        raise Rejection("document-malformed", error.detail) from error
    findings = tuple(islice(contract_schema.violations(record), MAX_FINDINGS))
    if not isinstance(record, dict):
        return Reading(None, findings, RULESET, "schema")
    if findings:
        return Reading(_document(record), findings, RULESET, "schema")
    findings = tuple(islice(contract_rules.check(record), MAX_FINDINGS))
    document = _document(record)
    if not findings:
        document = replace(document, contract=signed_alike(record))
    return Reading(document, findings, RULESET, "rules")


def peek(content: bytes) -> tuple[Identifier, ...]:
    """The identifiers that a record not yet verified claims for its sender; empty when it can't be read."""
    try:
        record = json.parse(content)
    except Rejection:
        return ()
    return _parties(record)[0].identifiers if isinstance(record, dict) else ()


def _document(record: Mapping[str, JsonValue]) -> Document:
    sender, receivers = _parties(record)
    parent = _text(record.get("parentContractId"))
    ceiling, currency = _text(record.get("valueCeiling")), _text(record.get("currency"))
    return Document(
        format=FORMAT,
        type="contract",
        sender=sender,
        receivers=receivers,
        number=_number(record),
        issue_date=_day(record.get("issueDate")),
        currency=currency if currency and _CURRENCY.fullmatch(currency) else None,
        payable=Decimal(ceiling) if ceiling and _AMOUNT.fullmatch(ceiling) else None,
        references=(Reference("contract", parent),) if parent else (),
    )


def _text(value: JsonValue) -> str | None:
    """In Unicode NFC, as texts of other documents are: what looks the same is compared as the same."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) and 0 < len(value) <= MAX_ECHO else None


def _number(record: Mapping[str, JsonValue]) -> str | None:
    contract_id, version = _text(record.get("contractId")), record.get("version")
    # JSON Schema counts 1.0 among the integers (Core §4.2.3): the same version as 1.
    if contract_id and isinstance(version, int | Decimal) and not isinstance(version, bool):
        return f"{contract_id}#{int(version)}" if 1 <= version <= MAX_VERSION else contract_id
    return contract_id


def _day(value: JsonValue) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        return None


def _parties(record: Mapping[str, JsonValue]) -> tuple[Party, tuple[Party, ...]]:
    """The sender with everything that the record calls it by, and all others."""
    members = record.get("parties")
    members = members[:MAX_ITEMS] if isinstance(members, list) else []
    parties = [_party(member, index) for index, member in enumerate(members)]
    claimed = _identifiers([record.get("sender")])
    sender = next((party for party in parties if set(claimed) & set(party.identifiers)), None)
    if sender is None:
        return Party(claimed, location=Location(pointer="/sender")), tuple(parties)
    return sender, tuple(party for party in parties if party is not sender)


def _party(member: JsonValue, index: int) -> Party:
    members = member if isinstance(member, dict) else {}
    texts = members.get("identifiers")
    return Party(
        identifiers=_identifiers(texts[:MAX_ITEMS] if isinstance(texts, list) else []),
        name=_text(members.get("name")),
        location=Location(pointer=f"/parties/{index}"),
    )


def _identifiers(values: list[JsonValue]) -> tuple[Identifier, ...]:
    found = []
    for text in map(_text, values):
        scheme, _, value = (text or "").partition(":")
        if scheme.strip() and value.strip():
            found.append(Identifier.parse(f"{scheme}:{value}"))
    return tuple(found)
