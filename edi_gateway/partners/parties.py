"""Whether the parties named in a document are the ones we know: the signer as its sender, a partner as its receiver."""

from collections.abc import Iterable

from edi_gateway.model.document import MAX_ECHO, Document, Finding, Party
from edi_gateway.model.partner import Partner
from edi_gateway.partners.keyring import Directory


def check_sender(document: Document, signer: Partner, directory: Directory) -> tuple[Finding, ...]:
    """The sender must carry one of the signer's identifiers, and none of anybody else's."""
    party = document.sender
    if directory.owner(party.identifiers) == {signer.id}:
        return ()
    return (
        Finding(
            rule="GW-PARTY-001",
            severity="fatal",
            stage="link",
            message="The sender named in the document is not the partner who signed it.",
            expected=_listed(signer.identifiers),
            actual=_listed(party.identifiers),
            locations=(party.location,),
        ),
    )


def check_receivers(document: Document, directory: Directory) -> tuple[Finding, ...]:
    """Every receiver must be one registered partner."""
    return tuple(
        Finding(
            rule="GW-PARTY-002",
            severity="fatal",
            stage="link",
            message="A receiver named in the document is not one registered partner.",
            expected="identifiers of one partner of this gateway",
            actual=_listed(party.identifiers),
            locations=(party.location,),
        )
        for party in document.receivers or (Party(),)
        if len(directory.owner(party.identifiers)) != 1
    )


def receiver_of(document: Document, directory: Directory) -> str | None:
    """The partner that the document is for: the first of its receivers whom we know."""
    owners = [directory.owner(party.identifiers) for party in document.receivers]
    return next((min(owner) for owner in owners if len(owner) == 1), None)


def parties_of(document: Document, sender: str, directory: Directory) -> tuple[str, ...]:
    """The ids of all partners that the document is between, sorted: its sender and all its receivers."""
    owners = (directory.owner(party.identifiers) for party in document.receivers)
    return tuple(sorted({sender}.union(*owners)))


def _listed(identifiers: Iterable[object]) -> str:
    return ", ".join(map(str, identifiers))[:MAX_ECHO] or "no identifier with a scheme"
