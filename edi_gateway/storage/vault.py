"""The payload keys of this process: opened when they are needed, and kept open.

Another process may put another key in force at any time. It is noticed a second later, or, by the next commit, at once.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import RLock

from sqlalchemy import Engine

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.model.data_key import DataKey
from edi_gateway.model.record import Examined, Submission
from edi_gateway.storage.payload_keys import SqlPayloadKeys
from edi_gateway.storage.signers import KeyAccess
from edi_gateway.storage.wrapping_key import KEY_SIZE, WrappingKey
from edi_gateway.storage.wrapping_keys import open_key
from edi_gateway.workflows.payload_ports import PayloadKey, PayloadKeyUnavailable, PayloadKeyUnknown

MAX_AGE = 1.0
"""Seconds for which what was read of the keys is believed, and a key that could not be opened isn't tried again."""

_NONE = "encrypt_payloads is set, but there is no payload key yet: run `edi-gateway payload-key create`."


class Vault:
    """Implements `workflows.payload_ports.Rewrapper`. `elapsed` is a monotonic clock in seconds.

    `on`: what is recorded from now on is encrypted.
    """

    def __init__(
        self, engine: Engine, access: Callable[[], KeyAccess], elapsed: Callable[[], float], *, on: bool
    ) -> None:
        self.on = on
        self.keys = SqlPayloadKeys(engine)
        self._access = access
        self._elapsed = elapsed
        self._lock = RLock()
        self._opened: dict[str, WrappingKey] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._in_force: str | None = None
        self._asked = float("-inf")

    def protect(self, batch: Sequence[Submission]) -> Sequence[Submission]:
        """The same, where payloads are encrypted, each document with a data key of its own. Raises Fault.

        Before any lock is taken: a token takes its time.
        """
        if not self.on:
            return batch
        return [replace(one, data_key=self.fresh()) if isinstance(one, Examined) else one for one in batch]

    def fresh(self) -> DataKey:
        """A new data key, wrapped by the payload key in force, as far as that is known. Raises Fault."""
        if self._elapsed() - self._asked > MAX_AGE:
            asked, self._in_force = self._elapsed(), self.keys.in_force()
            self._asked = asked
        return self._wrapped(secrets.token_bytes(KEY_SIZE), self._in_force)

    def under(self, payload_key: str | None, data_key: DataKey) -> DataKey:
        """The same data key, wrapped by another payload key if need be: the one in force. Raises Fault."""
        if data_key.payload_key == payload_key:
            return data_key
        self._asked = float("-inf")
        return self._wrapped(data_key.key, payload_key)

    def _wrapped(self, key: bytes, payload_key: str | None) -> DataKey:
        if payload_key is None:
            raise PayloadKeyUnavailable(_NONE)
        return DataKey(key, payload_key, self.wrap(payload_key, key))

    def wrap(self, payload_key: str, data_key: bytes) -> bytes:
        return self._key(payload_key).wrap(data_key)

    def unwrap(self, payload_key: str, wrapped: bytes) -> bytes:
        try:
            return self._key(payload_key).unwrap(wrapped)
        except PayloadKeyUnknown as error:
            # Whoever wrote the data key knew it: what is wrong is the row.
            raise Unproven(str(error)) from error

    def _key(self, id: str) -> WrappingKey:
        found = self._opened.get(id)
        return found if found is not None else self._open(id)

    def _open(self, id: str) -> WrappingKey:
        with self._lock:
            if id in self._opened:
                return self._opened[id]
            at, reason = self._failed.get(id, (float("-inf"), ""))
            if self._elapsed() - at <= MAX_AGE:
                raise PayloadKeyUnavailable(reason)
            try:
                self._opened[id] = self._found(id)
            except Misuse as error:
                self._failed[id] = self._elapsed(), str(error)
                raise PayloadKeyUnavailable(str(error)) from error
            return self._opened[id]

    def _found(self, id: str) -> WrappingKey:
        known = next((one for one in self.keys.known() if one.id == id), None)
        if known is None:
            raise PayloadKeyUnknown(f"The database knows no payload key {id}.")
        key = open_key(known.source, self._access())
        if key.id != id:
            key.close()
            raise Misuse(f"The key at {known.source} is not the payload key {id}, but {key.id}.")
        return key

    def check(self) -> None:
        """Raise Fault unless what is to be stored now could be read again."""
        if self.on:
            fresh = self.fresh()
            if self.unwrap(fresh.payload_key, fresh.wrapped) != fresh.key:
                raise PayloadKeyUnavailable(f"The payload key {fresh.payload_key} does not unwrap what it wrapped.")

    def ready(self) -> None:
        """Raise Misuse unless there is a key to store under, where one is wanted, and every key that is used opens."""
        try:
            self.check()
            for one in self._used():
                self._key(one.id)
        except PayloadKeyUnavailable as error:
            raise Misuse(str(error)) from error

    def _used(self) -> list[PayloadKey]:
        return [one for one in self.keys.known() if one.retired_at is None]

    def close(self) -> None:
        """Give back what the keys hold of the system. They are opened again when they are needed."""
        with self._lock:
            opened, self._opened = self._opened, {}
        for key in opened.values():
            key.close()


def locked(engine: Engine) -> Vault:
    """One that opens no key."""

    def access() -> KeyAccess:
        raise Misuse("Payload keys are not opened here.")

    return Vault(engine, access, lambda: 0.0, on=False)
