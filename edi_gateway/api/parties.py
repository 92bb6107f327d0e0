"""A party's history: its entries in the ledger, none left out, for itself and for officers."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from edi_gateway.access import note_read
from edi_gateway.api.admission import ChainMarker, DocumentReader, Here
from edi_gateway.api.problems import Problem
from edi_gateway.api.schemas import HistoryFilter
from edi_gateway.errors import Misuse
from edi_gateway.model.caller import Caller
from edi_gateway.model.document import MAX_ECHO
from edi_gateway.model.record import LEDGER
from edi_gateway.workflows import history
from edi_gateway.workflows.enrol import PARTNER_ID
from edi_gateway.workflows.history import NoEntries

router = APIRouter(prefix="/v1/parties", tags=["parties"])

PartyId = Annotated[str, Path(description=f"A partner's id, or `{LEDGER}` for what was done to the ledger itself.")]


def _answer(description: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


_HISTORY: dict[int | str, dict[str, Any]] = {200: _answer("The history; a file by itself.", "History")}
_MARKED: dict[int | str, dict[str, Any]] = {
    201: _answer("Recorded: the receipt of the mark.", "Receipt"),
    200: _answer("The mark is there already, and nothing has been recorded since.", "Receipt"),
}


@router.get("/{id}/history", response_class=Response, responses=_HISTORY)
def read_history(
    id: PartyId, request: Request, caller: DocumentReader, gateway: Here, asked: Annotated[HistoryFilter, Query()]
) -> Response:
    """A page of a party's entries, oldest first, each proved under the page's checkpoint."""
    try:
        with gateway.chains.reading(_party(id, caller)) as chain:
            page = history.history(chain, gateway.recorder, asked.span, size=asked.size, limit=asked.limit)
    except NoEntries as error:
        raise Problem("not-found", str(error)) from error
    except Misuse as error:
        raise Problem("query-invalid", str(error)) from error
    note_read(gateway, caller, "history.read", id, str(request.url.query)[:MAX_ECHO] or None)
    return Response(page, media_type="application/json")


@router.post("/{id}/history-marks", status_code=201, response_class=Response, responses=_MARKED)
def mark_history(id: PartyId, caller: ChainMarker, gateway: Here) -> Response:
    """Record a mark at the end of a party's chain, so that its history up to there is provably the whole of it."""
    try:
        mark = history.mark(_party(id, caller), gateway.chains, gateway.recorder, gateway.office(caller.name))
    except NoEntries as error:
        raise Problem("not-found", str(error)) from error
    headers = {"Location": f"/v1/parties/{id}/history?size={mark.size}"}
    return Response(mark.receipt, 200 if mark.repeated else 201, headers, "application/json")


def _party(id: str, caller: Caller) -> str:
    """The party, if the caller may see its chain. Not there and not yours are the same answer."""
    if (id != LEDGER and not PARTNER_ID.fullmatch(id)) or caller.partner not in (None, id):
        raise Problem("not-found")
    return id
