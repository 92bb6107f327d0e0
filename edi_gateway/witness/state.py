"""What a witness must not forget: which logs it knows, and the latest checkpoint of each that it cosigned.

A log has two files, named by the SHA-256 of its origin: `logs/…` holds its keys, `checkpoints/…` the latest note. The
second is there from the first moment on, so that a file that was lost is not taken for a log that never began.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.note import Signature, Verifier
from edi_gateway.ledger.signature_types import ED25519, MLDSA_COSIGNATURE
from edi_gateway.witness import durable

NOTHING = b"nothing cosigned yet\n"
_LOG_TYPES = (ED25519, MLDSA_COSIGNATURE)
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest checkpoint cosigned, by log and witness; the note as it was persisted, and its POSIX seconds."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]
    note: bytes
    time: int


def folder_of(origin: str) -> str:
    """How a log is named to those who ask for its checkpoint (c2sp.org/tlog-witness)."""
    return sha256(origin.encode()).hexdigest()


class State:
    """The directory of one witness, whose own verifiers are `verifiers`."""

    def __init__(self, folder: Path, verifiers: tuple[Verifier, ...]) -> None:
        self._folder = folder
        self._logs = folder / "logs"
        self._checkpoints = folder / "checkpoints"
        self._verifiers = verifiers

    def create(self) -> None:
        for each in (self._logs, self._checkpoints):
            durable.create_folder(each)

    def locked(self) -> AbstractContextManager[None]:
        """Whoever reads `latest` to `replace` it does both in here."""
        return durable.locked(self._folder / "lock")

    def keys_of(self, origin: str) -> tuple[Verifier, ...]:
        """The keys that are trusted to sign for an origin; none for one that isn't known. Raises Fault."""
        return self._keys(folder_of(origin))

    def add_log(self, verifier: Verifier, only: bool) -> None:
        """Trust a key for the log that it is named after, and `only` this one if so wanted.

        Raises Misuse for a key that signs no log, or is trusted already; and Fault.
        """
        if verifier.type not in _LOG_TYPES:
            raise Misuse("That is the key of a witness, not of a log.")
        name = folder_of(verifier.name)
        with self.locked():
            keys = self._keys(name)
            if verifier in keys and not (only and len(keys) > 1):
                raise Misuse(f"This key of {verifier.name} is trusted already.")
            if not keys and not (self._checkpoints / name).exists():
                durable.create(self._checkpoints / name, NOTHING)
            trusted = (verifier,) if only else (*keys, verifier)
            self._forget_others(name, trusted)
            durable.replace(self._logs / name, _lines(trusted).encode())

    def latest(self, name: str) -> Latest | None:
        """The latest checkpoint of the log so named, None before the first. Raises LookupError, and Fault."""
        keys = self._keys(name) if _NAME.fullmatch(name) else ()
        if not keys:
            raise LookupError(name)
        file = self._checkpoints / name
        try:
            signed = file.read_bytes()
            return None if signed == NOTHING else self._read(signed, name, keys)
        except (OSError, Unproven) as error:
            raise Fault(f"{file} is not what was written: {error}. Nothing more is cosigned for this log.") from error

    def replace(self, cosigned: Checkpoint, signatures: tuple[Signature, ...]) -> None:
        """Make a cosigned checkpoint the latest one; durable when this returns. Raises OSError, and Doubtful."""
        signed = note.compose(checkpoint.marshal(cosigned), signatures)
        durable.replace(self._checkpoints / folder_of(cosigned.origin), signed)

    def logs(self) -> Iterator[tuple[str, Latest | None]]:
        """Every known log, with its latest checkpoint: reads, and so checks, all that there is. Raises Fault."""
        for file in sorted(self._logs.iterdir()):
            if not file.name.startswith("."):
                latest = self.latest(file.name)
                yield self._keys(file.name)[0].name, latest

    def _keys(self, name: str) -> tuple[Verifier, ...]:
        file = self._logs / name
        try:
            content = file.read_text("utf-8")
            keys = tuple(note.parse_vkey(line) for line in content.splitlines())
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError, Unproven) as error:
            raise Fault(f"{file} does not hold a log's keys: {error}.") from error
        if content != _lines(keys) or any(folder_of(key.name) != name or key.type not in _LOG_TYPES for key in keys):
            raise Fault(f"{file} does not hold the keys of the log whose name it bears.")
        return keys

    def _read(self, signed: bytes, name: str, keys: tuple[Verifier, ...]) -> Latest:
        opened = note.read(signed, (*self._verifiers, *keys))
        own = [one.time or 0 for one in opened.signatures if one.verifier in self._verifiers]
        if len(own) != len(self._verifiers) or note.compose(opened.text, opened.signatures) != signed:
            raise Unproven("it is not signed by every key of this witness, or by somebody else")
        read = checkpoint.parse(opened.text)
        if folder_of(read.origin) != name:
            raise Unproven(f"it is a checkpoint of {read.origin[:200]!r}")
        return Latest(read, opened.signatures, signed, max(own))

    def _forget_others(self, name: str, trusted: tuple[Verifier, ...]) -> None:
        """Drop the signatures that could not be verified any more, once only these are trusted."""
        latest = self.latest(name) if self._keys(name) else None
        if latest:
            kept = tuple(one for one in latest.signatures if one.verifier in (*self._verifiers, *trusted))
            self.replace(latest.checkpoint, kept)


def _lines(keys: tuple[Verifier, ...]) -> str:
    # Even of no keys there is one line, so that an empty file is not what was written.
    return "\n".join(key.vkey for key in keys) + "\n"
