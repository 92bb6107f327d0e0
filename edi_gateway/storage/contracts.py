"""Contracts in the database: kept with the document that is about one, found by id, party, and digest of a PDF."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, delete, func, insert, or_, select, tuple_

from edi_gateway.model.contract import ContractCopy, ContractRecord, Offer, Signature, SignedTerms, Terms
from edi_gateway.model.moment import timestamp
from edi_gateway.model.record import Examined
from edi_gateway.storage.contract_tables import contract_parties, contract_signatures, contracts
from edi_gateway.storage.engine import reading
from edi_gateway.storage.sealed_contracts import columns, content_if_readable, title_of
from edi_gateway.storage.tables import documents, entries
from edi_gateway.storage.vault import Vault
from edi_gateway.workflows.contract_ports import ContractName

_c, _s = contracts.c, contract_signatures.c
_IS_RECORD = _c.terms.is_not(None)
_TERMS = (
    *(_c.id, _c.contract_id, _c.version, _c.purpose, _c.parent, _c.title),
    *(_c.valid_from, _c.valid_until, _c.pdf, _c.terms, _c.sealed),
)
_OFFERS = select(
    *(_c.id, entries.c.party, _c.parties, _c.contract_id, _c.version, _c.terms, _c.content, _c.sealed)
).join_from(contracts, entries, entries.c.leaf_index == _c.leaf_index)
_SIGNED = (
    select(_s.offer, _c.parties, *_TERMS)
    .join_from(contracts, contract_signatures, _s.leaf_index == _c.leaf_index)
    .where(_IS_RECORD)
    .order_by(_s.offer, _c.leaf_index)
)
_SIGNATURES = (
    select(_s.offer, _s.leaf_index, entries.c.party, _s.signed_at, documents.c.id)
    .join_from(contract_signatures, entries, entries.c.leaf_index == _s.leaf_index)
    .outerjoin(documents, documents.c.leaf_index == _s.leaf_index)
    .order_by(_s.signed_at, _s.leaf_index)
)


class SqlContracts:
    """Implements `workflows.contract_ports.Contracts`."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def names(self, after: ContractName | None, limit: int, party: str | None = None) -> list[ContractName]:
        query = select(_c.contract_id, _c.parties).distinct().where(_IS_RECORD, *_seen_by(party))
        if after is not None:
            query = query.where(tuple_(_c.contract_id, _c.parties) > (after.contract_id, _text(after.parties)))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_c.contract_id, _c.parties).limit(limit))
            return [ContractName(row.contract_id, _parties(row.parties)) for row in rows]

    def versions(self, ids: Collection[str], party: str | None = None) -> list[SignedTerms]:
        return self._signed(_c.contract_id.in_(ids), *_seen_by(party))

    def about(self, ids: Collection[str], party: str | None = None) -> list[SignedTerms]:
        return self._signed(_c.parent.in_(ids), *_seen_by(party))

    def naming(self, pdf: str) -> list[SignedTerms]:
        return self._signed(_c.pdf == pdf)

    def _signed(self, *where: ColumnElement[bool]) -> list[SignedTerms]:
        with reading(self._engine) as connection:
            # Each version once, though several parties signed it.
            found = {row.offer: row for row in connection.execute(_SIGNED.where(*where))}
            signatures = _signatures(connection, list(found))
            titles = {offer: self._title(connection, row) for offer, row in found.items()}
        return [_signed_terms(row, titles[offer], signatures[offer]) for offer, row in found.items()]

    def _title(self, connection: Connection, row: Any) -> str | None:
        """None, too, where the key that it is encrypted under can't be had: all else that is told needs no key."""
        if row.sealed is None:
            title: str | None = row.title
            return title
        content = content_if_readable(connection, self._vault, row.id, None, row.sealed)
        return None if content is None else title_of(content)


def find_offers(connection: Connection, examined: Sequence[Examined], vault: Vault) -> list[Offer]:
    """What is signed under the ids and versions of contract records."""
    wanted: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in examined:
        if isinstance(one.contract, ContractRecord):
            terms = one.contract.terms
            wanted[terms.contract_id, terms.version].add(terms.digest)
    if not wanted:
        return []
    same = or_(*(and_(_c.contract_id == contract_id, _c.version == version) for contract_id, version in wanted))
    return [_offer(connection, vault, row, wanted) for row in connection.execute(_OFFERS.where(same)).all()]


def _offer(connection: Connection, vault: Vault, row: Any, wanted: Mapping[tuple[str, int], set[str]]) -> Offer:
    name = row.contract_id, row.version
    # What says the same as all of them is compared with none.
    is_same = wanted[name] == {row.terms}
    content = None if is_same else content_if_readable(connection, vault, row.id, row.content, row.sealed)
    return Offer(row.id, row.party, _parties(row.parties), *name, row.terms, content)


def keep(connection: Connection, examined: Iterable[tuple[int, Examined]], at: datetime) -> None:
    """Keep what documents sign, each at its index, if they were accepted: in the transaction that records them."""
    for index, one in examined:
        if one.contract and one.code is None:
            row = {"leaf_index": index, "id": one.id, "parties": _text(one.parties), **_row(one, one.contract)}
            connection.execute(insert(contracts), row)
            parties = [{"partner": party, "leaf_index": index} for party in one.parties]
            connection.execute(insert(contract_parties), parties)
            if signed := _signing(connection, index, one, one.contract):
                rows = [{"leaf_index": leaf, "offer": offer, "signed_at": timestamp(at)} for leaf, offer in signed]
                connection.execute(insert(contract_signatures), rows)


def _signing(
    connection: Connection, index: int, one: Examined, contract: ContractRecord | ContractCopy
) -> list[tuple[int, int]]:
    """What has been signed now: the version of a record, or what the record said that a PDF was sent for."""
    if isinstance(contract, ContractCopy):
        return [(index, offer) for offer in _offers_of(connection, contract, one.party)]
    return [(index, _first(connection, contract.terms.digest, index))]


def erase(connection: Connection, index: int) -> None:
    """Take away what a document said of a contract; that its party signed stays."""
    for table in (contract_parties, contracts):
        connection.execute(delete(table).where(table.c.leaf_index == index))


def _row(one: Examined, contract: ContractRecord | ContractCopy) -> dict[str, object]:
    if isinstance(contract, ContractCopy):
        return {"pdf": contract.pdf}
    terms = contract.terms
    return {
        "pdf": terms.pdf,
        "contract_id": terms.contract_id,
        "version": terms.version,
        "purpose": terms.purpose,
        "parent": terms.parent,
        "valid_from": terms.valid_from.isoformat(),
        "valid_until": terms.valid_until.isoformat() if terms.valid_until else None,
        "terms": terms.digest,
        **columns(contract.content, terms.title, one.id, one.data_key.key if one.data_key else None),
    }


def _first(connection: Connection, digest: str, index: int) -> int:
    """Which entry was the first to sign that, as far as one is there that says so; else this one."""
    query = select(func.min(_s.offer)).join_from(contracts, contract_signatures, _s.leaf_index == _c.leaf_index)
    found = connection.scalar(query.where(_c.terms == digest))
    return index if found is None else found


def _offers_of(connection: Connection, copy: ContractCopy, party: str) -> list[int]:
    """The version that a PDF was sent for, as its record names it and the party."""
    query = select(_s.offer).distinct().join_from(contracts, contract_signatures, _s.leaf_index == _c.leaf_index)
    return list(connection.scalars(query.where(_c.pdf == copy.pdf, _c.terms == copy.terms, *_seen_by(party))))


def _signatures(connection: Connection, offers: Sequence[int]) -> Mapping[int, tuple[Signature, ...]]:
    found: dict[int, tuple[Signature, ...]] = defaultdict(tuple)
    for offer, *rest in connection.execute(_SIGNATURES.where(_s.offer.in_(offers))):
        found[offer] += (Signature(*rest),)
    return found


def _seen_by(party: str | None) -> tuple[ColumnElement[bool], ...]:
    if party is None:
        return ()
    query: Select[Any] = select(contract_parties.c.leaf_index).where(contract_parties.c.partner == party)
    return (_c.leaf_index.in_(query),)


def _signed_terms(row: Any, title: str | None, signatures: tuple[Signature, ...]) -> SignedTerms:
    terms = Terms(
        contract_id=row.contract_id,
        version=row.version,
        purpose=row.purpose,
        parent=row.parent,
        title=title,
        valid_from=date.fromisoformat(row.valid_from),
        valid_until=date.fromisoformat(row.valid_until) if row.valid_until else None,
        pdf=row.pdf,
        digest=row.terms,
    )
    return SignedTerms(terms, _parties(row.parties), row.offer, signatures)


def _text(parties: Sequence[str]) -> str:
    return json.dumps(list(parties), ensure_ascii=False, separators=(",", ":"))


def _parties(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
