"""The server's log: one line for each event, in UTC, on stderr."""

import logging
import time
from typing import Any


class OneLine(logging.Formatter):
    """Line ends inside a message are shown, not made: whatever a sender provokes stays one line, stack traces too.

    So is all else that doesn't print: a terminal obeys escapes, and shows text reversed after some invisible ones.
    """

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s[%(process)d] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"one-line": {"()": OneLine}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "one-line"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {"edi_gateway": {"level": "INFO"}},
}
"""For `logging.config`, in the supervisor and in each worker."""
