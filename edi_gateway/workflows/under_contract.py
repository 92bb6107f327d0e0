"""Whether the contracts that a document names are in force between its parties. Asked where that was agreed on only."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from edi_gateway.model.document import Document, Finding
from edi_gateway.model.profile import Profile
from edi_gateway.workflows.contract_ports import Contracts
from edi_gateway.workflows.contracts import Contract, show


def check_contracts(
    document: Document, profile: Profile | None, between: Iterable[str | None], at: datetime, contracts: Contracts
) -> tuple[Finding, ...]:
    """A finding for each contract that isn't, refusing where the sender's profile wants it so. Raises Fault."""
    if profile is None or profile.contracts is None or document.type == "contract":
        return ()
    names = dict.fromkeys(each.number for each in document.references if each.type == "contract")
    return tuple(_findings(names, profile, {party for party in between if party}, at, contracts))


def _findings(
    names: Iterable[str], profile: Profile, between: set[str], at: datetime, contracts: Contracts
) -> Iterator[Finding]:
    for name in names:
        found = [one for one in show(contracts, name, at) if between <= set(one.name.parties)]
        if not any(one.applies for one in found):
            yield Finding(
                rule="GW-LINK-004",
                severity="error" if profile.contracts == "required" else "warning",
                stage="link",
                message=f"The contract {name} is not in force between the parties.",
                expected="in-force",
                actual=_told(found),
            )


def _told(found: Iterable[Contract]) -> str:
    return ", ".join(sorted({one.current.state for one in found})) or "not known here"
