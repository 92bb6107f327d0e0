"""Lines of an anchor: signed checkpoints, each on one line, kept where the ledger itself is not.

A line is a note (c2sp.org/tlog-checkpoint) without its layout: origin, size, root hash and the ledger's own signatures,
with one space between. Whoever has the verifier key can put the note together again, and check it.
"""

from edi_gateway.errors import Unproven

MAX_LINE = 4096
"""Bytes, far more than a name and some signatures take: how much of a file's end has its newest line."""

_SIGNATURE = "— "


def to_line(note: bytes) -> bytes:
    """The line for a checkpoint that the ledger signed. Signatures under other names than the origin's are left out."""
    text, _, signatures = note.decode().rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    prefix = f"{_SIGNATURE}{origin} "
    own = [line.removeprefix(prefix) for line in signatures.splitlines() if line.startswith(prefix)]
    line = " ".join((origin, size, root, *own)).encode() + b"\n"
    if not own or len(line) > MAX_LINE:
        raise ValueError("the note does not carry the ledger's own signature, or too many of them")
    return line


def to_note(line: bytes) -> bytes:
    """The signed note of a line, for `checkpoint.open` to check. Raises Unproven where there is none in it."""
    try:
        origin, size, root, *signatures = line.decode().removesuffix("\n").split(" ")
    except ValueError as error:
        raise Unproven("the line does not hold a checkpoint") from error
    signed = "".join(f"{_SIGNATURE}{origin} {signature}\n" for signature in signatures)
    return f"{origin}\n{size}\n{root}\n\n{signed}".encode()
