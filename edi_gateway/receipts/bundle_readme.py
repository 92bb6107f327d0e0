"""The README of an evidence bundle: what it is, and how to check it with programs that are not ours.

The indented lines are commands for a POSIX shell; tests run them as they stand. Nothing binds this text.
"""

import shlex
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

_ROOM = files("edi_gateway.receipts") / "readme"


def readme(statement: Mapping[str, Any], content_type: str, *, certificate: bool) -> bytes:
    """The text for one bundle: its commands are those for the format in which the document was signed.

    `certificate` says whether the key has one: without, `openssl cms` has nothing to look for the key in.
    """
    format = statement["signature"]["format"]
    if not certificate:
        format = {"cms": "cms-key", "pades": "cms-key", "smime": "cms-key", "xmldsig": "xmldsig-key"}.get(
            format, format
        )
    text = _text("bundle").replace("@SIGNATURE@", _text(format).strip("\n"))
    document = statement.get("document", {})
    for name, value in {
        "ID": statement["id"],
        "OUTCOME": statement["type"].removeprefix("document."),
        "WHAT": " ".join(_plain(document.get(part, "")) for part in ("type", "number")).strip() or "document",
        "SENDER": statement["sender"],
        "RECEIVED": statement["receivedAt"],
        "ORIGIN": statement["origin"],
        "CONTENT_TYPE": shlex.quote(_plain(content_type)),
    }.items():
        text = text.replace(f"@{name}@", value)
    return text.encode()


def _text(name: str) -> str:
    return (_ROOM / f"{name}.txt").read_text("utf-8")


def _plain(text: str) -> str:
    """A sender's text, so that it is on one line, and looks like what it is."""
    return "".join(each if each.isprintable() else "?" for each in text)[:200]
