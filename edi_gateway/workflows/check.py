"""Checking a receipt as a stranger would: with the receipt, a verifier key, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note, policy, proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.keys import open_by, parse_keys
from edi_gateway.ledger.policy import Policy
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.receipts import receipt as receipts
from edi_gateway.receipts.receipt import Receipt
from edi_gateway.receipts.statement import commit
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue
from edi_gateway.workflows.points import Point


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt that holds. Made by `check_receipt` alone.

    `receipt` has no `proof` where that came as COSE, which has no checkpoint either, only a root hash.

    `trusted` says that the checker brought the verifier key. Where it is false the receipt only agrees with itself:
    anybody could have made it, with a key of their own.
    """

    receipt: Receipt
    statement: Mapping[str, JsonValue]
    leaf: bytes
    checkpoint: Checkpoint
    trusted: bool

    @property
    def checked(self) -> tuple[Point, ...]:
        """What it proves."""
        at, signed = self.receipt.index, self.checkpoint
        what = "checkpoint" if self.receipt.proof else "root hash"
        return (
            Point("statement", f"The statement is entry {at} of {signed.origin}, in the tree of {signed.size}."),
            Point("checkpoint", f"The {what} of that tree is signed by {self.receipt.vkey}."),
        )


def check_receipt(data: bytes, vkey: str | None) -> CheckedReceipt:
    """Check a receipt, against `vkey` or, where that is None, against the one inside. Raises Unproven at the first lie.

    `vkey` may be several keys of one log, a line each, with the tree sizes that they sign: see `ledger.keys`.

    (1) The statement, canonical, and the salt give the entry; the entry gives the leaf.
    (2) The checkpoint is signed by a key that the checker trusts at its size, in its own name, and by the one inside.
    (3) The statement says that it is in this log.
    (4) The proof leads from the leaf, at the index that the receipt names, to the checkpoint's root hash.
    """
    return check_parsed(receipts.parse(data), vkey)


def check_parsed(receipt: Receipt, vkey: str | None) -> CheckedReceipt:
    """As `check_receipt`, step by step."""
    # (1)
    leaf = leaf_hash(commit(receipt.statement, receipt.salt))
    # (2)
    inclusion = proof.parse(receipt.proof.encode())
    signed = open_trusted(inclusion.checkpoint, receipt.vkey, vkey)
    # (3)
    statement = json.parse(receipt.statement)
    if not isinstance(statement, dict) or statement.get("origin") != signed.origin:
        raise Unproven("the statement and the checkpoint are of different logs")
    # (4)
    if inclusion.extra is not None:
        raise Unproven("the proof carries extra data, which nothing authenticates")
    if inclusion.index != receipt.index:
        raise Unproven(f"the receipt says index {receipt.index}, its proof {inclusion.index}")
    proof.verify_inclusion(leaf, inclusion.index, signed.size, inclusion.path, signed.root)
    return CheckedReceipt(receipt, statement, leaf, signed, trusted=vkey is not None)


def open_trusted(signed: bytes, own: str, trusted: str | None) -> Checkpoint:
    """The checkpoint, signed by a key that is trusted, if any is, and by the one in the file. Raises Unproven."""
    claimed = note.parse_vkey(own)
    keys = parse_keys(own if trusted is None else trusted)
    opened = open_by(signed, keys)
    # The key inside is a convenience, but still a claim: while two keys sign, both are asked.
    if [key.verifier for key in keys] != [claimed]:
        checkpoint.open(signed, opened.origin, [claimed])
    return opened


@dataclass(frozen=True, slots=True)
class WitnessedBy:
    """A witness that cosigned, under the name that the policy has for it, and when it says it did."""

    name: str
    at: datetime


def trusted_logs(data: bytes, wanted: Policy) -> str | None:
    """The keys that a policy has for the log that a receipt says it is of, a line each; None where it names no logs.

    Raises Unproven for a receipt of another log than those that it names.
    """
    if not wanted.logs:
        return None
    claimed = note.parse_vkey(receipts.parse(data).vkey).name
    vkeys = [log.verifier.vkey for log in wanted.logs if log.verifier.name == claimed]
    if not vkeys:
        raise Unproven(f"the policy has no log {claimed}")
    return "\n".join(vkeys)


def check_witnesses(checked: CheckedReceipt, wanted: Policy) -> tuple[WitnessedBy, ...]:
    """Who witnessed the checkpoint of a receipt that holds. Raises Unproven unless they are enough for the policy."""
    names = {one.verifier: one.name for one in wanted.witnesses}
    signed = proof.parse(checked.receipt.proof.encode()).checkpoint
    opened = policy.check(wanted, signed, [note.parse_vkey(checked.receipt.vkey)])
    return tuple(
        WitnessedBy(names[one.verifier], datetime.fromtimestamp(one.time, UTC))
        for one in opened.signatures
        if one.verifier in names and one.time is not None
    )
