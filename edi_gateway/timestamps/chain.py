"""Timestamps that renew one another (RFC 4998 §5.2): each is over the one before, from a time at which that still held.

The certificate of an authority ends, and after that nobody answers for what is signed with its key. A token made before
that end, over the older token, shows that the older one was there while its key could still be relied on.
"""

from collections.abc import Sequence

from edi_gateway.errors import Unproven
from edi_gateway.timestamps.token import Roots, Token, check_token

MAX_CHAIN = 99


def check_chain(tokens: Sequence[bytes], message: bytes, roots: Roots) -> tuple[Token, ...]:
    """Check tokens (DER), oldest first: the first over the message, each later one over all of the one before it.

    What is shown is that the message was there at the first one's `gen_time`; it is good until the last one's
    `expires_at`. Raises Unproven.
    """
    if not 0 < len(tokens) <= MAX_CHAIN:
        raise Unproven(f"a chain of timestamps has 1 to {MAX_CHAIN}, not {len(tokens)}")
    checked: list[Token] = []
    for token in tokens:
        renewal = check_token(token, message, roots)
        if checked and not checked[-1].gen_time <= renewal.gen_time < checked[-1].expires_at:
            raise Unproven("a timestamp was renewed before it was made, or after its authority's certificate had ended")
        checked.append(renewal)
        message = token
    return tuple(checked)
