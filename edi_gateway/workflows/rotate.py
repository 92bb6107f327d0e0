"""Exchanging the ledger's key: another one signs beside it for a while, then the first one signs no more.

What is done is recorded in the chain of the ledger itself, and holds from the tree that this very entry makes: that
tree is signed by the keys of before, too. Once all that a retired key has signed is kept, its private key may go, and
every receipt can still be repeated byte for byte.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Literal, NamedTuple

from edi_gateway.errors import Fault, Misuse, Taken, Unproven
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
    newest = kept.newest_kept(one.id)
    first = head_at(ledger, one.key.since if newest is None else newest)
    if newest is None:
        kept.keep(one.id, [_signed(signer, first)])
    for page in _heads(first, _last(one), kept):
        kept.keep(one.id, [_signed(signer, head) for head in page])
        told(page[-1].size)
    kept.all_kept(one.id)


def check_signatures(one: OwnKey, ledger: Ledger, kept: LedgerKeys, after: int = -1, through: int | None = None) -> int:
    """How many signatures of a retired key are kept: one for each tree that it signed. Raises Unproven, and Fault.

    Of the trees with more than `after` entries, and at most `through`.
    """
    count, last = 0, _last(one) if through is None else min(_last(one), through)
    if max(one.key.since, after + 1) > last:
        return 0
    first = head_at(ledger, max(one.key.since, after))
    begun = [[first]] if one.key.since > after else []
    for page in chain(begun, _heads(first, last, kept)):
        found = kept.signatures(one.id, page[0].size, page[-1].size)
        if [size for size, _ in found] != [head.size for head in page]:
            raise Unproven(
                f"of the trees from {page[0].size} to {page[-1].size} not all signatures of {one.id} are kept"
            )
        for head, (_, signature) in zip(page, found, strict=True):
            _check(one.key.verifier, head, signature)
        count += len(page)
    return count


def _last(one: OwnKey) -> int:
    if one.key.until is None:
        raise ValueError("a key that still signs is not done signing")
    return one.key.until


def _heads(head: Head, last: int, kept: LedgerKeys) -> Iterator[list[Head]]:
    """The heads that commits made after this one, up to the size `last`, page by page."""
    while head.size < last:
        page = []
        found = kept.commits(head.size, PAGE)
        for size, leaves in found:
            head = grow(head, leaves).head
            if head.size == size <= last:
                page.append(head)
            if head.size >= last:
                break
        if not found:
            raise Fault(f"The ledger ends at {head.size}, before the last tree of the key, which has {last} entries.")
        if page:
            yield page


def _signed(signer: Signer, head: Head) -> tuple[int, bytes]:
    signature = signer.sign(_text(signer.verifier, head).encode())
    # What is kept is all that there will be.
    _check(signer.verifier, head, signature)
    return head.size, signature


def _check(verifier: Verifier, head: Head, signature: bytes) -> None:
    signed = note.compose(_text(verifier, head), [Signature(verifier, signature)])
    try:
        checkpoint.open(signed, verifier.name, [verifier])
    except Unproven as error:
        raise Unproven(f"the signature of {verifier.key_id.hex()} for the tree of {head.size}: {error}") from error


def _text(verifier: Verifier, head: Head) -> str:
    return checkpoint.marshal(Checkpoint(verifier.name, head.size, head.root))


def keys_text(keys: tuple[LedgerKey, ...]) -> str:
    """All keys as `ledger.keys.parse_keys` reads them: what a verifier needs of a ledger that exchanged its key."""
    return "".join(f"{key.line}\n" for key in keys)
