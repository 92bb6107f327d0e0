"""What has been signed of the contracts in a batch, under the lock of the head: nobody signs past anybody else."""

from collections.abc import Iterable

from edi_gateway.model.contract import ContractRecord, Offer
from edi_gateway.model.record import Examined


class Offers:
    """What has been signed of the contracts in a batch, by the batch itself as well."""

    def __init__(self, found: Iterable[Offer]) -> None:
        self._offers = list(found)

    def add(self, one: Examined) -> None:
        if isinstance(one.contract, ContractRecord):
            terms = one.contract.terms
            name = (terms.contract_id, terms.version, terms.digest)
            self._offers.append(Offer(one.id, one.party, one.parties, *name, one.contract.content))

    def disputed(self, one: Examined) -> Offer | None:
        """What another party to the contract has signed otherwise. A number that strangers use as well is another
        contract's."""
        if not isinstance(one.contract, ContractRecord):
            return None
        terms = one.contract.terms
        for offer in self._offers:
            same = (offer.contract_id, offer.version) == (terms.contract_id, terms.version)
            between_them = one.party in offer.parties and offer.sender in one.parties
            if same and between_them and offer.digest != terms.digest:
                return offer
        return None
