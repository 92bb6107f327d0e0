"""How a process starts: what it imports is there until it ends, so that nobody need look through it for garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def for_good() -> Iterator[None]:
    """What is imported or made in this block is never looked through for garbage, nor when the process ends.

    A command imports nearly two hundred thousand objects, and Python would go through all of them several times on the
    way, and once more at the end.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if collecting:
            gc.enable()
