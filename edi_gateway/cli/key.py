"""Partners' keys, as operators come to trust them."""

from datetime import datetime, timedelta
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from edi_gateway.cli.options import DAYS, FILE, Moment, gateway_options, json_option
from edi_gateway.cli.output import moment, pairs, show, table
from edi_gateway.cli.session import opened, record
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.partner import PartnerKey
from edi_gateway.workflows import enrol
from edi_gateway.workflows.audit import KeyHistory, key_histories


@click.group
def key() -> None:
    """Partners' keys: add, list, show."""


@key.command(epilog="Example: edi-gateway key add acme --cert acme.pem --until 2027-12-31T23:59:59Z")
@click.argument("partner")
@click.option("--cert", type=FILE, required=True, help="Certificate or public key, PEM or DER.")
@click.option("--from", "since", type=Moment(), help="Trusted from this moment; default: the certificate's, or always.")
@click.option("--until", type=Moment(), help="Trusted until this moment; default: the certificate's, or for good.")
@gateway_options
@json_option
def add(partner: str, cert: Path, since: datetime | None, until: datetime | None) -> None:
    """Trust a key to name PARTNER as the sender of what it signs."""
    with opened() as gateway:
        receipt = record(gateway, enrol.add_key(partner, cert.read_bytes(), (since, until), gateway.office()))
        added = _history(gateway, receipt["statement"]["key"]["fingerprint"])
    line = f"Key {added.key.fingerprint} of {partner} is trusted: entry {receipt['index']} of the ledger."
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
        keys = [one for one in keys if _ends_between(one.key, now, now + timedelta(days=expiring))]
    rows = [
        (one.key.partner, one.key.fingerprint, one.state, moment(one.key.valid_from), moment(one.key.valid_until))
        for one in keys
    ]
    lines = table(("partner", "fingerprint", "state", "from", "until"), rows, "There are no such keys.")
    show([_facts(one) for one in keys], *lines)


@key.command("show")
@click.argument("fingerprint")
@gateway_options
@json_option
def show_key(fingerprint: str) -> None:
    """Show one key. The fingerprint is the SHA-256 of its SubjectPublicKeyInfo in lower-case hex."""
    with opened(as_found=True) as gateway:
        facts = _facts(_history(gateway, fingerprint))
    show(facts, *pairs(facts))


def _history(gateway: Gateway, fingerprint: str) -> KeyHistory:
    directory = gateway.directory.refreshed()
    found = enrol.find_key(fingerprint, directory)
    if found is None:
        raise Misuse(f"There is no key {fingerprint}.")
    histories = key_histories(gateway.archive, directory, found.partner, gateway.clock())
    return next(one for one in histories if one.key.fingerprint == fingerprint)


def _ends_between(one: PartnerKey, start: datetime, end: datetime) -> bool:
    return one.valid_until is not None and start < one.valid_until <= end


def _facts(history: KeyHistory) -> dict[str, object]:
    one = history.key
    certificate = x509.load_der_x509_certificate(one.certificate) if one.certificate else None
    return {
        "fingerprint": one.fingerprint,
        "partner": one.partner,
        "state": history.state,
        "algorithm": _algorithm(one),
        "from": moment(one.valid_from),
        "until": moment(one.valid_until),
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
