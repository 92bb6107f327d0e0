"""Auditing the whole ledger: shows how far it has come, and can be gone on with."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from edi_gateway.cli.options import gateway_options, json_option
from edi_gateway.cli.output import pairs, show
from edi_gateway.cli.session import opened
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.workflows.ports import State
from edi_gateway.workflows.trail import check as check_trail
from edi_gateway.workflows.verify import Audit, Verification, verify_ledger
from edi_gateway.workflows.verify_state import from_state, to_state

SAVE_EVERY = 5.0
"""Seconds of work that an interruption may cost."""


@click.command
@click.option(
    "--full", is_flag=True, help="Compare the archive, partners, keys and the trail of access with the ledger, too."
)
@click.option("--resume", is_flag=True, help="Go on with a full audit that was interrupted.")
@gateway_options
@json_option
def verify(full: bool, resume: bool) -> None:
    """Hash the whole ledger anew, and compare it with what is stored, signed, published and anchored.

    Exits with 1 at the first entry that doesn't hold, naming it. A full audit remembers in the data directory how far
    it has come: --resume goes on there, without looking again at what it has looked at.
    """
    with opened(as_found=True) as gateway:
        audit = _audit(gateway, full or resume, resume)
        signatures = gateway.auditing.check_signed() if full or resume else None
        steps = check_trail(gateway.trail)[0] if full or resume else None
        gateway.watch.check()
    facts = {"holds": True, "size": audit.head.size, "rootHash": encode_base64(audit.head.root)}
    facts |= {"parties": audit.parties, "documents": audit.documents, "signatures": signatures, "steps": steps}
    told = {"entries": audit.head.size, "root hash": facts["rootHash"], "parties": audit.parties}
    told |= {"documents compared": audit.documents, "signatures kept": signatures, "steps of access": steps}
    show(facts, "The ledger holds.", *pairs(told))


def _audit(gateway: Gateway, full: bool, resume: bool) -> Audit:
    state = gateway.auditing.interrupted
    begun = _begun(gateway, state) if resume else None
    with _shown(begun.position if begun else 0) as shown:
        saved = time.monotonic()

        def progress(verification: Verification, size: int) -> None:
            nonlocal saved
            shown(verification.position, size)
            if full and time.monotonic() - saved >= SAVE_EVERY:
                state.write(to_state(verification))
                saved = time.monotonic()

        origin = gateway.notary.origin
        audit = verify_ledger(
            gateway.ledger, origin, full=full, sources=gateway.auditing.given_out, begun=begun, progress=progress
        )
    if full:
        state.remove()
    return audit


def _begun(gateway: Gateway, state: State) -> Verification:
    found = state.read()
    if found is None:
        raise Misuse("There is no audit to go on with: none was begun, or the last one came to its end.")
    return from_state(found, gateway.notary.origin, True, gateway.ledger)


@contextmanager
def _shown(start: int) -> Iterator["_Shown"]:
    shown = _Shown(start)
    try:
        yield shown
    finally:
        shown.end()


class _Shown:
    """One line on a terminal's stderr; nothing elsewhere."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._began = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def __call__(self, position: int, size: int) -> None:
        if self._terminal:
            rate = (position - self._start) / max(time.monotonic() - self._began, 1e-6)
            percent = 100 * position / size if size else 100
            click.echo(f"\r{position:,} of {size:,} entries ({percent:.0f} %), {rate:,.0f}/s ", nl=False, err=True)

    def end(self) -> None:
        if self._terminal:
            click.echo(err=True)
