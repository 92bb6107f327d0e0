"""Which keys sign for the ledger, as its own entries tell."""

from collections.abc import Mapping, Sequence

from edi_gateway.errors import Unproven
from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.ledger.note import parse_vkey
from edi_gateway.syntax.json import JsonValue

EVENTS = ("ledger.key-added", "ledger.key-rotated")
"""The types of these entries."""


def keys_after(keys: Sequence[LedgerKey], statement: Mapping[str, JsonValue]) -> tuple[LedgerKey, ...]:
    """The keys, once this entry is known: those that it names join them, with the sizes that it gives.

    Sizes only ever narrow: what was trusted from or to a size is trusted no further because of an entry.
    Raises Unproven for an entry that names no keys.
    """
    others = statement.get("signing")
    named = [statement.get("added") or statement.get("retired"), *(others if isinstance(others, list) else [])]
    known = {key.verifier: key for key in keys}
    for one in map(_named, named):
        known[one.verifier] = _narrowed(known.get(one.verifier, one), one)
    return tuple(sorted(known.values(), key=lambda key: key.since))


def _named(key: JsonValue) -> LedgerKey:
    if isinstance(key, dict):
        vkey, since, until = (key.get(name) for name in ("vkey", "from", "until"))
        if isinstance(vkey, str) and isinstance(since, int) and isinstance(until, int | None):
            return LedgerKey(parse_vkey(vkey), since, until)
    raise Unproven("the entry does not name the keys that sign, and the sizes that they sign")


def _narrowed(known: LedgerKey, one: LedgerKey) -> LedgerKey:
    ends = [key.until for key in (known, one) if key.until is not None]
    return LedgerKey(known.verifier, max(known.since, one.since), min(ends, default=None))
