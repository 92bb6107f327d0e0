"""Whether what is kept of contracts is what the ledger's statements say that parties signed."""

import json
from collections.abc import Mapping
from typing import Any, Final

from edi_gateway.documents.contract_terms import read_content
from edi_gateway.errors import Rejection, Unproven
from edi_gateway.model.contract import Terms
from edi_gateway.syntax.json import JsonValue
from edi_gateway.workflows.contract_ports import ContractInspection, StoredContract, StoredSignature

_COLUMNS: Final = ("contract_id", "version", "purpose", "parent", "title", "pdf")


class ToldContracts:
    """What the statements of a slice of entries say of contracts, and which entries of it have no statement."""

    def __init__(self) -> None:
        self._told: dict[int, Mapping[str, Any]] = {}
        self._erased: set[int] = set()

    def note(self, index: int, statement: Mapping[str, JsonValue] | None) -> None:
        """Take in an entry."""
        if statement is None:
            self._erased.add(index)
        elif statement["type"] == "document.accepted":
            document = statement.get("document")
            if isinstance(document, dict) and "contract" in document:
                self._told[index] = statement

    def compare(self, inspection: ContractInspection, start: int, end: int) -> None:
        """Raises Unproven unless the entries [start, end) have these contracts, and no others."""
        found = {one.index: one for one in inspection.contracts(start, end)}
        if found.keys() != self._told.keys():
            index = min(found.keys() ^ self._told.keys())
            raise Unproven(f"entry {index}: the contracts that are kept are not those that the ledger tells of")
        for index, one in found.items():
            _check_contract(one, self._told[index])
        named = [(index, party) for index, one in found.items() for party in _parties(one)]
        if sorted(named) != sorted(inspection.contract_parties(start, end)):
            raise Unproven(f"entries {start} to {end - 1}: contracts are not kept under the parties that they name")
        for signature in inspection.contract_signatures(start, end):
            self._check_signature(signature, found, inspection)
        signing = {one.index for one in inspection.contract_signatures(start, end)}
        if unsigned := {index for index, one in found.items() if one.terms is not None} - signing:
            raise Unproven(f"entry {min(unsigned)}: that the contract was signed is not kept")

    def _check_signature(
        self, signature: StoredSignature, found: Mapping[int, StoredContract], inspection: ContractInspection
    ) -> None:
        if signature.index in self._erased:
            return
        own, offer = found.get(signature.index), inspection.contract(signature.offer)
        if own is None:
            raise Unproven(f"entry {signature.index}: no contract was signed with it")
        is_record = own.terms is not None
        if is_record and signature.signed_at != self._told[signature.index]["recordedAt"]:
            raise Unproven(f"entry {signature.index}: the contract was signed at another moment")
        # Where the first record was erased, nothing is left to compare with.
        signs = own.terms if is_record else self._told[signature.index]["document"]["contract"].get("signs")
        if offer is not None and (signs != offer.terms or (not is_record and own.pdf != offer.pdf)):
            raise Unproven(f"entry {signature.index}: it does not sign what entry {signature.offer} does")


def _check_contract(one: StoredContract, statement: Mapping[str, Any]) -> None:
    document = statement["document"]
    told = document["contract"]
    pdf = f"sha256:{one.pdf}" if one.pdf else None
    if (one.id, one.terms, pdf) != (statement["id"], told.get("terms"), told.get("pdf")):
        raise Unproven(f"entry {one.index}: the contract that is kept is not the one that the ledger tells of")
    if one.terms is None:
        return
    if _parties(one) != told["parties"]:
        raise Unproven(f"entry {one.index}: the contract is not kept under the parties that the ledger tells of")
    terms = _terms(one)
    columns = tuple(getattr(one, name) for name in _COLUMNS)
    if terms.digest != one.terms or columns != tuple(getattr(terms, name) for name in _COLUMNS):
        raise Unproven(f"entry {one.index}: the contract is not kept as it was signed")
    until = terms.valid_until.isoformat() if terms.valid_until else None
    if (one.valid_from, one.valid_until) != (terms.valid_from.isoformat(), until):
        raise Unproven(f"entry {one.index}: the contract is not kept as it was signed")
    if document.get("number") != f"{terms.contract_id}#{terms.version}":
        raise Unproven(f"entry {one.index}: the contract has another number than the ledger tells of")


def _terms(one: StoredContract) -> Terms:
    try:
        return read_content(one.content or b"")
    except (Rejection, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unproven(f"entry {one.index}: the contract can't be read") from error


def _parties(one: StoredContract) -> list[str]:
    try:
        parties: list[str] = json.loads(one.parties)
    except ValueError as error:
        raise Unproven(f"entry {one.index}: the parties of the contract can't be read") from error
    return parties
