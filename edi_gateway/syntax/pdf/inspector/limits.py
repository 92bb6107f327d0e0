"""How much a PDF may take."""

from typing import Final

from edi_gateway.engine.answering import CannotSay

MEMORY: Final = 512 * 2**20
"""Bytes of address space, of which Python with pyHanko takes some 75 million."""
PROCESSOR_SECONDS: Final = 10
MAX_EMBEDDED: Final = 16 * 2**20
"""Bytes of an embedded file that is looked into."""
MAX_OBJECTS: Final = 500_000
MAX_TEXT: Final = 200
TOO_MUCH: Final = "limits: "
"""How the reason begins where a PDF takes more than it is given."""


class TooMuch(CannotSay):
    """The PDF takes more than it is given."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{TOO_MUCH}{what}")
