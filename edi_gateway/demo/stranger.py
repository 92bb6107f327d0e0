"""What somebody can check who knows nothing of the gateway but its verifier key."""

import base64
from collections.abc import Sequence

import httpx

from edi_gateway.errors import Fault, Unproven
from edi_gateway.ledger import checkpoint, note, proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.workflows.check import CheckedReceipt, check_receipt


def read_checkpoint(http: httpx.Client, vkey: str) -> Checkpoint:
    """The gateway's signed checkpoint as it is now. Raises Unproven."""
    verifier = note.parse_vkey(vkey)
    return checkpoint.open(_get(http, "/checkpoint").content, verifier.name, [verifier])


def check_growth(http: httpx.Client, older: Checkpoint, newer: Checkpoint) -> None:
    """The newer ledger begins with all of the older. Raises Unproven."""
    answer = _get(http, f"/v1/ledger/consistency?from={older.size}&to={newer.size}").json()
    path = [base64.b64decode(each) for each in answer["proof"]]
    proof.verify_consistency(older.size, newer.size, older.root, newer.root, path)


def check_receipts(http: httpx.Client, receipts: Sequence[bytes], vkey: str) -> list[CheckedReceipt]:
    """Every receipt holds, and the ledger of today has grown from the one that it speaks of. Raises Unproven."""
    checked = [check_receipt(receipt, vkey) for receipt in receipts]
    today = read_checkpoint(http, vkey)
    for one in checked:
        check_growth(http, one.checkpoint, today)
    return checked


def finds_forgery(receipt: bytes, old: bytes, new: bytes, vkey: str) -> bool:
    """Whether a receipt in which somebody changed `old` to `new` is found out."""
    forged = receipt.replace(old, new)
    assert forged != receipt
    try:
        check_receipt(forged, vkey)
    except Unproven:
        return True
    return False


def _get(http: httpx.Client, path: str) -> httpx.Response:
    answer = http.get(path)
    if answer.status_code != 200:
        raise Fault(f"{path} answers {answer.status_code}: {answer.text[:200]}")
    return answer
