"""What a witness is asked, and how it decides (c2sp.org/tlog-witness). Pure: who keeps state persists it first.

`admit` looks at the request alone; `judge` compares it with the latest checkpoint that the witness cosigned, and must
run under a lock that lasts until the new one is durable.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edi_gateway.errors import Unproven
from edi_gateway.ledger import note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import decode_base64, decode_decimal, decode_head, encode_base64
from edi_gateway.ledger.note import Signature, Verifier
from edi_gateway.ledger.proof import MAX_PATH, verify_consistency
from edi_gateway.ledger.tree import EMPTY_ROOT, HASH_SIZE

MALFORMED, UNTRUSTED, UNKNOWN, CONFLICT, INCONSISTENT = 400, 403, 404, 409, 422

MAX_REQUEST = 131_072
"""Bytes: a full proof, and a checkpoint with more ML-DSA-44 signatures than verifiers must read."""

KeysOf = Callable[[str], Sequence[Verifier]]
"""The keys that are trusted to sign for an origin; none for one that isn't known."""


class Refused(Unproven):
    """A witness does not cosign. `status` is HTTP's; with a conflict goes the size that it cosigned last."""

    def __init__(self, status: int, detail: str, size: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.size = size


@dataclass(frozen=True, slots=True)
class Request:
    """`old` is the size that the witness is believed to know, `checkpoint` a signed note, not verified yet."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request whose checkpoint a known log signed: only its verified signatures are kept."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """The witness's latest checkpoint has this size; a proof from there is what it wants."""

    size: int


def marshal(request: Request) -> bytes:
    lines = [f"old {request.old}", *map(encode_base64, request.proof)]
    return "\n".join([*lines, "", ""]).encode() + request.checkpoint


def parse(body: bytes) -> Request:
    """Read the body of add-checkpoint; only its form is looked at. Raises Unproven."""
    if len(body) > MAX_REQUEST:
        raise Unproven(f"the request is longer than {MAX_REQUEST} bytes")
    head, blank, signed = body.partition(b"\n\n")
    try:
        first, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Unproven("the request is not ASCII before its checkpoint") from error
    if not blank or not first.startswith("old "):
        raise Unproven("the request does not begin with an old size, and go on with a checkpoint after an empty line")
    if len(proof) > MAX_PATH:
        raise Unproven(f"the consistency proof has more than {MAX_PATH} lines")
    old = decode_decimal(first.removeprefix("old "), "the old size")
    return Request(old, tuple(decode_base64(line, "a hash of the proof", HASH_SIZE) for line in proof), signed)


def admit(body: bytes, keys_of: KeysOf) -> Admitted:
    """Read a request and verify who signed its checkpoint. Raises Refused with 400, 403 or 404."""
    try:
        request = parse(body)
        origin, size, root, extensions = decode_head(note.text_of(request.checkpoint))
    except Unproven as error:
        raise Refused(MALFORMED, str(error)) from error
    if extensions:
        # Nobody could tell what of them a cosignature covers: an ML-DSA-44 one covers none.
        raise Refused(MALFORMED, "the checkpoint has extension lines, which are not cosigned here")
    keys = keys_of(origin)
    if not keys:
        raise Refused(UNKNOWN, f"the log {origin[:200]!r} is not known here")
    try:
        opened = note.read(request.checkpoint, keys)
    except Unproven as error:
        raise Refused(UNTRUSTED, str(error)) from error
    if request.old > size:
        raise Refused(MALFORMED, f"the old size, {request.old}, is above that of the checkpoint, {size}")
    return Admitted(request.old, request.proof, Checkpoint(origin, size, root), opened.signatures)


def judge(latest: Checkpoint | None, admitted: Admitted) -> None:
    """Return if the checkpoint may be cosigned after `latest`, the last one. Raises Refused with 409 or 422."""
    known = latest.size if latest else 0
    if admitted.old != known:
        raise Refused(CONFLICT, f"the latest checkpoint cosigned here has the size {known}", known)
    if latest and latest.origin != admitted.checkpoint.origin:
        raise ValueError("checkpoints of two logs are not compared")
    try:
        _check_growth(latest, admitted)
    except Unproven as error:
        raise Refused(INCONSISTENT, str(error)) from error


def forked(latest: Checkpoint | None, new: Checkpoint) -> bool:
    """Whether the signatures alone show two trees of one size, whatever proof somebody sent along.

    `new` is signed by the log, as `latest` was. A proof that fails between two sizes shows nothing: anybody can send a
    checkpoint that is public with a proof that is none.
    """
    known = latest.root if latest and latest.size == new.size else new.root
    return new.root != (known if new.size else EMPTY_ROOT)


def _check_growth(latest: Checkpoint | None, admitted: Admitted) -> None:
    new = admitted.checkpoint
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise Unproven("the checkpoint gives the empty tree another root hash than its own")
    if latest is None or latest.size == 0:
        if admitted.proof:
            raise Unproven("every tree grows from the empty one: there is nothing to prove")
        return
    verify_consistency(latest.size, new.size, latest.root, new.root, admitted.proof)
