"""Whether what is kept beside the ledger is what its statements say: documents, transmissions, partners and keys."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Self, get_args

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.ledger.keys import LedgerKey, parse_keys
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import RENEWALS, KeyEvent, KeyStep, Partner, PartnerKey
from edi_gateway.partners.keyring import Directory
from edi_gateway.receipts.statement import ActEvent, DocumentEvent, digest, term_json
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue, canonical
from edi_gateway.workflows.key_history import EVENTS, keys_after
from edi_gateway.workflows.ports import StoredDocument
from edi_gateway.workflows.profile_archive import StoredProfile
from edi_gateway.workflows.verify_custody import Custody
from edi_gateway.workflows.verify_trust import ToldTrust

_RECEIVED = frozenset(get_args(DocumentEvent))


def check_document(stored: StoredDocument) -> None:
    """Raises Unproven unless record, report, body and headers of a document are those that its statement names."""
    record, payload = stored.record, stored.payload
    if stored.statement is None:
        raise Unproven(f"entry {record.index}: there is a document, but no statement")
    statement = _object(json.parse(stored.statement))
    for name, said in _said(statement).items():
        if getattr(record, name) != said:
            raise Unproven(f"entry {record.index}: the archive has another {name.replace('_', ' ')} than the statement")
    digests = _object(statement.get("digests"))
    if stored.damage:
        raise Unproven(f"entry {record.index}: {stored.damage}")
    if payload is None:
        raise Unproven(f"entry {record.index}: the transmission is missing")
    if digest(payload.body) != digests.get("transmission"):
        raise Unproven(f"entry {record.index}: the body is not the one that was received")
    if digest(payload.headers) != digests.get("headers"):
        raise Unproven(f"entry {record.index}: the headers are not the ones that were received")
    if _findings(record.index, stored.report) != _object(statement.get("validation")).get("findings"):
        raise Unproven(f"entry {record.index}: the report does not have the findings that were made")


def _said(statement: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What the statement says, by the names of the record."""
    document, digests = _object(statement.get("document")), _object(statement.get("digests"))
    number = document.get("number")
    return {
        "id": statement.get("id"),
        "verdict": str(statement.get("type")).removeprefix("document."),
        "code": _object(statement.get("validation")).get("code"),
        "sender": statement.get("sender"),
        "receiver": statement.get("receiver"),
        "received_at": statement.get("receivedAt"),
        "format": document.get("format"),
        "type": document.get("type"),
        # The archive has no U+0000, which PostgreSQL can't hold.
        "number": number.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(number, str) else None,
        "issue_date": document.get("issueDate"),
        "document_digest": digests.get("document"),
    }


def _findings(index: int, report: bytes) -> str:
    try:
        return digest(canonical(_object(json.parse(report)).get("findings")))
    except (Rejection, TypeError, ValueError) as error:
        raise Unproven(f"entry {index}: the report can't be read") from error


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


class Registry:
    """Partners and keys as the statements tell of them, one after the other."""

    def __init__(self) -> None:
        self.custody = Custody()
        self.trust = ToldTrust()
        self._partners: dict[str, tuple[Mapping[str, JsonValue], bool]] = {}
        self._profiles: list[_Agreed] = []
        self._keys: dict[str, tuple[Mapping[str, JsonValue], list[_Step]]] = {}
        self._ledger_keys: tuple[LedgerKey, ...] = ()

    def note(self, index: int, statement: Mapping[str, JsonValue]) -> bool:
        """Take in the statement of an entry; tell whether it is of a document that was received.

        Raises Unproven for a kind of statement that isn't known here.
        """
        if statement["type"] in _RECEIVED:
            return True
        partner, key = _sorted(_object(statement.get("partner"))), _object(statement.get("key"))
        match statement["type"]:
            case "partner.added" | "partner.resumed":
                self._partners[str(partner.get("id"))] = partner, False
            case "partner.suspended":
                self._partners[str(partner.get("id"))] = partner, True
            case "partner.changed":
                self._partners[str(partner.get("id"))] = partner, self._is_suspended(index, partner)
            case "partner.profiled":
                profile = _object(statement.get("profile"))
                self._profiles.append((index, partner.get("id"), profile.get("version"), profile.get("digest")))
            case "key.added" | "key.proposed":
                self._keys[str(key.get("fingerprint"))] = key, [_told(index, statement)]
            case kind if kind in get_args(KeyEvent):
                self._step(index, str(key.get("fingerprint")), statement)
            case kind if kind in EVENTS:
                self._ledger_keys = keys_after(self._ledger_keys, statement)
            case kind if kind in get_args(ActEvent):
                self.custody.note(index, statement)
                self.trust.note(index, statement)
            case other:
                raise Unproven(f"entry {index}: a statement of the type {other} is not known")
        return False

    def _is_suspended(self, index: int, partner: Mapping[str, JsonValue]) -> bool:
        if str(partner.get("id")) not in self._partners:
            raise Unproven(f"entry {index}: there was no partner {partner.get('id')} before")
        return self._partners[str(partner.get("id"))][1]

    def _step(self, index: int, fingerprint: str, statement: Mapping[str, JsonValue]) -> None:
        if fingerprint not in self._keys:
            raise Unproven(f"entry {index}: there was no key {fingerprint} before")
        self._keys[fingerprint][1].append(_told(index, statement))

    def to_json(self) -> dict[str, Any]:
        """For `from_json`, after an interruption."""
        return {
            "partners": self._partners,
            "profiles": self._profiles,
            "keys": self._keys,
            "ledgerKeys": [key.line for key in self._ledger_keys],
            "custody": self.custody.to_json(),
            "trust": self.trust.to_json(),
        }

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> Self:
        told = cls()
        told._partners = {id: (partner, suspended) for id, (partner, suspended) in members["partners"].items()}
        # Nobody had one when a state without them was written.
        told._profiles = [(index, id, version, agreed) for index, id, version, agreed in members.get("profiles", ())]
        for fingerprint, (key, steps) in members["keys"].items():
            told._keys[fingerprint] = key, [tuple(step) for step in steps]
        told._ledger_keys = tuple(key for line in members["ledgerKeys"] for key in parse_keys(line))
        told.custody = Custody.from_json(members["custody"])
        told.trust = ToldTrust.from_json(members.get("trust", {}))
        return told

    def compare(self, directory: Directory) -> None:
        """Raises Unproven unless these are the partners and keys, as they stand now."""
        keys = {key.fingerprint: (_key(key), _steps(key)) for keys in directory.keys_of.values() for key in keys}
        partners = {partner.id: (_partner(partner), partner.suspended) for partner in directory.partners.values()}
        for kind, told, found in (("partner", self._partners, partners), ("key", self._keys, keys)):
            for name in sorted(told.keys() | found.keys()):
                if told.get(name) != found.get(name):
                    raise Unproven(f"the {kind} {name} is not as the ledger tells")
        self.trust.compare(directory.trust)

    def compare_profiles(self, profiles: Sequence[StoredProfile]) -> None:
        """Raises Unproven unless these are all the profiles that were agreed on, version by version."""
        found = [(each.index, each.partner, each.version, digest(each.content)) for each in profiles]
        for told, kept in zip_longest(self._profiles, found):
            if told != kept:
                _, partner, version, _ = told or kept or (None, None, None, None)
                raise Unproven(f"version {version} of the profile of {partner} is not as the ledger tells")

    def compare_keys(self, keys: Sequence[LedgerKey]) -> None:
        """Raises Unproven unless these are the ledger's own keys. Before a second one comes, no entry names any."""
        if not self._ledger_keys and [(key.since, key.until) for key in keys] == [(0, None)]:
            return
        if tuple(keys) != self._ledger_keys:
            raise Unproven("the ledger's own keys, or the sizes that they sign, are not as the ledger tells")


def _partner(partner: Partner) -> Mapping[str, JsonValue]:
    return _sorted({"id": partner.id, "name": partner.name, "identifiers": list(map(str, partner.identifiers))})


def _sorted(partner: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    named = partner.get("identifiers")
    identifiers: list[JsonValue] = [*sorted(map(str, named))] if isinstance(named, list) else []
    return {**partner, "identifiers": identifiers}


_Agreed = tuple[int, JsonValue, JsonValue, JsonValue]
"""On a profile: the entry's index, the partner, the version, and the digest of its content."""

_Step = tuple[JsonValue, ...]
"""Of a key's life: the entry's index, its type, by whom, and from when it applies; of a renewal its term as well."""

_TERM = ("certificate", "from", "until")


def _told(index: int, statement: Mapping[str, JsonValue]) -> _Step:
    key = _object(statement.get("key"))
    term = tuple(key.get(name) for name in _TERM) if statement.get("type") in RENEWALS else ()
    return index, *(statement.get(name) for name in ("type", "by", "byIdentity", "appliesFrom")), *term


def _steps(key: PartnerKey) -> list[_Step]:
    return [_step(one) for one in key.steps]


def _step(one: KeyStep) -> _Step:
    described = term_json(one.term) if one.term else {}
    term = tuple(described.get(name) for name in _TERM) if one.term else ()
    applies_from = timestamp(one.applies_from) if one.applies_from else None
    return one.index, one.type, one.by, one.identity, applies_from, *term


def _key(key: PartnerKey) -> Mapping[str, JsonValue]:
    described: dict[str, JsonValue | None] = {
        # Not as stored: what signatures are verified with is the key, not its name.
        "fingerprint": sha256(key.spki).hexdigest(),
        "partner": key.partner,
        "purpose": key.purpose if key.purpose != "document-signature" else None,
        "from": timestamp(key.valid_from) if key.valid_from else None,
        "until": timestamp(key.valid_until) if key.valid_until else None,
        "certificate": digest(key.certificate) if key.certificate else None,
    }
    return {name: value for name, value in described.items() if value is not None}
