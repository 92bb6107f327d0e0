"""Four eyes: whoever proposed something can't approve it as well."""

from edi_gateway.errors import Misuse
from edi_gateway.model.partner import KeyStep
from edi_gateway.model.trust import TrustStep
from edi_gateway.workflows.enrol import Office


class SamePerson(Misuse):
    """Whoever proposed a key or a grant can't approve it as well."""


def check_second(what: str, proposal: KeyStep | TrustStep, office: Office) -> None:
    """Raises SamePerson unless the office is in other hands than those that proposed, where there are to be four eyes.

    Where an issuer says who both are, it is that which counts: a name changes, and two people may have the same.
    """
    if not office.four_eyes:
        return
    if not office.by or not proposal.by:
        raise SamePerson("Under four eyes it must be known who proposes, and who approves.")
    if office.identity and proposal.identity:
        same = office.identity == proposal.identity
    else:
        same = office.by.casefold() == proposal.by.casefold()
    if same:
        raise SamePerson(f"{proposal.by} proposed {what}: somebody else has to approve it.")
