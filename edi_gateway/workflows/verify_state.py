"""How far an audit has come, as a file to go on from. It is bound to itself by a checksum, and to the ledger by its
tree: whoever goes on from it holds what is stored by now against the tree that had grown by then.
"""

import json
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger.regrowth import regrown
from edi_gateway.ledger.tiles import Hashes
from edi_gateway.ledger.tree import Head, frontier_root
from edi_gateway.model.record import Link
from edi_gateway.workflows.verify import Verification
from edi_gateway.workflows.verify_records import Registry

_VERSION = 3


def to_state(verification: Verification) -> bytes:
    """A line with the checksum, and the rest as JSON."""
    sequence, head = verification.sequence, verification.tree.head
    members = {
        "version": _VERSION,
        "origin": verification.origin,
        "full": verification.full,
        "size": head.size,
        "frontier": [b64encode(one).decode() for one in head.frontier],
        "links": {party: [link.sequence, b64encode(link.leaf_hash).decode()] for party, link in sequence.links.items()},
        "commitEnd": sequence.commit_end,
        "recordedAt": sequence.recorded_at,
        "documents": verification.documents,
        "registry": verification.registry.to_json(),
    }
    text = json.dumps(members).encode()
    return sha256(text).hexdigest().encode() + b"\n" + text


def from_state(state: bytes, origin: str, full: bool, hashes: Hashes) -> Verification:
    """The audit to go on with. Raises Misuse for a file that is damaged, or of another audit, and Unproven where the
    ledger has changed below where the audit had come to.
    """
    members = _checked(state)
    if (members["origin"], members["full"]) != (origin, full):
        raise Misuse("The audit that was interrupted is of another ledger, or of another kind; begin anew.")
    verification = Verification(origin, full=full)
    frontier = tuple(map(b64decode, members["frontier"]))
    try:
        verification.tree = regrown(hashes, Head(members["size"], frontier_root(frontier), frontier))
    except Unproven as error:
        raise Unproven(f"the ledger has changed where it was looked at already: {error}") from error
    sequence = verification.sequence
    sequence.links = {party: Link(number, b64decode(leaf)) for party, (number, leaf) in members["links"].items()}
    sequence.commit_end, sequence.recorded_at = members["commitEnd"], members["recordedAt"]
    verification.documents = members["documents"]
    verification.registry = Registry.from_json(members["registry"])
    return verification


def _checked(state: bytes) -> dict[str, Any]:
    checksum, _, text = state.partition(b"\n")
    if checksum != sha256(text).hexdigest().encode():
        raise Misuse("The file of the audit that was interrupted is damaged; begin anew.")
    members: dict[str, Any] = json.loads(text)
    if members.get("version") != _VERSION:
        raise Misuse("The audit was interrupted under another version of this program; begin anew.")
    return members
