"""Which keys of the ledger count for an evidence bundle, and whether they made all signatures in it.

A ledger may exchange its key between one checkpoint of a bundle and the next, and may sign with several at a time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.keys import LedgerKey, parse_keys
from edi_gateway.ledger.note import Verifier
from edi_gateway.receipts import bundle
from edi_gateway.receipts import receipt as receipts
from edi_gateway.receipts.bundle import naming
from edi_gateway.workflows.points import Point


@dataclass(frozen=True, slots=True)
class Keys:
    """`trusted` sign checkpoints. `named` are those that receipts of the bundle name: claims, but they are checked."""

    trusted: tuple[LedgerKey, ...]
    named: tuple[Verifier, ...]


def keys_for(files: Mapping[str, bytes], vkey: str | None) -> Keys:
    """The keys that the checker trusts (see `ledger.keys`), or where that is None those that the receipts name.

    Raises Unproven.
    """
    named = {_named(name, files[name]): None for name in sorted(files) if _is_receipt(name)}
    return Keys(parse_keys("\n".join(named) if vkey is None else vkey), tuple(map(note.parse_vkey, named)))


def _is_receipt(name: str) -> bool:
    return name == bundle.RECEIPT or name.startswith(bundle.EVENTS)


def _named(name: str, receipt: bytes) -> str:
    with naming(name):
        vkey = receipts.parse(receipt).vkey
        note.parse_vkey(vkey)
    return vkey


def strangers(signed: bytes, keys: Keys) -> frozenset[str]:
    """The ids of the ledger's keys that signed a checkpoint, but are not known here; all others are verified.

    A note may carry signatures of keys that nobody here knows. Evidence has none but of the ledger's own: of a key that
    was exchanged, or one of another algorithm. They must not stand where a trusted one should. Raises Unproven.
    """
    known = {*(key.verifier for key in keys.trusted), *keys.named}
    opened = note.read(signed, known)
    verified = {one.verifier for one in opened.signatures}
    proved = {(one.name, one.key_id) for one in verified}
    unknown = [one for one in note.named(signed) if one not in proved]
    if unknown:
        at = checkpoint.parse(opened.text)
        if any(name != at.origin for name, _ in unknown):
            raise Unproven("the checkpoint has a signature by a key that is not known here")
        if silent := [key for key in keys.trusted if key.signs(at.size) and key.verifier not in verified]:
            raise Unproven(f"the checkpoint is signed by a key that is not known here, and not by {silent[0]}")
    return frozenset(key_id.hex() for _, key_id in unknown)


def told(checkpoints: Iterable[bytes], keys: Keys) -> tuple[Point, ...]:
    """What is left open of the signatures on a bundle's checkpoints."""
    ids = sorted({id for signed in checkpoints for id in strangers(signed, keys)})
    says = f"Signatures that other keys of the ledger made beside those: {', '.join(ids)} are not known here."
    return (Point("ledger-keys", says),) if ids else ()
