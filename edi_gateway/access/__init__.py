"""Who is calling, and what they may do. What is not allowed here is allowed nowhere."""

from edi_gateway.access.reads import note, note_read
from edi_gateway.access.rights import ALLOWED, OPEN, SIGNED, Action, Denied, permit
from edi_gateway.access.suspension import check_not_suspended
from edi_gateway.access.tokens import (
    DEFAULT_LIFETIME,
    GUEST_LIFETIME,
    Holder,
    NoToken,
    admit,
    create_token,
    find_caller,
    issue_token,
    list_tokens,
    revoke_token,
    token_id,
)

__all__ = [
    "ALLOWED",
    "DEFAULT_LIFETIME",
    "GUEST_LIFETIME",
    "OPEN",
    "SIGNED",
    "Action",
    "Denied",
    "Holder",
    "NoToken",
    "admit",
    "check_not_suspended",
    "create_token",
    "find_caller",
    "issue_token",
    "list_tokens",
    "note",
    "note_read",
    "permit",
    "revoke_token",
    "token_id",
]
