"""The life of a partner's key as statements of the ledger tell it."""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from edi_gateway.errors import Unproven
from edi_gateway.model.moment import parse_timestamp
from edi_gateway.model.partner import ENROLMENTS, KeyEvent, KeyStep, Purpose
from edi_gateway.syntax.json import JsonValue

_EVENTS: Mapping[JsonValue, KeyEvent] = {event: event for event in get_args(KeyEvent)}
_PURPOSES: Mapping[JsonValue, Purpose] = {purpose: purpose for purpose in get_args(Purpose)}
_ENDS = ("key.retired", "key.revoked")


def is_enrolment(statement: Mapping[str, JsonValue]) -> bool:
    """Whether the life of a key begins with it."""
    return statement.get("type") in ENROLMENTS


def step(index: int, statement: Mapping[str, JsonValue]) -> KeyStep:
    """The step that the entry of that index tells of. Raises Unproven for one that is not known here, or malformed."""
    type, by, applies = (statement.get(name) for name in ("type", "by", "appliesFrom"))
    if type not in _EVENTS:
        raise Unproven(f"events of the type {type} are not known here")
    if not isinstance(by, str | None) or not isinstance(applies, str | None) or (applies is None) == (type in _ENDS):
        raise Unproven("the event does not say what such an event says")
    return KeyStep(index, _EVENTS[type], by, _moment(applies) if applies else None)


def purpose(described: Mapping[str, JsonValue]) -> Purpose:
    """What a key is for, as its enrolment describes it. Raises Unproven."""
    named = described.get("purpose", "document-signature")
    if named not in _PURPOSES:
        raise Unproven(f"keys for {str(named)[:200]} are not known here")
    return _PURPOSES[named]


def _moment(text: str) -> datetime:
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise Unproven("appliesFrom is not a moment") from error
