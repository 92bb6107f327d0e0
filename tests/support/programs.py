"""Programs that tests start. None is waited for without end, and none outlives the block that started it.

Each leads a process group of its own, so that whatever it has started in turn ends with it. A wait that is too long
fails in words, with what the program said until then.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any

ROOT = Path(__file__).parents[2]
"""Where a program is started that imports the tests' own modules."""

PATIENCE = 300.0
"""Seconds for what takes ten at most on an idle machine: only what hangs comes to it."""


# What a test's own program imports is not looked through for garbage, nor when it ends: that takes longer than most do.
_AT_FIRST = "import atexit, gc\ngc.disable()\natexit.register(gc.freeze)\n"


def python(program: str, *words: str | Path) -> list[str | Path]:
    """The command that runs a test's own program, which is short."""
    return [sys.executable, "-c", _AT_FIRST + program, *words]


def run(command: Sequence[str | Path], *, input: Any = None, check: bool = False, **options: Any) -> Any:
    """As `subprocess.run`, with the output captured."""
    given = subprocess.DEVNULL if input is None else subprocess.PIPE
    pipes = {"stdin": given, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, start_new_session=True, **pipes, **options) as process:
        try:
            out, err = process.communicate(input, PATIENCE)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{_named(command)} hangs, having said {late.output!r} and {late.stderr!r}") from late
        finally:
            _kill_group(process)
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check and done.returncode:
        error = subprocess.CalledProcessError(done.returncode, command, out, err)
        error.add_note(f"It said: {err!r}")
        raise error
    return done


class Program:
    """A program that runs: what it says, line by line, and how it ends. Its log is what it says on stderr."""

    def __init__(self, process: "subprocess.Popen[str]", log: IO[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self._log = log
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    @property
    def log(self) -> str:
        """All of it until now."""
        return os.pread(self._log.fileno(), 1 << 24, 0).decode()

    def line(self) -> str:
        """The next line, with its end; an empty one once the program has ended, and all that it started."""
        try:
            said = self._lines.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError(f"{self} has hung, having logged {self.log!r}") from None
        if not said:
            self._lines.put(said)
        return said

    def lines(self) -> Iterator[str]:
        """The lines that follow, up to the last."""
        return iter(self.line, "")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and wait until it has, and all that it started; its exit code."""
        self.send(number)
        return self.ended()

    def ended(self) -> int:
        """Until it has ended, and all that it started; its exit code."""
        self.rest()
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self} does not end, having logged {self.log!r}") from None

    def rest(self) -> str:
        """What it says from here on until it has ended, and all that it started."""
        return "".join(self.lines())

    def kill(self) -> None:
        """It and all that it has started, at once."""
        _kill_group(self._process)

    def close(self) -> None:
        """Leave nothing behind of it."""
        self.kill()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self._process.stdout
        self._process.stdout.close()

    def __str__(self) -> str:
        return _named(self._process.args)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")


@contextmanager
def running(command: Sequence[str | Path], folder: Path | None = None, **options: Any) -> Iterator[Program]:
    """Start a program. It is asked to end where the block does, and killed where the block fails."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True, **options
        )
        program = Program(process, log)
        try:
            yield program
            program.end()
        finally:
            program.close()


def _kill_group(process: "subprocess.Popen[Any]") -> None:
    with suppress(ProcessLookupError, PermissionError):  # the latter is what macOS says of one that ended just now
        os.killpg(process.pid, signal.SIGKILL)


def _named(command: Any) -> str:
    return " ".join(map(str, command))
