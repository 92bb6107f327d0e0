"""Trying a document on a partner's keys, before anything depends on it; nothing is recorded."""

import re
from pathlib import Path

import click

from edi_gateway.cli.options import FILE, Failure, gateway_options, json_option
from edi_gateway.cli.output import show, table
from edi_gateway.cli.session import opened
from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Misuse, Rejection
from edi_gateway.model.transmission import Transmission
from edi_gateway.workflows import enrol
from edi_gateway.workflows.key_check import Tried, try_keys

_HEADERS = re.compile(rb"(?:[A-Za-z][0-9A-Za-z-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_CONTENT_TYPE = re.compile(rb"^Content-Type:[ \t]*((?:[^\n]|\n[ \t])+)", re.IGNORECASE | re.MULTILINE)


@click.command(epilog="Example: edi-gateway key check signed-order.xml --partner globex")
@click.argument("document", type=FILE)
@click.option("--partner", required=True, metavar="ID", help="Whose keys to try.")
@click.option("--content-type", help="As it would be posted; default: by what the file looks like.")
@gateway_options
@json_option
def check(document: Path, partner: str, content_type: str | None) -> None:
    """Say which of a partner's keys verifies DOCUMENT, a signed one, and why each of the others doesn't.

    Where a root vouches for the certificate that DOCUMENT brings, its key is among them.

    Exits with 1 where none would be accepted now. Nothing is recorded.
    """
    guessed, body = _told(document.read_bytes())
    with opened(as_found=True) as gateway:
        directory = gateway.directory.refreshed()
        keys = directory.keys_of.get(enrol.known(partner, directory).id, ())
        transmission = Transmission(body, content_type or guessed, gateway.clock())
        try:
            # One that a root vouches for is tried after those that are enrolled, as when it is posted.
            vouched = gateway.desk.vouched(unwrap(transmission), transmission.received_at, directory)
            keys = (*keys, *(key for key in vouched if key.partner == partner))
            tried = try_keys(transmission, keys, gateway.policy, directory.partners[partner].profile)
        except Rejection as refusal:
            raise Misuse(f"{document} is nothing that a key could verify: {refusal.detail}") from refusal
    rows = [(one.key.fingerprint, "yes" if one.verifies else "no", one.why_not) for one in tried]
    lines = table(("fingerprint", "verifies", "but"), rows, f"{partner} has no keys.")
    show(list(map(_facts, tried)), *lines)
    if not any(one.accepted for one in tried):
        raise Failure(f"no key of {partner} would be accepted for {document} now")


def _told(data: bytes) -> tuple[str, bytes]:
    """The content type that a file seems to have, and the body; an S/MIME message has it in its own headers."""
    if headers := _HEADERS.match(data):
        named = _CONTENT_TYPE.search(headers[0])
        value = re.sub(rb"\r?\n[ \t]+", b" ", named[1]).strip() if named else b""
        return value.decode("ascii", "replace"), data[headers.end() :]
    first = data.lstrip()[:1]
    if first == b"{":
        return "application/jose+json", data
    if data[:1] == b"\x30":
        return "application/cms", data
    return ("application/xml", data) if first in (b"<", b"\xef") else ("application/jose", data.strip())


def _facts(one: Tried) -> dict[str, object]:
    return {
        "fingerprint": one.key.fingerprint,
        "verifies": one.verifies,
        "accepted": one.accepted,
        "whyNot": one.why_not,
    }
