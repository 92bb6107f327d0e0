"""No test waits without end: not for a program, not for a thread."""

import re

from tests.house.repository import texts

EXEMPT = {
    "tests/support/programs.py": "starts programs for all others: a bound for each wait, an end for all they started",
    "tests/house/test_waits.py": "names what it looks for",
}

_STARTS = re.compile(
    r"\bsubprocess\.(?!CompletedProcess|CalledProcessError)|\bos\.(fork|system|spawn|posix_spawn|popen)|"
    r"\b(import multiprocessing|from multiprocessing|from subprocess import (?!CompletedProcess|CalledProcessError))"
)
_WAITS = re.compile(r"\.(join|wait|result|acquire|communicate)\(\)")

SOURCES = {name: text for name, text in texts(".py").items() if name.startswith("tests/") and name not in EXEMPT}

FORKS = {"tests/contract/test_signer.py": "in a program that was started there"}
ENDLESS = {"tests/integration/api/test_posting.py": "a sender that never ends; the server is who has to give up"}


def test_programs_are_started_at_one_place_only() -> None:
    assert {name for name, text in SOURCES.items() if _STARTS.search(text)} == set(FORKS)


def test_whoever_waits_for_a_thread_says_how_long() -> None:
    assert {name for name, text in SOURCES.items() if _WAITS.search(text)} == set(ENDLESS)
