"""What people read of documents is a step of the trail, written before they have it."""

from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller
from edi_gateway.model.trail import Actor, Step, TrailEvent


def note_read(gateway: Gateway, caller: Caller, event: TrailEvent, subject: str, detail: str | None = None) -> None:
    """Durable when it returns. A partner's software, which reads its own documents, isn't noted. Raises Fault."""
    if caller.role != "partner":
        note(gateway, Actor.of(caller), event, subject, detail)


def note(gateway: Gateway, actor: Actor, event: TrailEvent, subject: str, detail: str | None = None) -> None:
    """Durable when it returns. Raises Fault."""
    gateway.trail.take(Step(event, actor, subject, gateway.clock(), detail))
