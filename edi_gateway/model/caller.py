"""Who reads and operates, as opposed to who sends documents."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["officer", "operator", "partner"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a token: an officer reads the trail, an operator runs partners and keys, a partner is an ERP.

    `partner` is the partner's id where the role is `partner`, and None otherwise.
    """

    name: str
    role: Role
    partner: str | None = None
