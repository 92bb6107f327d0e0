"""The server's log: one line for each event, in UTC, on stderr."""

import logging
import time
from typing import Any


class OneLine(logging.Formatter):
    """Line ends inside a message are shown, not made: whatever a sender provokes stays one line, stack traces too."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s[%(process)d] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\r", "\\r").replace("\n", "\\n")


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"one-line": {"()": OneLine}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "one-line"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {"edi_gateway": {"level": "INFO"}},
}
"""For `logging.config`, in the supervisor and in each worker."""
