"""What a bundle proves of the life of the key that signed: how it came to be trusted, and how that ended."""

from datetime import datetime

from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.workflows.check import CheckedReceipt
from edi_gateway.workflows.check_signer import Signer, member
from edi_gateway.workflows.points import Point

_DONE = {
    "key.added": "enrolled",
    "key.proposed": "proposed",
    "key.activated": "approved",
    "key.renewal-proposed": "proposed to renew",
    "key.renewed": "renewed",
}


def points(signer: Signer) -> tuple[Point, ...]:
    """All of it."""
    return enrolled(signer), window(signer), *ends(signer)


def enrolled(signer: Signer) -> Point:
    """How the key came to be trusted, before the document arrived."""
    first, *rest = (event for event in signer.events if not _applies(event))
    told = "".join(f", entry {event.receipt.index} {_done(event)} it{_by(event)}" for event in rest)
    return Point(
        "enrolment",
        f"Entry {first.receipt.index} {_done(first)} the key {signer.key.fingerprint} for {signer.key.partner}"
        f"{_by(first)}{told}, before the document arrived.",
    )


def window(signer: Signer) -> Point:
    """Whether it was valid when the document was received."""
    valid = "was valid" if signer.valid else "was not valid"
    ended = any(_applies(event) for event in signer.events)
    by = "By its enrolment and what was recorded of it before" if ended else "By its enrolment"
    return Point("key-window", f"{by} the key {valid} when the document was received.")


def ends(signer: Signer) -> tuple[Point, ...]:
    """How the trust in it ended, as far as the bundle shows."""
    return tuple(_end(event, signer) for event in (*signer.events, *signer.later) if _applies(event))


def warnings(signer: Signer) -> tuple[str, ...]:
    """That the key was revoked as from a moment before the document was received, whatever the verdict was then."""
    revoked = [event for event in (*signer.events, *signer.later) if event.statement["type"] == "key.revoked"]
    return tuple(
        f"the key that signed is revoked from {timestamp(applies)} on{_reason(event)}: the document "
        f"was received after that, at {timestamp(signer.received_at)}."
        for event in revoked
        if (applies := _applies(event)) and applies <= signer.received_at
    )


def _end(event: CheckedReceipt, signer: Signer) -> Point:
    applies = _applies(event)
    assert applies
    revoked = event.statement["type"] == "key.revoked"
    after = "after" if applies <= signer.received_at else "before"
    return Point(
        "key-revoked" if revoked else "key-retired",
        f"Entry {event.receipt.index} {'revoked' if revoked else 'retired'} the key{_by(event)} from "
        f"{timestamp(applies)} on{_reason(event)}: the document was received {after} that.",
    )


def _done(event: CheckedReceipt) -> str:
    return _DONE[member(event.statement, "type")]


def _reason(event: CheckedReceipt) -> str:
    return f" ({event.statement['reason']})" if "reason" in event.statement else ""


def _applies(event: CheckedReceipt) -> datetime | None:
    told = event.statement.get("appliesFrom")
    return parse_timestamp(told) if isinstance(told, str) else None


def _by(event: CheckedReceipt) -> str:
    return f", by {event.statement['by']}" if "by" in event.statement else ""
