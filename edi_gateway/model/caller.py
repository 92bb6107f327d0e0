"""Who reads and operates, as opposed to who sends documents."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["officer", "operator", "partner", "auditor-guest"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a credential: an officer reads the trail, an operator runs partners and keys, a partner is an ERP.

    `partner` is the partner's id where the role is `partner`, and None otherwise; likewise `document` is the one whose
    proofs an `auditor-guest` sees. `actions` are the only ones that the credential is good for, None: all that the role
    may. `identity` is who it is to an issuer of identities, whatever the name. `credential` is the id by which it is
    told from others, `address` from where it was shown.
    """

    name: str
    role: Role
    partner: str | None = None
    document: str | None = None
    actions: frozenset[str] | None = None
    identity: str | None = None
    credential: str = field(default="", compare=False)
    address: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed. `id` names it, and is of no use to whoever wants to call; `account` is whose session
    it is, if it is one.
    """

    id: str
    caller: Caller
    created_at: datetime
    expires_at: datetime
    account: str | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> Literal["good", "expired", "revoked"]:
        if self.revoked_at:
            return "revoked"
        return "good" if now < self.expires_at else "expired"
