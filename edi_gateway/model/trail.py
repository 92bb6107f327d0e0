"""The trail of access: who read what, and who was given which right, when, and from where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from edi_gateway.model.caller import Caller, Role

TrailEvent = Literal[
    "document.read",
    "content.read",
    "contract.read",
    "receipt.read",
    "evidence.read",
    "history.read",
    "token.created",
    "token.revoked",
    "user.added",
    "user.disabled",
    "user.enabled",
    "user.password-changed",
    "user.code-changed",
    "payload-key.created",
    "payload-key.rotated",
    "payload-key.destroyed",
    "payload-key.given-up",
    "session.begun",
    "session.ended",
]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. On the gateway's own machine `role` is `host`, `name` the machine's user; it takes no credential."""

    name: str
    role: Role | Literal["host"]
    credential: str | None = None
    address: str | None = None

    @classmethod
    def of(cls, caller: Caller) -> Self:
        return cls(caller.name, caller.role, caller.credential or None, caller.address or None)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done: to or with `subject`, a document's, party's, token's or user's id."""

    event: TrailEvent
    actor: Actor
    subject: str
    at: datetime
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Trailed:
    """A step in its place: `number` counts from 1, `hash` covers it and all before it."""

    number: int
    step: Step
    hash: bytes


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """Which steps, newest first. `since` is included, `until` is not; `before` is the number that a page ended with."""

    event: TrailEvent | None = None
    actor: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50
