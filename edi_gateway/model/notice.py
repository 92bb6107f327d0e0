"""What the gateway tells others of, by webhook."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

NoticeType = Literal["key.expiring", "key.retired-but-used", "key.revoked"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told once. `id` is made of what it is about, so that several hosts make the same one of it."""

    id: str
    type: NoticeType
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one webhook, with what became of the attempts so far.

    `due_at` is when it is tried next: None once it was delivered, or given up. `outcome`: how the last one went.
    """

    notice: str
    type: str
    webhook: str
    body: bytes
    made_at: datetime
    attempts: int
    due_at: datetime | None
    delivered_at: datetime | None
    outcome: str | None

    @property
    def state(self) -> Literal["waiting", "delivered", "given up"]:
        if self.delivered_at:
            return "delivered"
        return "waiting" if self.due_at else "given up"
