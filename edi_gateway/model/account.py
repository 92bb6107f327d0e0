"""People who begin sessions with a password."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

AccountRole = Literal["officer", "operator"]


@dataclass(frozen=True, slots=True)
class CodeSecret:
    """What codes are made of (RFC 6238), perhaps under the passphrase (`wrapped`); `step` is the newest one used."""

    content: bytes = field(repr=False)
    wrapped: bool
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`password` is a hash by Argon2id; `code` is None where no code is asked for."""

    name: str
    role: AccountRole
    password: str = field(repr=False)
    code: CodeSecret | None
    disabled: bool
    added_at: datetime
