"""What all parties to a contract sign alike, whoever of them writes the record."""

import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.documents import contract
from edi_gateway.documents.contract_terms import differing, read_content
from edi_gateway.model.contract import ContractRecord
from tests.house.repository import ROOT
from tests.support import programs
from tests.support.contracts import record
from tests.support.ubl import verified

PURPOSES = ("agreement", "amendment", "termination")


def read(content: bytes) -> ContractRecord:
    reading = contract.read(verified(content, "application/json"))
    assert reading.findings == ()
    assert reading.document is not None
    assert isinstance(reading.document.contract, ContractRecord)
    return reading.document.contract


def digest(**members: Any) -> str:
    return read(record(**members)).terms.digest


def parties() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(record())["parties"]
    return found


def test_who_sends_it_and_which_schema_it_names_is_not_part_of_it() -> None:
    assert digest(sender="globex") == digest(sender="acme") == digest(**{"$schema": "urn:edi-gateway:contract:1"})


def test_whatever_else_differs_is_another_contract() -> None:
    said = json.loads(record())
    changes = {
        "title": "Another",
        "issueDate": "2026-01-01",
        "validUntil": None,
        "currency": "USD",
        "valueCeiling": "250000.0",
        "priceList": said["priceList"][:-1],
        "paymentTerms": {"netDays": 31},
        "governingLaw": None,
        "parentContractId": "X",
        "pdfDigest": {"sha-256": "0" * 64},
    }
    found = {digest(**{name: value}) for name, value in changes.items()}
    assert len(found | {digest()}) == len(changes) + 1


def test_parties_and_their_identifiers_are_listed_in_any_order() -> None:
    listed = parties()
    listed[0]["identifiers"].append("VAT:DE1")
    turned = [listed[1], {**listed[0], "identifiers": listed[0]["identifiers"][::-1]}]
    assert digest(parties=listed) == digest(parties=turned)


def test_texts_that_look_the_same_are_the_same() -> None:
    assert digest(title="Caf\u00e9") == digest(title="Cafe\u0301")


def test_a_version_may_be_written_with_a_fraction() -> None:
    assert read(record().replace(b'"version": 1', b'"version": 1.0')).terms == read(record()).terms


def test_differences_are_told_by_the_members_names() -> None:
    one, other = read(record()), read(record(currency="USD", title=None, parentContractId="X"))
    assert differing(one.content, other.content) == ["currency", "parentContractId", "title"]
    assert differing(one.content, one.content) == []


def test_the_terms_can_be_read_from_the_content_again() -> None:
    found = read(record(purpose="amendment", parentContractId="FC-0", pdfDigest={"sha-256": "0" * 64}))
    assert read_content(found.content) == found.terms
    terms = found.terms
    assert (terms.contract_id, terms.version, terms.purpose, terms.parent) == ("FC-1", 1, "amendment", "FC-0")
    assert (terms.valid_from, terms.valid_until) == (date(2026, 11, 1), date(2027, 12, 31))
    assert terms.pdf == "0" * 64


def test_a_record_of_before_there_were_purposes_is_an_agreement() -> None:
    assert read(record()).terms.purpose == "agreement"
    assert "purpose" not in json.loads(record())


@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_amends_or_terminates_names_what_it_is_about(purpose: str) -> None:
    reading = contract.read(verified(record(purpose=purpose), "application/json"))
    assert [each.rule for each in reading.findings] == ([] if purpose == "agreement" else ["GW-CONTRACT-009"])
    assert reading.document is not None
    assert (reading.document.contract is None) == (purpose != "agreement")
    assert read(record(purpose=purpose, parentContractId="FC-0")).terms.purpose == purpose


def test_another_purpose_breaks_the_schema() -> None:
    (finding,) = contract.read(verified(record(purpose="renewal"), "application/json")).findings
    assert (finding.rule, finding.expected) == ("JSON-enum", "agreement, amendment, termination")


def test_what_breaks_a_rule_is_nobody_s_contract() -> None:
    document = contract.read(verified(record(validUntil="2020-01-01"), "application/json")).document
    assert document is not None
    assert document.contract is None


def test_the_program_in_the_documentation_computes_the_digest(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "contracts.md").read_text("utf-8"), re.DOTALL)
    listed = parties()
    listed[1]["identifiers"] += ["VAT:FR9", "0002:1"]
    hard = record(title="Cafe\u0301 \U0001f600", parties=listed).replace(b'"version": 1', b'"version": 1.0')
    (tmp_path / "docs" / "examples").mkdir(parents=True)
    for content in (hard, (ROOT / "docs" / "examples" / "contract.json").read_bytes()):
        (tmp_path / "docs" / "examples" / "contract.json").write_bytes(content)
        told = programs.run([sys.executable, "-c", program], text=True, cwd=tmp_path)
        assert told.stdout.strip() == read(content).terms.digest, told.stderr
