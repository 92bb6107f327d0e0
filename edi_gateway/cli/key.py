"""Partners' keys, as operators come to trust them."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import click
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from edi_gateway.cli import key_check, key_life, key_renewal, key_request
from edi_gateway.cli.custody import BY, name_of
from edi_gateway.cli.options import DAYS, FILE, Moment, gateway_options, json_option
from edi_gateway.cli.output import moment, pairs, show, table
from edi_gateway.cli.session import opened, record
from edi_gateway.gateway import Gateway
from edi_gateway.model.partner import PartnerKey, Purpose
from edi_gateway.workflows import enrol
from edi_gateway.workflows.audit import KeyEvent, KeyHistory, key_histories
from edi_gateway.workflows.key_life import ending as ending_keys
from edi_gateway.workflows.key_life import known_key


@click.group
def key() -> None:
    """Partners' keys: add, list, show, check, request, renew, approve, retire, revoke, affected."""


for command in (
    key_check.check,
    key_request.request,
    key_renewal.renew,
    key_life.approve,
    key_life.retire,
    key_life.revoke,
    key_life.affected,
):
    key.add_command(command)


@key.command(epilog="Example: edi-gateway key add acme --cert acme.pem --until 2027-12-31T23:59:59Z")
@click.argument("partner")
@click.option("--cert", type=FILE, required=True, help="Certificate, chain (PEM, PKCS#7) or public key, PEM or DER.")
@click.option("--from", "since", type=Moment(), help="Trusted from this moment; default: the certificate's, or always.")
@click.option("--until", type=Moment(), help="Trusted until this moment; default: the certificate's, or for good.")
@click.option(
    "--purpose",
    type=click.Choice(get_args(Purpose)),
    default="document-signature",
    show_default=True,
    help="What it is for. For anything else it is refused.",
)
@click.option("--propose", is_flag=True, help="Don't trust it until `key approve`: always so with four_eyes.")
@BY
@gateway_options
@json_option
def add(
    partner: str,
    cert: Path,
    since: datetime | None,
    until: datetime | None,
    purpose: Purpose,
    propose: bool,
    by: str | None,
) -> None:
    """Trust a key to name PARTNER as the sender of what it signs."""
    with opened() as gateway:
        office = gateway.office(name_of(by))
        change = enrol.add_key(partner, cert.read_bytes(), (since, until), office, purpose, propose=propose)
        receipt = record(gateway, change)
        added = _history(gateway, receipt["statement"]["key"]["fingerprint"])
    done = "proposed, and waits for approval" if change.type == "key.proposed" else "trusted"
    line = f"Key {added.key.fingerprint} of {partner} is {done}: entry {receipt['index']} of the ledger."
    show(_facts(added) | {"receipt": receipt}, line)


@key.command("list")
@click.argument("partner", required=False)
@click.option("--expiring", type=DAYS, metavar="DAYS", help="Only those that end within so many days.")
@gateway_options
@json_option
def list_keys(partner: str | None, expiring: int | None) -> None:
    """List the keys of PARTNER, or of all."""
    with opened(as_found=True) as gateway:
        directory, now = gateway.directory.refreshed(), gateway.clock()
        partners = [enrol.known(partner, directory).id] if partner else list(directory.partners)
        keys = [one for id in partners for one in key_histories(gateway.archive, directory, id, now)]
    if expiring is not None:
        ending = {one.fingerprint for one in ending_keys(directory, now, timedelta(days=expiring))}
        keys = [one for one in keys if one.key.fingerprint in ending]
    rows = [
        (one.key.partner, one.key.fingerprint, one.state, one.key.purpose, moment(one.key.valid_from), _until(one.key))
        for one in keys
    ]
    lines = table(("partner", "fingerprint", "state", "purpose", "from", "until"), rows, "There are no such keys.")
    show([_facts(one) for one in keys], *lines)


@key.command("show")
@click.argument("fingerprint")
@gateway_options
@json_option
def show_key(fingerprint: str) -> None:
    """Show one key and its whole life. The fingerprint is the SHA-256 of its SubjectPublicKeyInfo in lower-case hex."""
    with opened(as_found=True) as gateway:
        history = _history(gateway, fingerprint)
    rows = [
        (event.recorded_at, event.type, event.by, event.applies_from, event.reason, str(event.index))
        for event in history.events
    ]
    life = table(("recorded", "step", "by", "applies from", "reason", "entry"), rows, "Nothing is recorded of it.")
    facts = _facts(history)
    shown = facts | {"events": list(map(_told, history.events))}
    show(shown, *pairs(facts), "", *life, *_waiting(history))


def _history(gateway: Gateway, fingerprint: str) -> KeyHistory:
    directory = gateway.directory.refreshed()
    found = known_key(fingerprint, directory)
    histories = key_histories(gateway.archive, directory, found.partner, gateway.clock())
    return next(one for one in histories if one.key.fingerprint == fingerprint)


def _waiting(history: KeyHistory) -> list[str]:
    """What there is to approve."""
    step = history.key.proposed_renewal
    return [
        f"\nEntry {event.index} proposes a renewal, and waits for approval: certificate {event.certificate or 'none'}, "
        f"from {event.since or 'always'} until {event.until or 'for good'}."
        for event in history.events
        if step and event.index == step.index
    ]


def _until(one: PartnerKey) -> str | None:
    return moment(one.ends_at)


def _told(event: KeyEvent) -> dict[str, object]:
    return {
        "index": event.index,
        "type": event.type,
        "recordedAt": event.recorded_at,
        "by": event.by,
        "reason": event.reason,
        "appliesFrom": event.applies_from,
        "affected": event.affected,
        "certificate": event.certificate,
        "from": event.since,
        "until": event.until,
    }


def _facts(history: KeyHistory) -> dict[str, object]:
    one = history.key
    certificate = x509.load_der_x509_certificate(one.certificates[-1]) if one.certificates else None
    return {
        "fingerprint": one.fingerprint,
        "partner": one.partner,
        "state": history.state,
        "purpose": one.purpose,
        "algorithm": _algorithm(one),
        "from": moment(one.valid_from),
        "until": _until(one),
        "subject": certificate.subject.rfc4514_string() if certificate else None,
    }


def _algorithm(one: PartnerKey) -> str:
    match one.public_key:
        case rsa.RSAPublicKey(key_size=bits):
            return f"RSA {bits}"
        case ec.EllipticCurvePublicKey(curve=curve):
            return str(curve.name)
        case other:
            return type(other).__name__.removesuffix("PublicKey")
