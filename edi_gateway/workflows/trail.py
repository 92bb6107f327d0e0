"""The trail of access is a chain of hashes, and the ledger says from time to time where it has come to.

The hash of a step is SHA-256 over the one before, 32 octets (zeros at first), and the step in canonical JSON (RFC
8785).
Whoever can write to the database can make the whole chain anew, but not what the ledger has said of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.model.moment import timestamp
from edi_gateway.model.record import LEDGER, Act
from edi_gateway.model.trail import Step, Trailed
from edi_gateway.receipts.statement import act_statement
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue, canonical

START = bytes(32)
"""Before the first step."""

STATED_AFTER = timedelta(hours=1)
"""The oldest step that the ledger doesn't cover yet waits no longer than this, and a round of the worker."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What entry `index` of the ledger says: that `size` steps had been taken, the last one with `hash`."""

    index: int
    size: int
    hash: bytes


class Trail(Protocol):
    """Where the steps are kept; they are numbered from 1, in the order of their commits, without a gap."""

    def newest(self) -> Trailed | None:
        """Raises Fault."""

    def from_number(self, number: int) -> Iterable[Trailed]:
        """From a step on, in order. Raises Fault."""

    def statements(self, limit: int | None = None) -> Sequence[tuple[int, bytes]]:
        """The entries that speak of the trail, by index, with their statements, newest first. Raises Fault."""


def chained(previous: bytes, number: int, step: Step) -> bytes:
    """The hash of a step that follows one with the hash `previous`."""
    actor = step.actor
    members: dict[str, JsonValue | None] = {
        "number": number,
        "at": timestamp(step.at),
        "event": step.event,
        "actor": actor.name,
        "role": actor.role,
        "credential": actor.credential,
        "address": actor.address,
        "subject": step.subject,
        "detail": step.detail,
    }
    said: dict[str, JsonValue] = {name: value for name, value in members.items() if value is not None}
    return sha256(previous + canonical(said)).digest()


def due(trail: Trail, now: datetime) -> Trailed | None:
    """The newest step, where the ledger has to speak of the trail again."""
    covered = max((one.size for one in stated(trail, 1)), default=0)
    waiting = next(iter(trail.from_number(covered + 1)), None)
    return trail.newest() if waiting and waiting.step.at <= now - STATED_AFTER else None


def state(newest: Trailed, id: str, origin: str) -> Act:
    """Say in the ledger's own chain where the trail has come to."""
    reached = {"size": newest.number, "digest": f"sha256:{newest.hash.hex()}"}
    return Act(id, LEDGER, act_statement("trail.stated", id=id, origin=origin, trail=reached))


def stated(trail: Trail, limit: int | None = None) -> list[Stated]:
    """What the ledger has said of the trail, newest first. Raises Unproven, and Fault."""
    return [_read(index, statement) for index, statement in trail.statements(limit)]


def check(trail: Trail) -> tuple[int, int]:
    """How many steps there are, and how many of them the ledger covers. Raises Unproven unless they are as it says.

    The statements are taken as they are stored: that the ledger commits to them is for `verify_ledger` to say.
    """
    said = {one.size: one for one in stated(trail)}
    covered, number, hash = max(said, default=0), 0, START
    for one in trail.from_number(1):
        number, hash = number + 1, chained(hash, number + 1, one.step)
        if (one.number, one.hash) != (number, hash):
            raise Unproven(f"the trail is not as it was written: step {number}")
        if number in said and said[number].hash != hash:
            raise Unproven(
                f"the trail was rewritten: entry {said[number].index} of the ledger has another step {number}"
            )
    if number < covered:
        raise Unproven(f"the trail has {number} of the {covered} steps that entry {said[covered].index} speaks of")
    return number, covered


def _read(index: int, statement: bytes) -> Stated:
    try:
        members = json.parse(statement)
        told = members["trail"] if isinstance(members, dict) else None
        size, digest = (told["size"], told["digest"]) if isinstance(told, dict) else (None, None)
        if isinstance(size, int) and isinstance(digest, str):
            return Stated(index, size, bytes.fromhex(digest.removeprefix("sha256:")))
    except (Rejection, KeyError, ValueError):
        pass
    raise Unproven(f"entry {index} does not say where the trail has come to")
