"""An engine that does what it is asked to: `python -m tests.support.engines`."""

import os
import resource
import signal
import sys
import time
from collections.abc import Callable

from edi_gateway.engine.answering import CannotSay, serve


def _answer(question: bytes) -> bytes:
    match question.split():
        case [b"say", what]:
            return what
        case [b"refuse", why]:
            raise CannotSay(why.decode())
        case [b"leave"]:
            sys.exit(3)
        case [b"crash"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case [b"toil"]:
            resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
            while True:
                pass
        case [b"sleep"]:
            time.sleep(60)
        case [b"print"]:
            print("by the way")
    return b""


def _prepare() -> Callable[[bytes], bytes]:
    if sys.argv[1:] == ["broken"]:
        raise RuntimeError
    return _answer


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(_prepare)
