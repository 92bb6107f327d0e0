import copy
import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest

from edi_gateway.documents import contract_schema
from edi_gateway.documents.contract import peek, read
from edi_gateway.documents.schema import folder
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Finding, Reading, Reference
from edi_gateway.model.partner import Identifier
from edi_gateway.model.transmission import Verified
from tests.support import jws

SCHEMA = json.loads((folder() / "contract-1.schema.json").read_text(encoding="utf-8"))
SELLER = (Identifier("0088", "7300010000001"), Identifier("VAT", "DE123456789"))
BUYER = (Identifier("0088", "7300020000008"),)

Change = Callable[[dict[str, Any]], Any]


def reading(record: Any) -> Reading:
    content = record if isinstance(record, bytes) else json.dumps(record).encode()
    key = jws.partner_key(jws.key("p256"))
    return read(Verified("jws", "application/json", content, key, "ecdsa-sha256", "sha256"))


def example() -> dict[str, Any]:
    record: dict[str, Any] = copy.deepcopy(SCHEMA["examples"][0])
    return record


def changed(change: Change) -> Reading:
    record = example()
    change(record)
    return reading(record)


def found(result: Reading) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.locations[0].pointer) for finding in result.findings]


def test_the_schemas_example_is_accepted() -> None:
    result = reading(example())
    assert (result.findings, result.reached, result.truncated) == ((), "rules", False)
    assert [rules.name for rules in result.ruleset] == ["contract-1.schema.json", "gw-contract"]
    document = result.document
    assert document is not None
    assert (document.format, document.type, document.number) == ("contract-1", "contract", "FC-2026-014#1")
    assert (document.issue_date, document.currency) == (date(2026, 11, 20), "EUR")
    assert document.payable == Decimal("250000.00")
    assert document.references == (Reference("contract", "FC-2024-002"),)


def test_the_sender_comes_with_all_its_identifiers_and_the_others_receive() -> None:
    document = reading(example()).document
    assert document is not None
    assert (document.sender.identifiers, document.sender.name) == (SELLER, "Acme Tools GmbH")
    assert document.sender.location.pointer == "/parties/0"
    assert [party.identifiers for party in document.receivers] == [BUYER]


def test_either_party_may_send() -> None:
    document = changed(lambda record: record.update(sender="0088:7300020000008")).document
    assert document is not None
    assert document.sender.identifiers == BUYER
    assert [party.identifiers for party in document.receivers] == [SELLER]


def test_what_is_required_is_enough() -> None:
    record = {name: example()[name] for name in SCHEMA["required"]}
    result = reading(record)
    assert (result.findings, result.reached) == ((), "rules")
    assert result.document is not None
    assert (result.document.payable, result.document.references) == (None, ())


def test_a_new_version_has_a_number_of_its_own() -> None:
    numbers = {changed(lambda record, v=version: record.update(version=v)).document.number for version in (1, 2, 12)}
    assert numbers == {"FC-2026-014#1", "FC-2026-014#2", "FC-2026-014#12"}


def test_a_number_is_the_same_however_its_accents_are_composed() -> None:
    for number in ("Ra\u0308hmen-1", "R\u00e4hmen-1"):
        document = changed(lambda record, number=number: record.update(contractId=number)).document
        assert document is not None
        assert document.number == "R\u00e4hmen-1#1"


@pytest.mark.parametrize("number", ["FC-1\u200b", "FC\u00a01", "FC\u00ad-1"])
def test_a_number_that_looks_like_another_is_refused(number: str) -> None:
    assert found(changed(lambda record: record.update(contractId=number))) == [("GW-CONTRACT-008", "/contractId")]


def test_a_version_written_as_a_fraction_is_the_same_version() -> None:
    content = json.dumps(example()).replace('"version": 1,', '"version": 1.0,').encode()
    result = reading(content)
    assert result.findings == ()
    assert result.document is not None
    assert result.document.number == "FC-2026-014#1"


@pytest.mark.parametrize(
    ("change", "rule", "pointer"),
    [
        (lambda r: r.pop("validFrom"), "JSON-required", ""),
        (lambda r: r.update(note="x"), "JSON-additionalProperties", ""),
        (lambda r: r["parties"][0].update({"a/b~c": 1}), "JSON-additionalProperties", "/parties/0"),
        (lambda r: r.update(version="1"), "JSON-type", "/version"),
        (lambda r: r.update(version=0), "JSON-minimum", "/version"),
        (lambda r: r.update(version=10**30), "JSON-maximum", "/version"),
        (lambda r: r.update(issueDate="2026-02-30"), "JSON-format", "/issueDate"),
        (lambda r: r.update(issueDate="20261120"), "JSON-format", "/issueDate"),
        (lambda r: r.update(issueDate="0000-01-01"), "JSON-not", "/issueDate"),
        (lambda r: r["parties"].pop(), "JSON-minItems", "/parties"),
        (lambda r: r["parties"][1].update(role="king"), "JSON-enum", "/parties/1/role"),
        (lambda r: r["parties"][1].update(identifiers=[]), "JSON-minItems", "/parties/1/identifiers"),
        (lambda r: r["parties"][1].update(identifiers=["x"]), "JSON-pattern", "/parties/1/identifiers/0"),
        (lambda r: r.update(sender="0088: 1"), "JSON-pattern", "/sender"),
        (lambda r: r.update(currency="eur"), "JSON-pattern", "/currency"),
        (lambda r: r.update(valueCeiling=250000.0), "JSON-type", "/valueCeiling"),
        (lambda r: r.update(valueCeiling="1e9"), "JSON-pattern", "/valueCeiling"),
        (lambda r: r.update(valueCeiling="-1"), "JSON-pattern", "/valueCeiling"),
        (lambda r: r.update(valueCeiling="١"), "JSON-pattern", "/valueCeiling"),
        (lambda r: r["priceList"][0].update(baseQuantity="0.00"), "JSON-pattern", "/priceList/0/baseQuantity"),
        (lambda r: r["priceList"][0].update(itemIds={}), "JSON-minProperties", "/priceList/0/itemIds"),
        (lambda r: r["paymentTerms"].pop("discountDays"), "JSON-required", "/paymentTerms"),
        (lambda r: r["governingLaw"].update(country="Germany"), "JSON-pattern", "/governingLaw/country"),
        (lambda r: r["pdfDigest"].update({"sha-256": "A" * 64}), "JSON-pattern", "/pdfDigest/sha-256"),
        (lambda r: r.update(contractId="x\n"), "JSON-pattern", "/contractId"),
        (lambda r: r.update(contractId="x" * 201), "JSON-maxLength", "/contractId"),
        (lambda r: r.update({"$schema": "urn:other"}), "JSON-const", "/$schema"),
        (lambda r: r.update(validUntil="2026-12-31"), "GW-CONTRACT-001", "/validUntil"),
        (lambda r: r.update(sender="0088:1"), "GW-CONTRACT-002", "/sender"),
        (
            lambda r: r["parties"][1]["identifiers"].append("VAT:DE123456789"),
            "GW-CONTRACT-003",
            "/parties/1/identifiers/1",
        ),
        (
            lambda r: r["governingLaw"].update(subdivision="US-NY"),
            "GW-CONTRACT-004",
            "/governingLaw/subdivision",
        ),
        (
            lambda r: r["priceList"].append(r["priceList"][1] | {"price": "0.05"}),
            "GW-CONTRACT-005",
            "/priceList/2/itemIds/seller",
        ),
        (lambda r: r["paymentTerms"].update(discountDays=31), "GW-CONTRACT-006", "/paymentTerms/discountDays"),
        (lambda r: r.update(parentContractId=r["contractId"]), "GW-CONTRACT-007", "/parentContractId"),
    ],
)
def test_each_fault_is_found_where_it_is(change: Change, rule: str, pointer: str) -> None:
    result = changed(change)
    assert found(result) == [(rule, pointer)]
    assert result.findings[0].refuses
    assert result.document is not None
    assert result.reached == ("schema" if rule.startswith("JSON") else "rules")


def test_several_faults_are_found_at_once() -> None:
    def spoil(record: dict[str, Any]) -> None:
        record.update(currency="€", version=None, note=1)
        del record["validFrom"]
        record["priceList"][1]["price"] = 3.1

    assert sorted(found(changed(spoil))) == [
        ("JSON-additionalProperties", ""),
        ("JSON-pattern", "/currency"),
        ("JSON-required", ""),
        ("JSON-type", "/priceList/1/price"),
        ("JSON-type", "/version"),
    ]


def test_several_broken_rules_are_found_at_once() -> None:
    def spoil(record: dict[str, Any]) -> None:
        record.update(validUntil="2020-01-01", sender="0088:1", parentContractId=record["contractId"])

    assert [rule for rule, _ in found(changed(spoil))] == ["GW-CONTRACT-001", "GW-CONTRACT-002", "GW-CONTRACT-007"]


def test_a_finding_says_what_was_expected_and_what_was_there() -> None:
    finding = changed(lambda record: record["parties"][0].update(role="king")).findings[0]
    assert (finding.stage, finding.severity, finding.actual) == ("schema", "fatal", "king")
    assert finding.expected == "buyer, seller, agent, carrier, guarantor, other"
    late = changed(lambda record: record.update(validUntil="2026-12-31")).findings[0]
    assert (late.stage, late.expected, late.actual) == ("rules", "2027-01-01 or later", "2026-12-31")


def test_a_finding_repeats_little_of_the_senders_text() -> None:
    def spoil(record: dict[str, Any]) -> None:
        record.update({"currency": "€" * 5000, "n" * 5000: 1, "version": 10**60})

    for finding in changed(spoil).findings:
        assert len(finding.actual or "") <= 200
        assert "nnn" not in finding.message
        assert "€" not in finding.message


def test_there_is_an_end_to_the_findings() -> None:
    result = changed(lambda record: record.update(priceList=[{"price": 1}] * 500))
    assert len(result.findings) == 201


def test_a_fault_far_down_a_price_list_is_found_where_it_is() -> None:
    prices = [{"itemIds": {"seller": str(n)}, "unitCode": "C62", "price": "1"} for n in range(10_001)]
    prices[9_999]["unitCode"] = "piece"
    at_the_limit = changed(lambda record: record.update(priceList=prices[:10_000]))
    assert found(at_the_limit) == [("JSON-pattern", "/priceList/9999/unitCode")]
    beyond = changed(lambda record: record.update(priceList=prices))
    assert found(beyond) == [("JSON-maxItems", "/priceList"), ("JSON-pattern", "/priceList/9999/unitCode")]
    assert SCHEMA["properties"]["priceList"]["maxItems"] == 10_000


@pytest.mark.parametrize(
    "record",
    [
        {"priceList": [{}] * 60_000},
        {"parties": [{"identifiers": [""] * 10_000}] * 10},
        {"parties": [{}] * 60_000},
        {f"x{n}": 1 for n in range(60_000)},
    ],
    ids=["prices", "identifiers", "parties", "members"],
)
def test_a_record_made_of_faults_is_shortened_before_it_is_judged(record: Any, monkeypatch: Any) -> None:
    # The validator makes an error for each fault, with the value it is about: a megabyte of faults took a gigabyte.
    judged: list[int] = []
    faults = contract_schema._faults

    def counted(part: str, value: Any, pointer: str) -> Iterator[Finding]:
        judged.append(len(json.dumps(value)))
        return faults(part, value, pointer)

    monkeypatch.setattr(contract_schema, "_faults", counted)
    result = reading(record)
    assert any(finding.rule in ("JSON-maxItems", "JSON-additionalProperties") for finding in result.findings)
    assert sum(judged) < 20_000


def test_what_is_there_is_not_called_missing_where_a_record_is_shortened() -> None:
    def bury(record: dict[str, Any]) -> None:
        kept = dict(record)
        record.clear()
        record.update({f"x{n}": 1 for n in range(1000)} | kept)

    assert {rule for rule, _ in found(changed(bury))} == {"JSON-additionalProperties"}


def test_a_broken_record_still_tells_what_can_be_read() -> None:
    document = reading({"contractId": "C-9", "parties": [5, {"identifiers": ["0088:1", 7, ":", "x"]}]}).document
    assert document is not None
    assert (document.number, document.issue_date, document.currency, document.payable) == ("C-9", None, None, None)
    assert document.sender.identifiers == ()
    assert [party.identifiers for party in document.receivers] == [(), (Identifier("0088", "1"),)]


@pytest.mark.parametrize("record", [[], 5, "x", None, True, [example()]])
def test_json_of_another_kind_is_no_document(record: Any) -> None:
    result = reading(record)
    assert found(result) == [("JSON-type", "")]
    assert result.document is None


def test_what_is_not_json_is_malformed() -> None:
    with pytest.raises(Rejection) as refused:
        reading(b'{"contractId": "A", "contractId": "B"}')
    assert refused.value.code == "document-malformed"


def test_the_claimed_sender_can_be_seen_before_verification() -> None:
    assert peek(json.dumps(example()).encode()) == SELLER
    assert peek(json.dumps({"sender": "0088:1"}).encode()) == (Identifier("0088", "1"),)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"sender":5}', b'{"parties":{}}', b"\xff", b"[" * 9999])
def test_no_claimed_sender_is_no_error(content: bytes) -> None:
    assert peek(content) == ()


def test_the_schema_is_one_and_says_what_everything_means() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    undocumented = []
    waiting = [("", SCHEMA)]
    while waiting:
        path, schema = waiting.pop()
        for name, member in (schema.get("properties", {}) | schema.get("$defs", {})).items():
            if not member.get("description", "").endswith("."):
                undocumented.append(f"{path}/{name}")
            waiting.append((f"{path}/{name}", member))
    assert undocumented == []
