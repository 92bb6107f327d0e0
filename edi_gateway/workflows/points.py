"""What a check says when it is done: each point that was proved, and each that was left open."""

from typing import NamedTuple

from edi_gateway.receipts.evidence_report import NOT_CHECKED


class Point(NamedTuple):
    """`check` is a stable name for programs, `says` the same in words."""

    check: str
    says: str


_WITNESSES = Point("witnesses", "That the ledger shows everybody the same: no witness vouches for a checkpoint here.")
_TRUSTED_TIME = Point("trusted-time", "When it happened: the times are those of the gateway's own clock.")
_PARTIES = Point("parties", "Who the parties are: the statement has the names under which the gateway knows them.")

RECEIPT_NOT_CHECKED = (
    Point("document", "The document itself, and its signature: a receipt has only their digests."),
    Point("later", "Whether anything was recorded of it later."),
    _PARTIES,
    _WITNESSES,
    _TRUSTED_TIME,
)
"""What a receipt alone can't show."""

TREE_SIZE = Point("tree-size", "The size of that tree: in a COSE receipt the signature covers its root hash alone.")
"""What a COSE receipt can't show, beside."""

EVIDENCE_NOT_CHECKED = (
    *(Point(check, says) for check, says in NOT_CHECKED.items()),
    Point("rules", "Schema and business rules: the findings are the gateway's, and the rules were not run again."),
    Point("key-history", "That the key has no later event than those in the bundle: its party's history shows that."),
    Point("later", "Whether anything was recorded of the document later."),
    Point("readme", "What README.txt says: it is for people, and anybody may have put another in its place."),
    _PARTIES,
    _WITNESSES,
    _TRUSTED_TIME,
)
"""What a bundle can't show, as long as nobody else vouches for its checkpoints."""

HISTORY_NOT_CHECKED = (
    Point("documents", "The documents themselves, and their signatures: a history has only their digests."),
    _PARTIES,
    _WITNESSES,
    _TRUSTED_TIME,
)
"""What no history can show."""
