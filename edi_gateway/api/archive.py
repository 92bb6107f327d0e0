"""Reading what was recorded: documents, what arrived, and receipts again."""

from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse

from edi_gateway.access import note_read
from edi_gateway.api.admission import DocumentProver, DocumentReader, Here
from edi_gateway.api.custody import DocumentId, absent, checked, shown
from edi_gateway.api.negotiation import preferred
from edi_gateway.api.problems import Problem
from edi_gateway.api.schemas import (
    DocumentDetail,
    DocumentFilter,
    DocumentLinks,
    DocumentPage,
    DocumentSummary,
    PendingReceipt,
)
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller
from edi_gateway.model.query import DocumentRecord
from edi_gateway.receipts.cose import MEDIA_TYPES as COSE_TYPES
from edi_gateway.workflows import audit, evidence
from edi_gateway.workflows.upgrade import Level, NotOffered

router = APIRouter(prefix="/v1/documents", tags=["documents"])

# Whatever a browser makes of a partner's bytes, it runs none of it in our name.
_HARMLESS = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
_ANY_BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}
_ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}}}
_RECEIPT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
        | {name: {"schema": {"type": "string", "format": "binary"}} for name in COSE_TYPES}
    },
    202: {"description": "Not at this level yet: ask again after Retry-After.", "model": PendingReceipt},
}
Accept = Annotated[
    str | None, Header(description="application/json, or a media type of COSE for the receipt of RFC 9942.")
]


@router.get("")
def list_documents(caller: DocumentReader, gateway: Here, asked: Annotated[DocumentFilter, Query()]) -> DocumentPage:
    """Documents, newest first; a partner sees what it sent, and what was accepted for it."""
    page = audit.find(gateway.archive, asked.query(caller.partner))
    return DocumentPage(documents=[DocumentSummary(**_summary(one)) for one in page.documents], next=page.next)


@router.get("/{id}")
def read_document(id: DocumentId, caller: DocumentReader, gateway: Here) -> DocumentDetail:
    """One document: the verdict, and what validation had to say."""
    record = audit.document(gateway.archive, checked(id), caller.partner)
    report = audit.report(gateway.archive, id) if record else None
    if record is None or report is None:
        raise absent(gateway, id, caller)
    held = None if caller.partner else gateway.archive.held(record.id)
    note_read(gateway, caller, "document.read", id)
    return DocumentDetail(**_summary(record), report=report, held=held)


@router.get("/{id}/content", response_class=Response, responses=_ANY_BYTES)
def read_content(id: DocumentId, caller: DocumentReader, gateway: Here) -> Response:
    """What arrived, byte for byte, under the Content-Type that it came with."""
    content = audit.content(gateway.archive, checked(id), caller.partner)
    if content is None:
        raise absent(gateway, id, caller)
    note_read(gateway, caller, "content.read", id)
    headers = {"Content-Disposition": f'attachment; filename="{id}"', "Content-Type": content.content_type}
    return Response(content.body, headers=headers | _HARMLESS)


@router.get("/{id}/receipt", response_class=Response, responses=_RECEIPT)
def read_receipt(
    id: DocumentId,
    caller: DocumentProver,
    gateway: Here,
    level: Annotated[Level | None, Query()] = None,
    accept: Accept = None,
) -> Response:
    """The receipt that was given first, byte for byte; or, as `Accept` wants it, a COSE receipt (RFC 9942).

    With a level it is a JSON receipt of the same entry under a published checkpoint that others vouch for.
    """
    if level:
        return _upgraded(gateway, shown(id, caller), caller, level)
    wanted = preferred(accept, ("application/json", *COSE_TYPES))
    make = audit.cose_receipt if wanted in COSE_TYPES else audit.receipt
    receipt = make(gateway.archive, gateway.recorder, shown(id, caller), caller.partner)
    if receipt is None:
        raise absent(gateway, id, caller)
    note_read(gateway, caller, "receipt.read", id, wanted)
    return Response(receipt, media_type=COSE_TYPES.get(wanted, wanted), headers={"Vary": "Accept"})


def _upgraded(gateway: Gateway, id: str, caller: Caller, level: Level) -> Response:
    try:
        upgraded = audit.upgraded(gateway.archive, gateway.upgrades, id, level, caller.partner)
    except NotOffered as error:
        raise Problem("level-not-offered", str(error)) from error
    if upgraded is None:
        raise absent(gateway, id, caller)
    if upgraded.receipt:
        note_read(gateway, caller, "receipt.read", id, level)
        return Response(upgraded.receipt, media_type="application/json")
    settings = gateway.settings
    pause = settings.publish_seconds if level == "witnessed" else settings.timestamp_seconds
    return JSONResponse({"level": level, "state": "pending"}, 202, {"Retry-After": str(ceil(pause))})


@router.get("/{id}/evidence", response_class=Response, responses=_ZIP)
def read_evidence(id: DocumentId, caller: DocumentProver, gateway: Here) -> Response:
    """The evidence bundle: the receipt with everything needed to argue the case offline."""
    bundle = evidence.gather(gateway.evidence, shown(id, caller), caller.partner)
    if bundle is None:
        raise absent(gateway, id, caller)
    note_read(gateway, caller, "evidence.read", id)
    headers = {"Content-Disposition": f'attachment; filename="{id}.zip"'}
    return Response(bundle, headers=headers, media_type="application/zip")


def _summary(record: DocumentRecord) -> dict[str, Any]:
    here = f"/v1/documents/{record.id}"
    return {
        "id": record.id,
        "index": record.index,
        "verdict": record.verdict,
        "code": record.code,
        "sender": record.sender,
        "receiver": record.receiver,
        "format": record.format,
        "type": record.type,
        "number": record.number,
        "issue_date": record.issue_date,
        "currency": record.currency,
        "payable": record.payable,
        "received_at": record.received_at,
        "digest": record.document_digest,
        "links": DocumentLinks(
            self=here, content=f"{here}/content", receipt=f"{here}/receipt", evidence=f"{here}/evidence"
        ),
    }
