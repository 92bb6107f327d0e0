"""The engine's own side: reads questions from stdin, and answers each on stdout, until its input ends.

A question is a line with the number of its octets, and these; an answer is the same with a sign before the number: `+`,
or `-` where it says why there is none. The first answer is empty, and says that the engine is ready.
"""

import os
import sys
from collections.abc import Callable
from typing import BinaryIO


class CannotSay(Exception):
    """There is no answer to this question; the text says why."""


def serve(prepare: Callable[[], Callable[[bytes], bytes]]) -> None:
    """Make ready, then answer each question with what `prepare` has returned."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    answer = prepare()
    _say(answers, b"+", b"")
    while line := sys.stdin.buffer.readline():
        question = sys.stdin.buffer.read(int(line))
        try:
            _say(answers, b"+", answer(question))
        except CannotSay as why:
            _say(answers, b"-", str(why).encode())


def _say(stream: BinaryIO, sign: bytes, octets: bytes) -> None:
    stream.write(sign + f"{len(octets)}\n".encode() + octets)
    stream.flush()
