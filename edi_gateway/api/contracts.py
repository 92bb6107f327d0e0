"""Contracts: which there are, who has signed them, and where they stand."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query

from edi_gateway.access import note_read
from edi_gateway.api.admission import DocumentReader, Here
from edi_gateway.api.contract_schemas import (
    ContractDetail,
    ContractFilter,
    ContractPage,
    ContractsOfId,
    ContractSummary,
    SignatureOut,
    VersionOut,
    cursor_of,
)
from edi_gateway.api.problems import Problem
from edi_gateway.api.scalars import Moment
from edi_gateway.model.document import MAX_ECHO
from edi_gateway.model.moment import timestamp
from edi_gateway.workflows import contracts
from edi_gateway.workflows.contracts import Contract, Version

router = APIRouter(prefix="/v1/contracts", tags=["contracts"])

ContractId = Annotated[str, Path(alias="contractId", description="The `contractId` of the records, percent-encoded.")]
At = Annotated[Moment | None, Query(description="The moment of which it is told; now, where it isn't given.")]


@router.get("")
def list_contracts(caller: DocumentReader, gateway: Here, asked: Annotated[ContractFilter, Query()]) -> ContractPage:
    """Contracts by their ids, and where they stand; a partner sees those that it is a party to."""
    query = asked.query(caller.partner, gateway.clock())
    page = contracts.find(gateway.contracts, query)
    return ContractPage(
        at=timestamp(query.at),
        contracts=[ContractSummary(**_summary(one)) for one in page.contracts],
        next=cursor_of(page.next) if page.next else None,
    )


@router.get("/{contractId:path}")
def read_contract(contract_id: ContractId, caller: DocumentReader, gateway: Here, at: At = None) -> ContractsOfId:
    """The contracts of one id: versions, signatures, amendments and terminations."""
    moment = at or gateway.clock()
    printable = len(contract_id) <= MAX_ECHO and contract_id.isprintable()
    found = contracts.show(gateway.contracts, contract_id, moment, caller.partner) if printable else ()
    if not found:
        raise Problem("not-found")
    note_read(gateway, caller, "contract.read", contract_id)
    return ContractsOfId(contract_id=contract_id, at=timestamp(moment), contracts=list(map(_detail, found)))


def _summary(contract: Contract) -> dict[str, Any]:
    terms = contract.current.terms
    return {
        "contract_id": contract.name.contract_id,
        "parties": list(contract.name.parties),
        "state": contract.current.state,
        "in_force": contract.applies,
        "version": terms.version,
        "title": terms.title,
        "valid_from": terms.valid_from,
        "valid_until": terms.valid_until,
        "self_": f"/v1/contracts/{quote(contract.name.contract_id, safe='')}",
    }


def _detail(contract: Contract) -> ContractDetail:
    return ContractDetail(
        **_summary(contract),
        versions=list(map(_version, contract.versions)),
        amendments=list(map(_version, contract.amendments)),
        terminations=list(map(_version, contract.terminations)),
    )


def _version(one: Version) -> VersionOut:
    terms = one.terms
    return VersionOut(
        contract_id=terms.contract_id,
        version=terms.version,
        state=one.state,
        purpose=terms.purpose,
        parent_contract_id=terms.parent,
        title=terms.title,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        terms=terms.digest,
        pdf_sha256=terms.pdf,
        concluded_at=one.concluded_at,
        signatures=[
            SignatureOut(party=each.party, index=each.index, signed_at=each.at, document_id=each.document)
            for each in one.signatures
        ],
        missing=list(one.missing),
    )
