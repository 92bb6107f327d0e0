"""What the gateway promises of its ledger, and how often a run of the tests has seen each promise kept."""

from collections import Counter
from collections.abc import Callable

import pytest

PROMISES = {
    "P1": "an answered document is durable and included",
    "P2": "no index is used twice or skipped",
    "P3": "no two signed checkpoints are inconsistent",
    "P4": "one entry for each sender and document",
    "P5": "any flipped bit is found, and located",
    "P6": "a party's chain has no gap",
    "P7": "erasure leaves all other proofs valid",
}

Keep = Callable[[str, int], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="many rounds of the tests in tests/promises")


@pytest.fixture
def soak(pytestconfig: pytest.Config) -> bool:
    """Whether this is a long run."""
    return bool(pytestconfig.getoption("soak"))


@pytest.fixture
def kept(record_property: Callable[[str, object], None]) -> Keep:
    """Say of a promise how many times it was seen kept; the run's last lines add it all up."""

    def keep(promise: str, count: int) -> None:
        assert promise in PROMISES
        assert count > 0, f"nothing was tried of {promise}"
        record_property("promise", (promise, count))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        counts.update({value[0]: value[1] for name, value in report.user_properties if name == "promise"})
    for promise in sorted(counts):
        terminalreporter.write_line(f"{promise}  {PROMISES[promise]}: {counts[promise]:,} times")
