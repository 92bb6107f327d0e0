"""The keys of one log, each with the tree sizes that it signs: what a verifier trusts of a log that exchanged its key.

As text, one key a line, `vkey [from [until]]`: the first and the last tree size that it signs; without them, any. Empty
lines and those that begin with `#` say nothing. A verifier key alone is such a text, of one line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import decode_decimal
from edi_gateway.ledger.note import Verifier, parse_vkey

MAX_KEYS = 100
"""Keys that a text may name; a log has one or two at a time."""


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """A verifier key, and the tree sizes that it signs: from `since` to `until`, both among them, or without an end."""

    verifier: Verifier
    since: int = 0
    until: int | None = None

    def signs(self, size: int) -> bool:
        return self.since <= size and (self.until is None or size <= self.until)

    @property
    def line(self) -> str:
        """As `parse_keys` reads it."""
        return f"{self.verifier.vkey} {self.since}" + ("" if self.until is None else f" {self.until}")

    def __str__(self) -> str:
        end = "on" if self.until is None else f"to {self.until}"
        return f"{self.verifier.name}+{self.verifier.key_id.hex()}, which signs from size {self.since} {end}"


def parse_keys(text: str) -> tuple[LedgerKey, ...]:
    """Read keys of one log. Raises Unproven for none, too many, those of several logs, and anything malformed."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not 0 < len(lines) <= MAX_KEYS:
        raise Unproven(f"there are {len(lines)} verifier keys where 1 to {MAX_KEYS} are wanted")
    keys = tuple(map(_parse_key, lines))
    if len({key.verifier.name for key in keys}) > 1:
        raise Unproven("the verifier keys are of different logs")
    return keys


def _parse_key(line: str) -> LedgerKey:
    vkey, *sizes = line.split()
    if len(sizes) > 2:
        raise Unproven("a verifier key is followed by more than its first and its last tree size")
    bounds = [decode_decimal(size, "a tree size beside a verifier key") for size in sizes]
    key = LedgerKey(parse_vkey(vkey), *bounds)
    if key.until is not None and key.until < key.since:
        raise Unproven("a verifier key ends before it begins")
    return key


def open_by(signed: bytes, keys: Sequence[LedgerKey]) -> Checkpoint:
    """The checkpoint in a signed note, if one of the keys of its log signed it that signs at its size.

    No key that is named in it may have signed it wrongly, whatever its sizes. Raises Unproven.
    """
    origin = keys[0].verifier.name
    opened = checkpoint.open(signed, origin, _verifiers(keys))
    valid = [key for key in keys if key.signs(opened.size)]
    if len(valid) < len(keys) and not _signed_by(signed, origin, valid):
        others = "; ".join(str(key) for key in keys if key not in valid and _signed_by(signed, origin, [key]))
        raise Unproven(f"key not valid then: the checkpoint of size {opened.size} is signed by {others}")
    return opened


def signer(signed: bytes, keys: Sequence[LedgerKey]) -> LedgerKey:
    """The newest of the keys that signed a note and sign at its size. Raises Unproven, as `open_by` does."""
    size, origin = open_by(signed, keys).size, keys[0].verifier.name
    return [key for key in keys if key.signs(size) and _signed_by(signed, origin, [key])][-1]


def _signed_by(signed: bytes, origin: str, keys: Iterable[LedgerKey]) -> bool:
    try:
        checkpoint.open(signed, origin, _verifiers(keys))
    except Unproven:
        return False
    return True


def _verifiers(keys: Iterable[LedgerKey]) -> list[Verifier]:
    return [key.verifier for key in keys]
