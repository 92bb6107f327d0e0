"""The cosignatures in an evidence bundle: for each witness its verifier key, then its line of the checkpoint's note.

The keys stand there so that the file agrees with itself down to the last bit. Whom to believe only a policy can say.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from edi_gateway.errors import Unproven
from edi_gateway.ledger import note
from edi_gateway.ledger.note import Signature, Verifier
from edi_gateway.ledger.policy import Policy
from edi_gateway.ledger.signature_types import COSIGNATURES
from edi_gateway.model.moment import timestamp
from edi_gateway.workflows.points import Point

ENDING = ".cosignatures"

_NAME = re.compile(r"checkpoints/(0|[1-9][0-9]{0,18})\.cosignatures")


def cosignatures_file(size: int, cosigned: Sequence[tuple[Verifier, str]]) -> dict[str, bytes]:
    """Who cosigned the checkpoint of that size, each with its line of the note, as a file of a bundle."""
    vkeys = "".join(f"{verifier.vkey}\n" for verifier, _ in cosigned)
    return {f"checkpoints/{size}{ENDING}": f"{vkeys}\n{''.join(line for _, line in cosigned)}".encode()}


def check_cosignatures(
    name: str, files: Mapping[str, bytes], notes: Mapping[int, bytes], wanted: Policy | None
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """What the file shows, and what it leaves open. Raises Unproven, also where witnesses are too few for the policy.

    `notes` are the bundle's later checkpoints by their sizes. Every line must verify, whatever the policy says.
    """
    found = _NAME.fullmatch(name)
    if not found or int(found[1]) not in notes:
        raise Unproven("there is no checkpoint of that size for it")
    signatures = _verified(files[name], note.text_of(notes[int(found[1])]))
    if wanted is None:
        names = ", ".join(one.verifier.name for one in signatures)
        says = (
            f"Whether to believe the witnesses: {names} cosigned a checkpoint, but no policy was given that names them."
        )
        return (), (Point("witnesses", says),)
    known = {one.verifier: one.name for one in wanted.witnesses}
    counted = [one for one in signatures if one.verifier in known]
    said = ", ".join(f"{known[one.verifier]} at {_at(one)}" for one in counted)
    if not wanted.satisfied({one.verifier for one in counted}):
        raise Unproven(f"the quorum is not reached: of the policy's witnesses it is cosigned by {said or 'nobody'}")
    return (
        ((Point("witnesses", f"The checkpoint of {found[1]} entries is cosigned by {said}."),), ())
        if said
        else ((), ())
    )


def _verified(content: bytes, text: str) -> tuple[Signature, ...]:
    head, _, lines = content.partition(b"\n\n")
    try:
        vkeys = head.decode().split("\n")
    except UnicodeDecodeError as error:
        raise Unproven("the witnesses' keys are not text") from error
    verifiers = [note.parse_vkey(vkey) for vkey in vkeys]
    if any(verifier.type not in COSIGNATURES for verifier in verifiers):
        raise Unproven("a key in it is not one that cosigns")
    signatures = note.read(f"{text}\n".encode() + lines, verifiers).signatures
    written = cosignatures_file(0, [(one.verifier, one.line) for one in signatures])
    if [one.verifier for one in signatures] != verifiers or content not in written.values():
        raise Unproven("its lines are not those of its keys, one for each and in their order")
    return signatures


def _at(one: Signature) -> str:
    return timestamp(datetime.fromtimestamp(one.time or 0, UTC))
