"""CRLs and OCSP responses, as operators bring them."""

from pathlib import Path

import click

from edi_gateway.cli.custody import BY, name_of
from edi_gateway.cli.options import FILE, gateway_options, json_option
from edi_gateway.cli.output import moment, show, table
from edi_gateway.cli.session import opened
from edi_gateway.errors import Misuse
from edi_gateway.model.trust import Held
from edi_gateway.workflows import revocations
from edi_gateway.workflows.trust_ports import About


@click.group
def revocation() -> None:
    """What is known of revoked certificates: add, list, fetch."""


@revocation.command(epilog="Example: edi-gateway trust revocation add issuing.crl --issuer issuing-ca.pem")
@click.argument("file", type=FILE)
@click.option(
    "--issuer",
    type=FILE,
    help="Certificate of the authority that it is by, where that is no root; in PEM, with those above it.",
)
@BY
@gateway_options
@json_option
def add(file: Path, issuer: Path | None, by: str | None) -> None:
    """Keep a CRL (PEM, DER) or an OCSP response (DER), once it is verified."""
    with opened() as gateway:
        source = gateway.revoking(name_of(by) or "operator")
        added = revocations.add(file.read_bytes(), issuer.read_bytes() if issuer else None, source)
    until = moment(added.about.next_update) or "no moment that it names"
    kept = "kept" if added.fresh else "kept already"
    line = (
        f"{added.held.kind.upper()} {added.held.digest} is {kept}: of {moment(added.about.this_update)}, until {until}."
    )
    show(_told(added.held, added.about), line)


@revocation.command
@gateway_options
@json_option
def fetch() -> None:
    """Fetch the lists of the setting revocation_lists now, as `edi-gateway serve` does every revocation_seconds.

    Exits with 1 where one can't be had.
    """
    with opened() as gateway:
        if not gateway.revocation_sources:
            raise Misuse("No list is set: see revocation_lists in gateway.toml.")
        found = gateway.fetch_revocations()
    fresh = [one for one in found if one.fresh]
    line = f"{len(found)} fetched, {len(fresh)} of them new."
    show([_told(one.held, one.about) for one in fresh], line)


@revocation.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@gateway_options
@json_option
def list_revocations(limit: int) -> None:
    """List the CRLs and OCSP responses that were kept last."""
    with opened(as_found=True) as gateway:
        found = gateway.revocations.newest(limit)
    rows = [
        (held.kind, moment(about.this_update), moment(about.next_update), about.source, held.digest)
        for held, about in found
    ]
    lines = table(("kind", "of", "until", "source", "digest"), rows, "Nothing is known of revocations.")
    show([_told(held, about) for held, about in found], *lines)


def _told(held: Held, about: About) -> dict[str, object]:
    return {
        "digest": held.digest,
        "kind": held.kind,
        "serial": about.serial,
        "thisUpdate": moment(about.this_update),
        "nextUpdate": moment(about.next_update),
        "addedAt": moment(about.added_at),
        "source": about.source,
    }
