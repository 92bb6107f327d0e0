"""What a PDF is, as a process of its own has found: its signatures, its embedded files, what it would do when opened.

A PDF takes a library that reads everything, and those are slow or fall over for somebody who means them to. So it is
read in a process that can do nothing else, and what comes back is plain values.
"""

import asyncio
import atexit
import json
import signal
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from types import MappingProxyType
from typing import Any, Final, Literal

from edi_gateway.engine.asking import Answer, Engine, Silent
from edi_gateway.errors import Fault, Rejection
from edi_gateway.syntax.pdf.inspector.limits import PROCESSOR_SECONDS, TOO_MUCH

AT_ONCE: Final = 2
"""Processes that a worker has for PDFs, of about 80 MB each; they are started when they are needed."""
UNSIGNED_AT_ONCE: Final = 1
"""How many of these may read what nobody answers for: anybody can append to a PDF that somebody has signed."""
PATIENCE: Final = 60.0
"""Seconds. A PDF may take ten of processor time: what takes longer than this has waited for the machine."""
RENEWED_AFTER: Final = 1000
MAX_WAIT: Final = 120.0
"""Seconds that somebody waits until one of the processes is free."""
UNSIGNED_WAIT: Final = 20.0
"""The same for what nobody answers for: whoever waits takes a thread."""

_NEAR: Final = 2048
_WITHOUT: Final = ("application/xml", "text/xml", "application/jose", "application/json")
# What ends a program that does too much, or what it should not. The other signals come from outside.
_CRASHES: Final = (0, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGXFSZ)
_ITS_OWN: Final[Mapping[int | None, str]] = MappingProxyType(
    {signal.SIGXCPU: f"The PDF takes more than {PROCESSOR_SECONDS} seconds to read."}
    | dict.fromkeys(_CRASHES, "The program that reads the PDF crashes.")
)

Changes = Literal["none", "archival", "signatures", "other"]
"""What was appended after a signature: nothing, timestamps and what proves it later, signatures as well, or more."""


@dataclass(frozen=True, slots=True)
class FieldSignature:
    """A signature in its field. `byte_range` is offset, length, offset, length (ISO 32000-2 §12.8.1).

    `holds` says that it is over these bytes, and verifies with the certificate that it brings; whose that is, nobody
    has asked. `reason` says which of the changes after it were too many; `covered` names visible signature fields that
    came after it, and may stand over what it signs.
    """

    field: str
    timestamp: bool
    byte_range: tuple[int, ...]
    holds: bool
    changes: Changes
    reason: str
    covered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """`octets` are None for what isn't called `.xml` or `.json`. Of an `ambiguous` one, two readers may see two files.

    `name` is the file's own; `names` are all that it may be found by, also the one under which the catalogue lists it.
    `relationship` is that to the document (ISO 32000-2 §14.13): `Data`, `Source`, `Alternative`, …; empty without one.
    """

    names: tuple[str, ...]
    relationship: str
    ambiguous: bool
    octets: bytes | None

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a PDF has. `strict`: it is built as ISO 32000 says. Of an `encrypted` one nothing else is known.

    `signatures` stand in the order of signing; `metadata` is the document's XMP; `active` names what it would do.
    """

    strict: bool
    encrypted: bool
    signatures: tuple[FieldSignature, ...] = ()
    embedded: tuple[EmbeddedFile, ...] = ()
    metadata: bytes | None = None
    active: tuple[str, ...] = ()


class Apart(Exception):
    """A PDF was met in the thread of an event loop, which must not wait for it: ask again in another thread."""


def may_hold(content_type: str, body: bytes) -> bool:
    """Whether a PDF is to be expected in a body: it is one, or has one near its start, as it is or in base64."""
    essence = content_type.lstrip()[:16].lower()
    if essence.startswith(_WITHOUT):
        return False
    if essence.startswith("application/pdf"):
        return True
    return body.find(b"%PDF-", 0, _NEAR) >= 0 or body.find(b"JVBERi0", 0, _NEAR) >= 0


def inspect(octets: bytes, *, unsigned: bool = False) -> Inspection:
    """Look at a PDF. `unsigned`: some of it was signed by nobody. Raises Apart in the thread of an event loop.

    Raises Rejection: "document-malformed" for what is none, "pdf-limits" for what takes too much; and Fault where the
    process can't be had, or somebody has ended it.
    """
    if _in_event_loop():
        raise Apart
    if not octets.startswith(b"%PDF-"):
        raise Rejection("document-malformed", "A PDF begins with %PDF- (ISO 32000-2 §7.5.2).")
    with _turn(_POOL.unsigned, UNSIGNED_WAIT) if unsigned else nullcontext(), _engine() as engine:
        answer = _asked(engine, octets)
        why = "" if answer.well else answer.octets.decode(errors="replace")
        if why.startswith(TOO_MUCH):
            engine.close()  # its memory may be full
    if why.startswith(TOO_MUCH):
        raise Rejection("pdf-limits", f"The PDF can't be read: {why.removeprefix(TOO_MUCH)}.")
    if why:
        raise Rejection("document-malformed", f"The PDF can't be read: {why}")
    return _inspection(json.loads(answer.octets))


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _asked(engine: Engine, octets: bytes) -> Answer:
    try:
        return engine.ask(octets)
    except Silent as silent:
        if silent.signal in _ITS_OWN:
            raise Rejection("pdf-limits", _ITS_OWN[silent.signal]) from silent
        raise


def _inspection(members: dict[str, Any]) -> Inspection:
    if members["encrypted"]:
        return Inspection(members["strict"], encrypted=True)
    return Inspection(
        strict=members["strict"],
        encrypted=False,
        signatures=tuple(map(_signature, members["signatures"])),
        embedded=tuple(map(_file, members["embedded"])),
        metadata=_octets(members["metadata"]),
        active=tuple(members["active"]),
    )


def _signature(members: dict[str, Any]) -> FieldSignature:
    return FieldSignature(
        field=members["field"],
        timestamp=members["timestamp"],
        byte_range=tuple(members["byteRange"]),
        holds=members["holds"],
        changes=members["changes"],
        reason=members["reason"],
        covered=tuple(members["covered"]),
    )


def _file(members: dict[str, Any]) -> EmbeddedFile:
    octets = _octets(members["octets"])
    return EmbeddedFile(tuple(members["names"]), members["relationship"], members["ambiguous"], octets)


def _octets(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text)


@dataclass(slots=True)
class _Pool:
    idle: list[Engine] = field(default_factory=list)
    turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))
    unsigned: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(UNSIGNED_AT_ONCE))

    def close(self) -> None:
        while self.idle:
            self.idle.pop().close()


_POOL: Final = _Pool()
atexit.register(_POOL.close)


@contextmanager
def _engine() -> Iterator[Engine]:
    """One that nobody else uses meanwhile."""
    with _turn(_POOL.turns, MAX_WAIT):
        try:
            engine = _POOL.idle.pop()
        except IndexError:
            engine = Engine("The program that reads PDFs", INSPECTOR, (), PATIENCE, RENEWED_AFTER)
        yield engine
        _POOL.idle.append(engine)


@contextmanager
def _turn(turns: BoundedSemaphore, wait: float) -> Iterator[None]:
    if not turns.acquire(timeout=wait):
        raise Fault("All programs that read PDFs are busy.")
    try:
        yield
    finally:
        turns.release()


INSPECTOR: Final = "edi_gateway.syntax.pdf.inspector"
