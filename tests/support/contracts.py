"""Contract records of acme and globex, and what is recorded of them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from edi_gateway.demo import documents
from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.gateway import Gateway
from edi_gateway.model.contract import ContractCopy
from edi_gateway.model.document import Document, Party, Reading
from edi_gateway.model.record import Examined, Recorded
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.workflows.contracts import Contract, show
from edi_gateway.workflows.judge import Judgement
from edi_gateway.workflows.receive import examined as put_together
from tests.support import jws
from tests.support.gateway import ACME_ID, GLOBEX_ID, NOW, ORIGIN, transmission
from tests.support.recording import new_id

ID = "FC-1"
SENDERS = {"acme": ACME_ID, "globex": GLOBEX_ID}
PDF = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
NAMING = {"pdfDigest": {"sha-256": PDF}}
"""What a record says that names it."""
LATER = datetime(2027, 6, 1, 12, tzinfo=UTC)
"""In the middle of the next year, long after all that is recorded in a test."""
FIRST: Mapping[str, Any] = json.loads(documents.contract(ID, GLOBEX, ACME)) | {
    "validFrom": "2026-11-01",
    "validUntil": "2027-12-31",
}


def record(sender: str = "acme", contract_id: str = ID, version: int = 1, **members: Any) -> bytes:
    """A record as `sender` signs it; a member that is None is left out."""
    said = {**FIRST, "contractId": contract_id, "version": version, "sender": SENDERS[sender], **members}
    return json.dumps({name: value for name, value in said.items() if value is not None}).encode()


def post(gateway: Gateway, content: bytes, sender: str) -> Recorded:
    """Signed by its sender, examined and recorded."""
    return gateway.record(gateway.examine(transmission(content, sender, "jws")))


def sign(gateway: Gateway, *senders: str, **members: Any) -> list[Recorded]:
    """Each of them signs the same."""
    found = [post(gateway, record(sender, **members), sender) for sender in senders or ("acme", "globex")]
    assert [each.submission.code for each in found] == [None] * len(found)
    return found


def copy(pdf: str, sender: str, terms: str, parties: tuple[str, ...] = ("acme", "globex")) -> Examined:
    """A PDF of a contract, accepted for what a record says: as a reader of signed PDFs would have it."""
    content = f"PDF {pdf} of {sender}".encode()
    arrived = Transmission(content, "application/pdf", NOW, {"content-type": "application/pdf"})
    key = jws.partner_key(jws.key("p256", sender), sender)
    verified = Verified("cms", "application/pdf", content, key, "ecdsa-sha256", "sha256")
    document = Document("pdf-contract", "contract", Party(), (), f"pdf-{pdf[:8]}", contract=ContractCopy(pdf, terms))
    judgement = Judgement(Reading(document, (), (), "link"), parties=parties)
    return put_together(arrived, new_id(), ORIGIN, verified, judgement)


def only(gateway: Gateway, contract_id: str = ID, at: datetime = LATER, party: str | None = None) -> Contract:
    (contract,) = show(gateway.contracts, contract_id, at, party)
    return contract


def states(gateway: Gateway, contract_id: str = ID, at: datetime = LATER) -> list[str]:
    """Of its versions, oldest first."""
    return [one.state for one in only(gateway, contract_id, at).versions]


def statement(recorded: Recorded) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(recorded.receipt)["statement"]
    return said
