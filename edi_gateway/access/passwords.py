"""Passwords: kept as Argon2id hashes (RFC 9106 §4, second recommended option: 64 MiB), compared at a bounded rate."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from edi_gateway.errors import Fault, Misuse
from edi_gateway.model.account import Account

SHORTEST, LONGEST = 12, 256
"""Characters. Length is all that is asked for (NIST SP 800-63B §3.1.1.2)."""

AT_ONCE = 2
"""Comparisons that one process makes at a time: each takes 64 MiB, and anybody may ask for one."""

PATIENCE = 10.0
"""Seconds that somebody waits for their turn."""

_hasher = PasswordHasher()
_turns = BoundedSemaphore(AT_ONCE)

# Of a password that nobody has. Comparing with it takes as long as with anybody's.
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$uWuRqjCaQ41t1lP8AxzYQw$0cgFtQAw3DunYzFvxJTDBPSNgBHCkn3CmXG0HqotVug"


def hashed(password: str) -> str:
    """Raises Misuse for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Misuse(f"A password has {SHORTEST} to {LONGEST} characters.")
    return _hasher.hash(password)


def matches(account: Account | None, password: str) -> bool:
    """Whether it is the account's password; as slow for one that isn't there. Raises Fault where too many ask."""
    if not _turns.acquire(timeout=PATIENCE):
        raise Fault("too many passwords are being compared")
    try:
        return _hasher.verify(account.password if account else _NOBODYS, password) and account is not None
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _turns.release()
