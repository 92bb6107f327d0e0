"""Exchanging the ledger's key: another one signs beside it for a while, then the first one signs no more.

What is done is recorded in the chain of the ledger itself, and holds from the tree that this very entry makes: that
tree is signed by the keys of before, too. Once all that a retired key has signed is kept, its private key may go, and
every receipt can still be repeated byte for byte.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from edi_gateway.errors import Fault, Misuse, Taken
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.ledger.note import Signature, Verifier
from edi_gateway.ledger.stored import head_at
from edi_gateway.ledger.tree import Head, grow
from edi_gateway.model.record import KeyAct
from edi_gateway.receipts.statement import act_statement
from edi_gateway.workflows.key_ports import KeyHistory, LedgerKeys, OwnKey, Signer
from edi_gateway.workflows.ports import Ledger

KeyEvent = Literal["ledger.key-added", "ledger.key-rotated"]

MOST_SIGNING = 2
"""Keys that sign at a time: the one that comes, and the one that goes."""

PAGE = 4096
"""Leaves read in one go; signatures of one page are kept in one commit."""


class KeyOffice(NamedTuple):
    """What a change of keys needs: the keys as they are, the ledger's name, the moment, an id, and who, if known."""

    history: KeyHistory
    origin: str
    at: datetime
    uid: str
    by: str | None = None


def add_key(verifier: Verifier, source: str, office: KeyOffice) -> KeyAct:
    """Let another key sign from now on, beside the present one. Raises Misuse, and Taken for a key that was there."""
    signing = [one for one in office.history.keys if one.key.until is None]
    if any(one.key.verifier.key_id == verifier.key_id for one in office.history.keys):
        raise Taken(f"The ledger has, or had, a key {verifier.key_id.hex()} already.")
    if len(signing) >= MOST_SIGNING:
        raise Misuse(f"{len(signing)} keys sign already: retire one of them first.")
    facts = {"added": {"vkey": verifier.vkey}, "signing": [_signing(one) for one in signing]}
    return _act("ledger.key-added", verifier, source, facts, office)


def retire_key(one: OwnKey, office: KeyOffice) -> KeyAct:
    """Let a key sign no more: its last tree is the one that this makes. Raises Misuse."""
    others = [other for other in office.history.keys if other.key.until is None and other.id != one.id]
    if one.key.until is not None:
        raise Misuse(f"The key {one.id} is retired already: its last tree has {one.key.until} entries.")
    if not others:
        raise Misuse(f"{one.id} is the only key that signs: add another one first, with `edi-gateway ledger key add`.")
    facts = {"retired": _signing(one), "signing": [_signing(other) for other in others]}
    return _act("ledger.key-rotated", one.key.verifier, one.source, facts, office)


def _act(type: KeyEvent, verifier: Verifier, source: str, facts: Mapping[str, object], office: KeyOffice) -> KeyAct:
    draft = act_statement(type, id=office.uid, origin=office.origin, by=office.by, **facts)
    return KeyAct(office.uid, type, verifier.vkey, source, office.history.version, office.at, draft)


def _signing(one: OwnKey) -> dict[str, object]:
    return {"vkey": one.key.verifier.vkey, "from": one.key.since}


def find_key(named: str, history: KeyHistory) -> OwnKey:
    """The key with this id (8 hex digits) or vkey. Raises Misuse."""
    for one in history.keys:
        if named in (one.id, one.key.verifier.vkey):
            return one
    raise Misuse(f"The ledger has no key {named}: `edi-gateway ledger key list` names them all.")


def keep_signatures(
    one: OwnKey, signer: Signer, ledger: Ledger, kept: LedgerKeys, told: Callable[[int], None] = lambda _: None
) -> None:
    """Keep what a retired key has signed: its signature of each tree that a commit made while it signed.

    Goes on where it was interrupted; `told` hears the size that was reached. The ledger must have been verified:
    nothing that doesn't hold is to be signed. Raises Fault.
    """
    last = one.key.until
    if last is None:
        raise ValueError("a key that still signs is not done signing")
    newest = kept.newest_kept(one.id)
    head = head_at(ledger, one.key.since if newest is None else newest)
    page = [_signed(signer, head)] if newest is None else []
    while head.size < last:
        found = kept.commits(head.size, PAGE)
        for size, leaves in found:
            head = grow(head, leaves).head
            if head.size == size <= last:
                page.append(_signed(signer, head))
            if head.size >= last:
                break
        if not found:
            raise Fault(f"The ledger ends at {head.size}, before the last tree of the key, which has {last} entries.")
        if page:
            kept.keep(one.id, page)
        page = []
        told(head.size)
    if page:
        kept.keep(one.id, page)
    kept.all_kept(one.id)


def _signed(signer: Signer, head: Head) -> tuple[int, bytes]:
    verifier = signer.verifier
    text = checkpoint.marshal(Checkpoint(verifier.name, head.size, head.root))
    signature = signer.sign(text.encode())
    # What is kept is all that there will be.
    checkpoint.open(note.compose(text, [Signature(verifier, signature)]), verifier.name, [verifier])
    return head.size, signature


def keys_text(keys: tuple[LedgerKey, ...]) -> str:
    """All keys as `ledger.keys.parse_keys` reads them: what a verifier needs of a ledger that exchanged its key."""
    return "".join(f"{key.line}\n" for key in keys)
