"""The C library's memory allocator, set up for what a worker does all day: build a tree of nodes, and free it again."""

import os
import platform
import sys

_TUNABLES = {"tcache_count": 3_000, "mxfast": 0, "mmap_threshold": 32 << 20, "trim_threshold": 64 << 20}
"""For glibc (its manual, "Memory Allocation Tunables"). A tree has thousands of small nodes, of which all but seven of
each size would go back to the shared heap, to be merged there and split again for the next document. Here they are kept
ready. The last two keep memory from being handed back to the system and fetched again each time."""


def tuned(environment: dict[str, str]) -> dict[str, str]:
    """The environment in which a process starts with the allocator set up; whatever is set in it already stays."""
    settings = ":".join(f"glibc.malloc.{name}={value}" for name, value in _TUNABLES.items())
    return {"GLIBC_TUNABLES": settings, **environment}


def start_over_tuned() -> None:
    """Replace this process by itself with the allocator set up, unless it is: glibc reads its settings at the start.

    The process keeps its id, and nothing is open yet. Where the C library is another one, nothing happens.
    """
    if platform.libc_ver()[0] == "glibc" and "GLIBC_TUNABLES" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], tuned(dict(os.environ)))  # noqa: S606 - ourselves
