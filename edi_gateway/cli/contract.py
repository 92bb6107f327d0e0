"""Contracts: which there are, who has signed them, and where they stand."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

import click

from edi_gateway.cli.options import Moment, gateway_options, json_option
from edi_gateway.cli.output import pairs, show, table
from edi_gateway.cli.session import opened
from edi_gateway.errors import Misuse
from edi_gateway.model.contract import State
from edi_gateway.model.moment import timestamp
from edi_gateway.workflows import contracts
from edi_gateway.workflows.contracts import Contract, ContractQuery, Version

_AT = click.option("--at", type=Moment(), help="As it stood at this moment  [default: now]")


@click.group
def contract() -> None:
    """Contracts: list, show."""


@contract.command("list", epilog="Example: edi-gateway contract list --partner acme --state in-force")
@click.option("--partner", metavar="ID", help="Only those that this partner is a party to.")
@click.option("--state", type=click.Choice(get_args(State)))
@_AT
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@gateway_options
@json_option
def list_contracts(partner: str | None, state: State | None, at: datetime | None, limit: int) -> None:
    """List contracts by their ids, and where they stand."""
    with opened(as_found=True) as gateway:
        query = ContractQuery(at or gateway.clock(), partner=partner, state=state, limit=limit)
        found = contracts.find(gateway.contracts, query).contracts
    rows = [
        (
            one.name.contract_id,
            str(one.current.terms.version),
            one.current.state,
            ", ".join(one.name.parties),
            one.current.terms.valid_from.isoformat(),
            _until(one.current),
        )
        for one in found
    ]
    head = ("contract", "version", "state", "parties", "from", "until")
    show([_facts(one) for one in found], *table(head, rows, "There are no such contracts."))


@contract.command("show", epilog="Example: edi-gateway contract show FC-2026-014")
@click.argument("contract_id", metavar="CONTRACT_ID")
@_AT
@gateway_options
@json_option
def show_contract(contract_id: str, at: datetime | None) -> None:
    """Show a contract: its versions, who has signed them, what amends and what terminates it."""
    with opened(as_found=True) as gateway:
        moment = at or gateway.clock()
        found = contracts.show(gateway.contracts, contract_id, moment)
    if not found:
        raise Misuse(f"There is no contract {contract_id}.")
    told = [_facts(one) | _parts(one) for one in found]
    lines = [line for one in found for line in ("", *_lines(one))][1:]
    show({"contractId": contract_id, "at": timestamp(moment), "contracts": told}, *lines)


def _until(one: Version) -> str | None:
    return one.terms.valid_until.isoformat() if one.terms.valid_until else None


def _facts(one: Contract) -> dict[str, Any]:
    terms = one.current.terms
    return {
        "contractId": one.name.contract_id,
        "parties": list(one.name.parties),
        "state": one.current.state,
        "inForce": one.applies,
        "version": terms.version,
        "title": terms.title,
        "validFrom": terms.valid_from.isoformat(),
        "validUntil": _until(one.current),
    }


def _parts(one: Contract) -> dict[str, Any]:
    parts = {"versions": one.versions, "amendments": one.amendments, "terminations": one.terminations}
    return {name: list(map(_version, part)) for name, part in parts.items()}


def _version(one: Version) -> dict[str, Any]:
    terms = one.terms
    return {
        "contractId": terms.contract_id,
        "version": terms.version,
        "state": one.state,
        "purpose": terms.purpose,
        "parentContractId": terms.parent,
        "title": terms.title,
        "validFrom": terms.valid_from.isoformat(),
        "validUntil": _until(one),
        "terms": terms.digest,
        "pdfSha256": terms.pdf,
        "concludedAt": one.concluded_at,
        "signatures": [
            {"party": each.party, "index": each.index, "signedAt": each.at, "documentId": each.document}
            for each in one.signatures
        ],
        "missing": list(one.missing),
    }


def _lines(one: Contract) -> Iterator[str]:
    facts = _facts(one)
    yield from pairs({**facts, "parties": ", ".join(one.name.parties), "inForce": "yes" if one.applies else "no"})
    for title, part in (("Versions", one.versions), ("Amendments", one.amendments), ("Terminations", one.terminations)):
        for version in part:
            yield ""
            yield f"{title.removesuffix('s')} {version.terms.contract_id}#{version.terms.version}: {version.state}"
            for each in version.signatures:
                document = each.document or "erased"
                yield f"  signed by {each.party} {each.at}, entry {each.index}, document {document}"
            yield from (f"  not signed by {party}" for party in version.missing)
