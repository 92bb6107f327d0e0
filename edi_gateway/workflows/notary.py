"""Whoever signs for the ledger: its name, and the keys that are in force at each size of the tree.

The keys are read once and kept, with the size up to which they are known to be all. Whoever holds the lock of the head
learns, with the head, whether they still are; so no batch is signed by another key than those in force, and none has to
ask for them.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import NamedTuple

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.ledger.note import Verifier
from edi_gateway.ledger.sequencer import Unavailable
from edi_gateway.workflows.key_ports import KeyHistory, LedgerKeys, OwnKey, Signer


class OutOfReach(Unavailable):
    """A private key that should sign can't be had; the message says why."""


class _Ring(NamedTuple):
    """The keys as they are known, and those among them whose private keys may still be asked to sign, by their ids."""

    history: KeyHistory
    needed: Mapping[str, OwnKey]


class Notary:
    """Holds signers: `close` it. `open` makes one; it raises Misuse where the private key can't be had.

    They are opened when they are asked to sign first, so that what was recorded can be read without them.
    """

    def __init__(self, origin: str, kept: LedgerKeys, open: Callable[[OwnKey], Signer]) -> None:
        """Raises Misuse where the keys that the ledger knows of can't be right, and Fault."""
        self.origin = origin
        self.kept = kept
        self._open = open
        self._lock = Lock()
        self._opening = Lock()
        self._opened: dict[str, Signer] = {}
        self._ready: int | None = None
        self._ring = self._read(_Ring(KeyHistory(-1, -1, ()), {}))

    def _read(self, known: _Ring) -> _Ring:
        history = self.kept.history()
        if history.version == known.history.version:
            return known._replace(history=history)
        if not any(one.key.until is None for one in history.keys):
            raise Misuse("The ledger has no key that signs: its table of keys is damaged.")
        return _Ring(history, {one.id: one for one in history.keys if not one.kept})

    def _signer(self, one: OwnKey) -> Signer:
        # Once open, it stays so: to unwrap a key takes a while, and another thread may be signing with it.
        with self._opening:
            if one.id not in self._opened:
                try:
                    self._opened[one.id] = self._open(one)
                except Misuse as error:
                    raise OutOfReach(str(error)) from error
            return self._opened[one.id]

    def ready(self) -> None:
        """Open every key that may be asked to sign. Raises OutOfReach, and Fault."""
        ring = self._ring
        if self._ready != ring.history.version:
            for one in ring.needed.values():
                self._signer(one)
            self._ready = ring.history.version

    def out_of_reach(self) -> dict[Verifier, str]:
        """The keys that should sign and can't be had, and why."""
        found = {}
        for one in self._ring.needed.values():
            try:
                self._signer(one)
            except OutOfReach as error:
                found[one.key.verifier] = str(error)
        return found

    def learn(self, version: int, size: int) -> None:
        """Take note that the keys of this version are those in force at this size, of whoever holds the head's lock.

        Raises Unavailable where they can't be had: nothing must be committed that can't be signed for.
        """
        with self._lock:
            history = self._ring.history
            if version > history.version:
                self._ring = self._read(self._ring)
            elif version == history.version and size > history.size:
                self._ring = self._ring._replace(history=history._replace(size=size))
            try:
                self.ready()
            except OutOfReach as error:
                raise Unavailable(f"The ledger's keys in force can't be had: {error}") from error

    def refresh(self) -> None:
        """Read the keys anew. Raises Fault."""
        with self._lock:
            self._ring = self._read(self._ring)

    def signing(self, size: int) -> tuple[OwnKey, ...]:
        """The keys in force at a size that the tree has or had, oldest first. Raises Fault."""
        if size > self._ring.history.size:
            self.refresh()
        keys = tuple(one for one in self._ring.history.keys if one.key.signs(size))
        if not keys:
            raise Fault(f"No key of the ledger is known to sign for a tree of {size}.")
        return keys

    def signer_of(self, one: OwnKey) -> Signer | None:
        """None once all that the key had to sign is kept. Raises OutOfReach, and Fault."""
        needed = self._ring.needed.get(one.id)
        return self._signer(needed) if needed else None

    @property
    def history(self) -> KeyHistory:
        """As far as it is known here, without asking."""
        return self._ring.history

    @property
    def keys(self) -> tuple[LedgerKey, ...]:
        """What a verifier needs to know of all keys, as far as they are known here."""
        return tuple(one.key for one in self._ring.history.keys)

    def signer_at(self, size: int) -> Signer:
        """The newest of the keys in force at this size that can still sign. Raises Fault."""
        signers = [signer for one in self.signing(size) if (signer := self.signer_of(one))]
        if not signers:
            raise Fault(f"The keys that signed for a tree of {size} are gone.")
        return signers[-1]

    @property
    def verifier(self) -> Verifier:
        """Of the newest of the keys that sign now: what to publish."""
        return self._newest.key.verifier

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    @property
    def _newest(self) -> OwnKey:
        return [one for one in self._ring.history.keys if one.key.until is None][-1]

    def vkey_at(self, size: int) -> str:
        """What receipts at this size name for convenience; a checker brings its own."""
        return self.signing(size)[-1].key.verifier.vkey

    def close(self) -> None:
        for signer in self._opened.values():
            signer.close()
