"""Going on under another name, when a ledger has lost entries for good: what was is kept, untouched and readable."""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.installation import initialise
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.note import Verifier
from edi_gateway.model.moment import Clock, system_clock
from edi_gateway.settings import Settings
from edi_gateway.storage import continuation
from edi_gateway.storage.continuation import Plan
from edi_gateway.storage.serving import not_served
from edi_gateway.workflows.anchoring import stated
from edi_gateway.workflows.continuing import Beginning, Ended, first_entries


@dataclass(frozen=True, slots=True)
class Continued:
    """`archive` is the folder of what was, with `ended` entries; `origin` and `vkey` are the new ledger's."""

    origin: str
    vkey: str
    ended: int
    archive: Path


MAX_NAME = 40
"""Characters of the old ledger's name in that of its archive: PostgreSQL's names have 63."""

_SOUND = (
    "Nothing says that this ledger lost entries: its anchor {} agrees with it. A ledger that was ended stays ended. If "
    "it is to end all the same, say `--sound`."
)

_UNUSUAL = re.compile(r"[^A-Za-z0-9_]+")


def continue_ledger(
    settings: Settings,
    origin: str,
    words: tuple[str, str],
    source: str | None = None,
    clock: Clock = system_clock,
    *,
    sound: bool = False,
) -> Continued:
    """End the ledger of these settings, and begin another in its place; `words` are why, and who says so.

    `sound`: even if its anchor agrees with it. What was begun and interrupted is brought to its end instead. Raises
    Misuse, Unproven and Fault; unless it says to run the command again, nothing has changed then.
    """
    settings = _without_origin(settings)
    with not_served(settings.data_dir):
        plan = continuation.planned(settings.data_dir)
        if plan is None:
            with continuation.undisturbed(settings):
                plan = _made(settings, origin, words, source, clock, sound)
                archive = continuation.carry_out(settings, plan)
        elif plan.origin != origin:
            raise Misuse(f"A continuation as {plan.origin} was begun, and interrupted: run it again with that name.")
        else:
            archive = continuation.carry_out(settings, plan)
    return Continued(plan.origin, plan.vkey, plan.ended, archive)


def _without_origin(settings: Settings) -> Settings:
    """The name that is asked for is the new one; the old ledger knows its own."""
    own = settings.model_copy()
    own.model_fields_set.discard("origin")
    return own


def _made(
    settings: Settings, origin: str, words: tuple[str, str], source: str | None, clock: Clock, sound: bool
) -> Plan:
    reason, by = words
    with closing(build(settings, clock, as_found=True)) as old:
        lost = old.notary.out_of_reach()
        ended = _ended(old, list(lost))
        now = clock()
        beginning = Beginning(origin, now, lambda: old.new_id(now), stated(reason), by)
        entries = first_entries(ended, old.directory.refreshed(), beginning)
        if ended.sound and not sound:
            why = "".join(f" Its key {key.vkey} is out of reach: {reason}" for key, reason in lost.items())
            raise Misuse(_SOUND.format(old.settings.anchor) + why)
        stage = continuation.staged(settings, origin)
        initialise(stage, source, clock)
        with closing(build(stage, clock)) as new:
            new.recorder.record(entries)
            new.watch.keep()
            new.tokens.copy_from(old.tokens)
            new.revocations.copy_from(old.revocations)
            new.users.copy_from(old.users)
            vkey = new.notary.vkey
    archive = f"{_UNUSUAL.sub('-', ended.origin)[-MAX_NAME:]}-{now:%Y%m%dT%H%M%SZ}"
    return continuation.decide(settings, archive, (origin, vkey), ended.head.size)


def _ended(old: Gateway, lost: Sequence[Verifier]) -> Ended:
    keys = [key.verifier for key in old.notary.keys]
    found = old.notary.origin, keys, old.ledger.head(), _anchored(old), _is_sound(old)
    return Ended(*found, lost, old.forks.known())


def _is_sound(old: Gateway) -> bool:
    try:
        old.watch.check()
    except (Unproven, Misuse):
        return False
    return old.forks.known() is None


def _anchored(old: Gateway) -> Checkpoint | None:
    try:
        return old.watch.anchored()
    except Unproven:
        # Damaged, or another ledger's: nothing to tell of this one. The file is kept with the rest.
        return None
