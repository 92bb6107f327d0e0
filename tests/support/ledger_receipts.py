"""A receipt as the gateway gives it, over a log in memory."""

from datetime import UTC, datetime

from edi_gateway.ledger import proof
from edi_gateway.model.partner import Identifier, Partner
from edi_gateway.receipts import receipt
from edi_gateway.receipts.receipt import Receipt
from edi_gateway.receipts.statement import commit, complete, partner_statement
from edi_gateway.syntax.json import canonical
from tests.support.ledger import MemoryLog

NOON = datetime(2026, 11, 22, 12, 0, 0, 999_999, tzinfo=UTC)
ACME = Partner("acme", "Acme Bücher", (Identifier("0088", "7300010000001"),))


def log_of(size: int) -> MemoryLog:
    """A log of entries that are numbers."""
    log = MemoryLog()
    log.append([b"%d" % number for number in range(size)])
    return log


def statement_of(log: MemoryLog, **changes: object) -> bytes:
    draft = partner_statement("partner.added", ACME, id="0199", origin=log.origin)
    return canonical({**complete(draft, NOON, "acme", 1, None), **changes})


def receipt_of(log: MemoryLog, statement: bytes, salt: bytes = bytes(32)) -> Receipt:
    """Append a statement to the log; the receipt that proves it."""
    growth = log.append([commit(statement, salt)])
    index = log.head.size - 1
    inclusion = proof.marshal(proof.InclusionProof(index, growth.proof(index), log.checkpoint()))
    return Receipt(statement, salt, index, inclusion.decode(), log.vkey)


def receipt_json(log: MemoryLog) -> bytes:
    return receipt.to_json(receipt_of(log, statement_of(log)))
