"""Contracts as their parties sign them, on both databases: in force once all have, and told of any moment since."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from edi_gateway.documents.contract_terms import signed_alike
from edi_gateway.gateway import Gateway
from edi_gateway.storage import contract_tables as tables
from edi_gateway.workflows import contracts
from edi_gateway.workflows.contract_ports import ContractName
from edi_gateway.workflows.contracts import ContractQuery
from edi_gateway.workflows.verify import verify_ledger
from tests.support.contracts import ID, LATER, only, post, record, sign, statement, states
from tests.support.gateway import ORIGIN, certificate, enrol, order, reopened, transmission
from tests.support.recording import examined


def counts(gateway: Gateway) -> dict[str, int]:
    with gateway.engine.connect() as connection:
        return {
            each.name: connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables.CONTRACT_TABLES
        }


def test_a_contract_is_offered_by_one_party_and_in_force_once_the_other_has_signed_the_same(gateway: Gateway):
    (offer,) = sign(gateway, "acme")
    assert (states(gateway), only(gateway).current.missing) == (["offered"], ("globex",))
    (acceptance,) = sign(gateway, "globex")
    contract = only(gateway)
    assert (contract.current.state, contract.applies) == ("in-force", True)
    assert [(one.party, one.document) for one in contract.current.signatures] == [
        ("acme", offer.id),
        ("globex", acceptance.id),
    ]


def test_the_receipts_alone_tell_that_both_signed_the_same(gateway: Gateway):
    told = [statement(each)["document"]["contract"] for each in sign(gateway)]
    assert told[0] == told[1]
    assert told[0]["parties"] == ["acme", "globex"]
    assert told[0]["terms"] == signed_alike(json.loads(record())).terms.digest


def test_no_other_document_says_anything_of_a_contract(gateway: Gateway):
    recorded = gateway.record(gateway.examine(transmission(order(), "globex")))
    assert "contract" not in statement(recorded)["document"]
    assert counts(gateway) == {"contracts": 0, "contract_parties": 0, "contract_signatures": 0}


def test_in_which_order_the_parties_are_listed_does_not_matter(gateway: Gateway):
    sign(gateway, "acme")
    parties = json.loads(record())["parties"]
    sign(gateway, "globex", parties=list(reversed(parties)))
    assert states(gateway) == ["in-force"]


def test_a_record_that_says_otherwise_is_a_conflict_that_names_what_differs(gateway: Gateway):
    (offer,) = sign(gateway, "acme")
    other = post(gateway, record("globex", valueCeiling="1.00", governingLaw=None), "globex")
    assert (other.submission.code, other.submission.verdict) == ("contract-conflict", "conflict")
    finding = other.submission.reading.findings[-1]
    assert (finding.rule, finding.stage) == ("GW-LINK-003", "link")
    assert finding.message == f"acme has signed version 1 otherwise, as {offer.id}: governingLaw, valueCeiling."
    assert statement(other)["type"] == "document.conflict"
    assert states(gateway) == ["offered"]
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_who_wants_it_otherwise_offers_another_version(gateway: Gateway):
    sign(gateway, "acme")
    sign(gateway, "globex", version=2, valueCeiling="1.00")
    assert states(gateway) == ["offered", "offered"]
    sign(gateway, "acme", version=2, valueCeiling="1.00")
    assert states(gateway) == ["superseded", "in-force"]


def test_what_is_refused_signs_nothing(gateway: Gateway):
    sign(gateway, "acme")
    post(gateway, record("globex", validUntil="2026-01-01"), "globex")
    assert states(gateway) == ["offered"]


def test_a_number_that_others_use_as_well_is_another_contract_s(gateway: Gateway):
    enrol(gateway, "initech", "test:initech", certificate("initech"))
    gateway.directory.refreshed()
    sign(gateway)
    theirs = [
        {"role": "seller", "identifiers": ["test:initech"], "name": "Initech"},
        json.loads(record())["parties"][1],
    ]
    content = record("globex", parties=theirs, valueCeiling="7.00")
    with_initech = post(gateway, content.replace(b'"version": 1', b'"version": 2'), "globex")
    assert with_initech.submission.code is None
    found = contracts.show(gateway.contracts, ID, LATER)
    assert [(one.name.parties, one.current.state) for one in found] == [
        (("acme", "globex"), "in-force"),
        (("globex", "initech"), "offered"),
    ]
    assert only(gateway, party="acme").name.parties == ("acme", "globex")
    assert contracts.show(gateway.contracts, ID, LATER, "nobody") == ()


def test_all_of_three_parties_have_to_sign(gateway: Gateway):
    enrol(gateway, "bank", "test:bank", certificate("bank"))
    gateway.directory.refreshed()
    parties = [*json.loads(record())["parties"], {"role": "guarantor", "identifiers": ["test:bank"], "name": "Bank"}]
    sign(gateway, parties=parties)
    assert (states(gateway), only(gateway).current.missing) == (["offered"], ("bank",))
    bank = post(
        gateway,
        record("acme", parties=parties).replace(b'"sender": "0088:7300010000001"', b'"sender": "test:bank"'),
        "bank",
    )
    assert bank.submission.code is None
    assert only(gateway, party="bank").applies


def test_it_is_told_of_any_moment_since(gateway: Gateway):
    sign(gateway, "acme")
    between = gateway.clock()
    sign(gateway, "globex")
    assert [one.state for one in only(gateway, at=between).versions] == ["offered"]
    assert only(gateway, at=gateway.clock()).applies
    assert contracts.show(gateway.contracts, ID, between - timedelta(days=1)) == ()
    assert states(gateway, at=datetime(2028, 1, 1, tzinfo=UTC)) == ["expired"]


def test_amendment_and_termination_name_what_they_are_about(gateway: Gateway):
    sign(gateway)
    about = {"parentContractId": ID, "valueCeiling": None, "priceList": None}
    sign(gateway, contract_id="FC-1/A", purpose="amendment", validFrom="2027-01-01", **about)
    assert states(gateway) == ["amended"]
    sign(gateway, contract_id="FC-1/T", purpose="termination", validFrom="2027-05-01", validUntil=None, **about)
    contract = only(gateway)
    assert contract.current.state == "terminated"
    assert [one.terms.contract_id for one in (*contract.amendments, *contract.terminations)] == ["FC-1/A", "FC-1/T"]
    assert states(gateway, at=datetime(2027, 4, 30, tzinfo=UTC)) == ["amended"]


def test_parties_that_sign_at_once_make_one_contract(gateway: Gateway):
    def work(sender: str) -> None:
        own = reopened(gateway)
        own.directory.refreshed()
        try:
            for version in range(1, 6):
                post(own, record(sender, version=version), sender)
        finally:
            own.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, ("acme", "globex") * 2))
    found = only(gateway)
    assert [one.state for one in found.versions] == ["superseded"] * 4 + ["in-force"]
    assert all(len(one.signatures) == 2 for one in found.versions)
    assert counts(gateway)["contract_signatures"] == 10
    verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_parties_that_differ_in_one_batch_are_one_accepted_and_one_conflict(gateway: Gateway):
    batch = [
        gateway.examine(transmission(record("acme"), "acme", "jws")),
        gateway.examine(transmission(record("globex", valueCeiling="1.00"), "globex", "jws")),
        gateway.examine(transmission(record("globex"), "globex", "jws")),
        examined("PO-1"),
    ]
    recorded = gateway.recorder.record(batch)
    assert [one.submission.code for one in recorded] == [None, "contract-conflict", None, None]
    assert states(gateway) == ["in-force"]


def test_contracts_are_listed_page_by_page_for_those_whom_they_are_between(gateway: Gateway):
    for name in ("C", "A", "B"):
        sign(gateway, contract_id=name)
    sign(gateway, "acme", contract_id="D")
    everything = contracts.find(gateway.contracts, ContractQuery(LATER))
    assert [one.name.contract_id for one in everything.contracts] == ["A", "B", "C", "D"]
    page = contracts.find(gateway.contracts, ContractQuery(LATER, limit=3))
    assert page.next == ContractName("C", ("acme", "globex"))
    rest = contracts.find(gateway.contracts, ContractQuery(LATER, after=page.next, limit=3))
    assert ([one.name.contract_id for one in rest.contracts], rest.next) == (["D"], None)
    offered = contracts.find(gateway.contracts, ContractQuery(LATER, state="offered"))
    assert [one.name.contract_id for one in offered.contracts] == ["D"]
    assert contracts.find(gateway.contracts, ContractQuery(LATER, party="nobody")).contracts == ()
    both = contracts.find(gateway.contracts, ContractQuery(LATER, party="acme", partner="globex"))
    assert len(both.contracts) == 4
    assert contracts.find(gateway.contracts, ContractQuery(LATER, party="acme", partner="nobody")).contracts == ()


def test_in_a_list_a_contract_stands_where_it_stands_when_it_is_shown_alone(gateway: Gateway):
    about = {"parentContractId": ID, "valueCeiling": None, "priceList": None}
    sign(gateway)
    sign(gateway, contract_id="FC-2")
    sign(gateway, contract_id="FC-1/A", purpose="amendment", validFrom="2027-01-01", **about)
    sign(gateway, contract_id="FC-1/T", purpose="termination", validFrom="2027-05-01", validUntil=None, **about)
    at = datetime(2027, 5, 2, tzinfo=UTC)
    listed = contracts.find(gateway.contracts, ContractQuery(at)).contracts
    assert {one.name.contract_id: one.current.state for one in listed}["FC-2"] == "in-force"
    assert listed == tuple(
        one for each in listed for one in contracts.show(gateway.contracts, each.name.contract_id, at)
    )
