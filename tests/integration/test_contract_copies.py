"""What else than a party's record says that it has signed, and what is left once a record was erased."""

import pytest
from sqlalchemy import func, select

from edi_gateway.gateway import Gateway
from edi_gateway.storage import contract_tables as tables
from edi_gateway.workflows import contracts
from edi_gateway.workflows.verify import verify_ledger
from tests.support.contracts import ID, LATER, NAMING, PDF, copy, only, sign, statement, states
from tests.support.custody import erase
from tests.support.gateway import ORIGIN, enrol


def counts(gateway: Gateway) -> dict[str, int]:
    with gateway.engine.connect() as connection:
        return {
            each.name: connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables.CONTRACT_TABLES
        }


def test_the_pdf_that_records_name_counts_as_its_party_s_signature(gateway: Gateway):
    (offer,) = sign(gateway, "acme", **NAMING)
    assert [one.offer for one in gateway.contracts.naming(PDF)] == [statement_index(gateway, offer)]
    signed = gateway.record(copy(PDF, "globex", terms(gateway)))
    contract = only(gateway)
    assert contract.applies
    assert [(one.party, one.document) for one in contract.current.signatures] == [
        ("acme", offer.id),
        ("globex", signed.id),
    ]
    assert statement(signed)["document"]["contract"] == {"pdf": f"sha256:{PDF}", "signs": terms(gateway)}
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def statement_index(gateway: Gateway, recorded) -> int:
    found = gateway.archive.document(recorded.id)
    assert found is not None
    return found.index


def terms(gateway: Gateway) -> str:
    """What the one record that names the PDF says."""
    (named,) = gateway.contracts.naming(PDF)
    return named.terms.digest


def test_a_pdf_signs_nothing_that_comes_later(gateway: Gateway):
    sign(gateway, "acme", **NAMING)
    gateway.recorder.record([copy(PDF, "globex", terms(gateway))])
    for id, said in (("FC-2", {}), ("T-1", {"purpose": "termination", "parentContractId": ID})):
        sign(gateway, "acme", contract_id=id, **said, **NAMING)
        assert states(gateway, id) == ["offered"]
    assert states(gateway) == ["in-force"]
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_a_pdf_of_somebody_who_is_no_party_signs_nothing(gateway: Gateway):
    enrol(gateway, "initech", "test:initech")
    sign(gateway, "acme", **NAMING)
    gateway.recorder.record([copy(PDF, "initech", terms(gateway), ("acme", "initech"))])
    assert states(gateway) == ["offered"]


@pytest.mark.parametrize("erased", [0, 1])
def test_after_one_record_is_erased_it_is_still_in_force(gateway: Gateway, erased: int):
    recorded = sign(gateway)
    erase(gateway, recorded[erased].id)
    contract = only(gateway)
    assert contract.applies
    assert [one.document for one in contract.current.signatures] == [
        None if place == erased else each.id for place, each in enumerate(recorded)
    ]
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_after_all_records_are_erased_nothing_is_told_of_it(gateway: Gateway):
    for each in sign(gateway):
        erase(gateway, each.id)
    assert contracts.show(gateway.contracts, ID, LATER) == ()
    assert counts(gateway) == {"contracts": 0, "contract_parties": 0, "contract_signatures": 2}
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_a_party_that_signs_anew_after_its_record_was_erased_has_signed_once(gateway: Gateway):
    first, _ = sign(gateway)
    erase(gateway, first.id)
    (again,) = sign(gateway, "acme")
    documents = [one.document for one in only(gateway).current.signatures if one.party == "acme"]
    assert documents == [None, again.id]
    assert states(gateway) == ["in-force"]
