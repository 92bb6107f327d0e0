"""Who is calling, and what they may do. What is not allowed here is allowed nowhere."""

from edi_gateway.access.rights import ALLOWED, OPEN, SIGNED, Action, Denied, permit
from edi_gateway.access.tokens import DEFAULT_LIFETIME, admit, create_token, find_caller

__all__ = [
    "ALLOWED",
    "DEFAULT_LIFETIME",
    "OPEN",
    "SIGNED",
    "Action",
    "Denied",
    "admit",
    "create_token",
    "find_caller",
    "permit",
]
