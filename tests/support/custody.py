"""Documents erased, held and released, as an officer does it."""

from edi_gateway.gateway import Gateway
from edi_gateway.model.record import Recorded
from edi_gateway.workflows import dispose
from edi_gateway.workflows.dispose import Kept

REASON = "asked for by the data subject"
AUTHORITY = "decision 2026-17"


def kept(gateway: Gateway, id: str) -> Kept:
    return dispose.find(id, gateway.archive, gateway.ledger)


def erase(gateway: Gateway, id: str) -> Recorded:
    return gateway.record(dispose.erase(kept(gateway, id), REASON, AUTHORITY, gateway.office("Olga")))


def hold(gateway: Gateway, id: str) -> Recorded:
    return gateway.record(dispose.hold(kept(gateway, id), "case 12 O 345/26", gateway.office("Olga")))


def release(gateway: Gateway, id: str) -> Recorded:
    return gateway.record(dispose.release(kept(gateway, id), gateway.office("Olga")))
