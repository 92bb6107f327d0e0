"""Whom operators trust to name partners' keys: roots, and for whom their certificates speak."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import click
from cryptography import x509

from edi_gateway.cli import revocation
from edi_gateway.cli.custody import BY, name_of
from edi_gateway.cli.options import FILE, gateway_options, json_option
from edi_gateway.cli.output import moment, pairs, show, table
from edi_gateway.cli.session import opened, record
from edi_gateway.model.trust import MAX_PATH_LENGTH, Grant, Revocation, TrustRoot
from edi_gateway.workflows import trust as workflow


@click.group
def trust() -> None:
    """Authorities that name keys: add, list, show, retire, grant, approve, end, revocation."""


trust.add_command(revocation.revocation)


@trust.command(epilog="Example: edi-gateway trust add acme-ca --cert acme-root.pem --usage 1.3.6.1.5.5.7.3.4")
@click.argument("name")
@click.option("--cert", type=FILE, required=True, help="The authority's certificate, PEM or DER.")
@click.option(
    "--usage",
    "usages",
    metavar="OID",
    multiple=True,
    help="Extended key usage, one of which a signer's certificate must have; may be repeated. Default: none is asked.",
)
@click.option("--policy", metavar="OID", help="Certificate policy that each certificate below the root must name.")
@click.option(
    "--path-length",
    type=click.IntRange(0, MAX_PATH_LENGTH),
    default=1,
    show_default=True,
    help="Authorities that may stand between the root and a signer.",
)
@click.option(
    "--revocation",
    type=click.Choice(get_args(Revocation)),
    default="hard",
    show_default=True,
    help="Where nothing tells whether a certificate was revoked: refuse the document, or mark it.",
)
@click.option(
    "--grace",
    type=click.IntRange(0, workflow.MAX_GRACE.days * 24),
    default=0,
    show_default=True,
    metavar="HOURS",
    help="How long a CRL or OCSP response counts after its nextUpdate.",
)
@BY
@gateway_options
@json_option
def add(
    name: str,
    cert: Path,
    usages: tuple[str, ...],
    policy: str | None,
    path_length: int,
    revocation: Revocation,
    grace: int,
    by: str | None,
) -> None:
    """Trust the authority of a certificate, under NAME. It names nobody before `trust grant` says whom."""
    limits = {"usages": usages, "policy": policy, "path_length": path_length, "revocation": revocation}
    root = workflow.read_root(name, cert.read_bytes(), **limits, grace=timedelta(hours=grace))  # type: ignore[arg-type] # as they are named
    with opened() as gateway:
        receipt = record(gateway, workflow.add_root(root, gateway.office(name_of(by))))
    show(_root(root) | {"receipt": receipt}, f"The root {name} is trusted: entry {receipt['index']} of the ledger.")


@trust.command("list")
@gateway_options
@json_option
def list_trust() -> None:
    """List all roots, and for whom certificates under them speak."""
    with opened(as_found=True) as gateway:
        known = gateway.directory.refreshed().trust
    roots = [(one.name, one.state, one.revocation, _subject(one), moment(_ends(one))) for one in known.roots.values()]
    lines = table(
        ("root", "state", "revocation", "subject", "until"), roots, "There are no roots: every key is enrolled."
    )
    told = {"roots": [_root(one) for one in known.roots.values()], "grants": [_grant(one) for one in known.grants]}
    show(told, *lines, "", *_grants(known.grants))


@trust.command("show")
@click.argument("name")
@gateway_options
@json_option
def show_root(name: str) -> None:
    """Show a root, its limits, and for whom certificates under it speak."""
    with opened(as_found=True) as gateway:
        known = gateway.directory.refreshed().trust
    root = workflow.known_root(name, known)
    grants = [one for one in known.grants if one.root == name]
    steps = [f"{step.type}, entry {step.index}" + (f", by {step.by}" if step.by else "") for step in root.steps]
    facts = _root(root)
    shown = facts | {"usages": ", ".join(root.usages) or "any", "steps": "; ".join(steps)}
    show(facts | {"grants": list(map(_grant, grants))}, *pairs(shown), "", *_grants(grants))


@trust.command(epilog='Example: edi-gateway trust retire acme-ca --reason "replaced"')
@click.argument("name")
@click.option("--reason", help="Why: kept for good.")
@BY
@gateway_options
@json_option
def retire(name: str, reason: str | None, by: str | None) -> None:
    """Trust a root no more from now on. What was received before stays as it is."""
    with opened() as gateway:
        receipt = record(gateway, workflow.retire_root(name, reason, gateway.office(name_of(by))))
    show({"name": name, "receipt": receipt}, f"The root {name} is retired: entry {receipt['index']} of the ledger.")


@trust.command(epilog='Example: edi-gateway trust grant acme acme-ca --subject "CN=Acme Signing,O=Acme,C=SE"')
@click.argument("partner")
@click.argument("root")
@click.option("--subject", help="The certificates' whole subject, as in RFC 4514 (the last part of the name first).")
@click.option("--san", help="A name of their subjectAltName: email:NAME, dns:NAME or uri:NAME.")
@click.option("--organization-identifier", help="That attribute of their subject, such as VATSE-556012345601.")
@click.option("--propose", is_flag=True, help="It counts only once `trust approve` was run: always so with four_eyes.")
@BY
@gateway_options
@json_option
def grant(
    partner: str,
    root: str,
    subject: str | None,
    san: str | None,
    organization_identifier: str | None,
    propose: bool,
    by: str | None,
) -> None:
    """Let certificates under ROOT that are named like this sign for PARTNER, without enrolling their keys."""
    named = {"subject": subject, "san": san, "organization-identifier": organization_identifier}
    given = [(kind, value) for kind, value in named.items() if value is not None]
    if len(given) != 1:
        raise click.UsageError("Say by which one name: --subject, --san or --organization-identifier.")
    with opened() as gateway:
        act = workflow.grant(partner, root, *given[0], gateway.office(name_of(by)), propose=propose)
        receipt = record(gateway, act)
        found = workflow.known_grant(act.id, gateway.directory.refreshed().trust)
    line = f"The grant {found.id} is {found.state}: entry {receipt['index']} of the ledger."
    show(_grant(found) | {"receipt": receipt}, line)


@trust.command(epilog="Example: edi-gateway trust approve GRANT")
@click.argument("grant")
@BY
@gateway_options
@json_option
def approve(grant: str, by: str | None) -> None:
    """Let a grant that was proposed count. Under four eyes, somebody else has to than who proposed it."""
    with opened() as gateway:
        receipt = record(gateway, workflow.approve_grant(grant, gateway.office(name_of(by))))
    line = f"The grant {grant} is in force: entry {receipt['index']} of the ledger."
    show({"id": grant, "state": "in force", "receipt": receipt}, line)


@trust.command(epilog="Example: edi-gateway trust end GRANT")
@click.argument("grant")
@click.option("--reason", help="Why: kept for good.")
@BY
@gateway_options
@json_option
def end(grant: str, reason: str | None, by: str | None) -> None:
    """Let a grant count no more from now on; a proposed one is withdrawn."""
    with opened() as gateway:
        receipt = record(gateway, workflow.end_grant(grant, reason, gateway.office(name_of(by))))
    line = f"The grant {grant} has ended: entry {receipt['index']} of the ledger."
    show({"id": grant, "state": "ended", "receipt": receipt}, line)


def _certificate(root: TrustRoot) -> x509.Certificate:
    return x509.load_der_x509_certificate(root.certificate)


def _subject(root: TrustRoot) -> str:
    return _certificate(root).subject.rfc4514_string()


def _ends(root: TrustRoot) -> datetime:
    return _certificate(root).not_valid_after_utc


def _root(root: TrustRoot) -> dict[str, object]:
    described = workflow.described(root) | {"state": root.state, "subject": _subject(root)}
    return described | {"until": moment(_ends(root))}


def _grant(grant: Grant) -> dict[str, object]:
    return workflow.described_grant(grant) | {"state": grant.state}


def _grants(grants: tuple[Grant, ...] | list[Grant]) -> list[str]:
    rows = [(one.id, one.partner, one.root, str(one.match), one.state) for one in grants]
    return table(("grant", "partner", "root", "certificates", "state"), rows, "Nobody is named by any of them.")
