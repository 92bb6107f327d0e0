"""Asking a program in a process of its own, and telling how it ended if it doesn't answer."""

import subprocess
import sys
from dataclasses import dataclass, field
from threading import Event, Timer
from types import TracebackType
from typing import IO, Final, Self

from edi_gateway.errors import Fault

MAX_ANSWER: Final = 2**27
"""Bytes; whoever has taken over an engine shall not fill our memory."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`well` says whether `octets` are what was asked for; else they say why that can't be had."""

    well: bool
    octets: bytes


class Silent(Fault):
    """An engine that did not answer. `signal` is what ended it; 0 where it left by itself, None where we ended it."""

    def __init__(self, detail: str, signal: int | None) -> None:
        self.signal = signal
        super().__init__(detail)


@dataclass(slots=True)
class Engine:
    """A module of ours that `answering.serve`s, in an interpreter of its own: started anew, not forked, when asked.

    It is started again after it ended, and after `renewed_after` questions where its memory grows. `patience` is in
    seconds, for one question, or to start. `close` it. Serves one thread.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    patience: float = 60.0
    renewed_after: int = 3000
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _asked: int = field(default=0, init=False)

    def ask(self, question: bytes) -> Answer:
        """Raises Silent where the engine ends or takes too long; the next question finds another one."""
        if self._asked >= self.renewed_after:
            self.close()
        if self._process is None:
            self._start()
        self._asked += 1
        return self._exchange(question)

    @property
    def process_id(self) -> int | None:
        """The engine's, where there is one."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process, self._asked = None, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        command = [sys.executable, "-m", self.module, *self.arguments]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise Silent(f"{self.name} could not be started: {error.strerror}.", 0) from error
        try:
            self._exchange(None)
        except Silent as error:
            raise Fault(f"{self.name} could not be started.") from error

    def _exchange(self, question: bytes | None) -> Answer:
        """The answer to a question, or what a new engine says when it is ready."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        waited = Event()

        def give_up() -> None:
            waited.set()
            process.kill()

        late = Timer(self.patience, give_up)
        late.daemon = True
        late.start()
        try:
            return _exchange(process.stdin, process.stdout, question)
        except (OSError, ValueError) as error:
            raise Silent(f"{self.name} did not answer.", self._ended(given_up=waited.is_set())) from error
        finally:
            late.cancel()

    def _ended(self, *, given_up: bool) -> int | None:
        """What ended the engine, of its own accord or by the system's hand; None if we did. Now there is none."""
        process = self._process
        assert process is not None
        try:
            # Its output has ended, so that it is about to.
            status = None if given_up else process.wait(1.0)
        except subprocess.TimeoutExpired:
            status = None
        self.close()
        return None if status is None else max(0, -status)


def _exchange(writing: IO[bytes], reading: IO[bytes], question: bytes | None) -> Answer:
    """Raises ValueError for what is no whole answer."""
    if question is not None:
        writing.write(f"{len(question)}\n".encode() + question)
        writing.flush()
    head = reading.readline(16)
    size = int(head[1:])
    octets = reading.read(size) if 0 <= size <= MAX_ANSWER else b""
    if len(octets) != size:
        raise ValueError("the answer is cut off")
    return Answer(head[:1] == b"+", octets)
