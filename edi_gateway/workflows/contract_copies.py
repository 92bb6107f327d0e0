"""A contract's PDF without a record inside it: it counts as its signer's word for the record that names its digest.

For one that was sent before, and for that alone, which the statement says: nobody signs what another one writes later.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from edi_gateway.model.contract import ContractCopy, SignedTerms
from edi_gateway.model.document import Document, Party
from edi_gateway.model.partner import Partner
from edi_gateway.partners.keyring import Directory
from edi_gateway.workflows.contract_ports import Contracts

FORMAT: Final = "pdf-contract"


def record_of(contracts: Contracts, signer: Partner, directory: Directory) -> Callable[[str], Document | None]:
    """How `signer`'s PDFs are looked up by their digest (SHA-256 in hex). The answer raises Fault.

    Records of contracts that the signer isn't a party to are not found: nobody learns of them. Where several that say
    different things name the PDF, the one is meant that the signer has signed; without one, or with several, none is.
    """
    return partial(_copy, contracts, signer, directory)


def _copy(contracts: Contracts, signer: Partner, directory: Directory, pdf: str) -> Document | None:
    named = {each.terms.digest: each for each in contracts.naming(pdf) if signer.id in each.parties}
    signed = [each for each in named.values() if any(one.party == signer.id for one in each.signatures)]
    meant = signed or list(named.values())
    return _document(meant[0], pdf, signer, directory) if len(meant) == 1 else None


def _document(named: SignedTerms, pdf: str, signer: Partner, directory: Directory) -> Document:
    terms = named.terms
    others = (directory.partners[each] for each in named.parties if each != signer.id)
    return Document(
        format=FORMAT,
        type="contract",
        sender=_party(signer),
        receivers=tuple(map(_party, others)),
        # Not the record's own: its sender may have signed that as well.
        number=f"{terms.contract_id}#{terms.version}.pdf",
        contract=ContractCopy(pdf, terms.digest),
    )


def _party(partner: Partner) -> Party:
    return Party(partner.identifiers, partner.name)
