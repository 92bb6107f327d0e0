"""The program that looks at PDFs, but for those that say what it shall do to itself."""

import os
import resource
import signal
from collections.abc import Callable

from edi_gateway.engine.answering import serve
from edi_gateway.syntax.pdf.inspector.process import prepare


def _prepare() -> Callable[[bytes], bytes]:
    answer = prepare()

    def do(octets: bytes) -> bytes:
        match octets.split()[1:2]:
            case [b"toil"]:
                resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
                while True:
                    pass
            case [b"crash"]:
                os.kill(os.getpid(), signal.SIGSEGV)
            case [b"killed"]:
                os.kill(os.getpid(), signal.SIGKILL)
            case [b"fill"]:
                bytearray(2**30)
        return answer(octets)

    return do


if __name__ == "__main__":
    serve(_prepare)
