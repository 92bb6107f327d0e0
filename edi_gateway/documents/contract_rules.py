"""What a contract record must hold to beyond its schema: the relations between its fields."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from edi_gateway.model.document import MAX_ECHO, Finding, Location

Record: TypeAlias = dict[str, Any]
"""A record that keeps the schema: what it requires is there, and of its type."""


def check(record: Record) -> Iterator[Finding]:
    """Every broken rule of a record that keeps `contract-1.schema.json`."""
    for rule in (_number, _validity, _sender, _identifiers, _law, _prices, _discount, _parent, _purpose):
        yield from rule(record)


def _finding(rule: str, message: str, pointer: str, actual: str, expected: str | None = None) -> Finding:
    return Finding(
        rule=f"GW-CONTRACT-{rule}",
        severity="fatal",
        stage="rules",
        message=message,
        expected=expected,
        actual=actual[:MAX_ECHO],
        locations=(Location(pointer=pointer),),
    )


def _number(record: Record) -> Iterator[Finding]:
    number = record["contractId"]
    # Two numbers that look the same are one to whoever pays; to compare, they must be the same.
    if not number.isprintable():
        yield _finding("008", "The number has characters that are not visible.", "/contractId", number)


def _validity(record: Record) -> Iterator[Finding]:
    # Dates in this form sort as text.
    first, last = record["validFrom"], record.get("validUntil")
    if last is not None and last < first:
        yield _finding("001", "validUntil is before validFrom.", "/validUntil", last, f"{first} or later")


def _sender(record: Record) -> Iterator[Finding]:
    if not any(record["sender"] in party["identifiers"] for party in record["parties"]):
        message = "The sender is none of the parties."
        yield _finding("002", message, "/sender", record["sender"], "an identifier under parties")


def _identifiers(record: Record) -> Iterator[Finding]:
    seen = set()
    for index, party in enumerate(record["parties"]):
        for place, identifier in enumerate(party["identifiers"]):
            if identifier in seen:
                pointer = f"/parties/{index}/identifiers/{place}"
                yield _finding("003", "An identifier names one party, once.", pointer, identifier)
            seen.add(identifier)


def _law(record: Record) -> Iterator[Finding]:
    law = record.get("governingLaw", {})
    country, subdivision = law.get("country"), law.get("subdivision")
    if subdivision and not subdivision.startswith(f"{country}-"):
        message = "The subdivision lies in another country."
        yield _finding("004", message, "/governingLaw/subdivision", subdivision, f"{country}-…")


def _prices(record: Record) -> Iterator[Finding]:
    seen = set()
    for index, price in enumerate(record.get("priceList", [])):
        for kind, item in price["itemIds"].items():
            key = (kind, item, price["unitCode"])
            if key in seen:
                pointer = f"/priceList/{index}/itemIds/{kind}"
                yield _finding("005", "An item has one price for each unit.", pointer, item)
            seen.add(key)


def _discount(record: Record) -> Iterator[Finding]:
    terms = record.get("paymentTerms", {})
    net, discount = terms.get("netDays"), terms.get("discountDays")
    if discount is not None and discount > net:
        message = "The discount runs for longer than the payment term."
        yield _finding("006", message, "/paymentTerms/discountDays", str(discount), f"at most {net}")


def _parent(record: Record) -> Iterator[Finding]:
    if record.get("parentContractId") == record["contractId"]:
        yield _finding("007", "A contract is not its own parent.", "/parentContractId", record["contractId"])


def _purpose(record: Record) -> Iterator[Finding]:
    purpose = record.get("purpose", "agreement")
    if purpose != "agreement" and "parentContractId" not in record:
        message = f"A contract that is there for {purpose} names the contract that it is about."
        yield _finding("009", message, "/purpose", purpose, "parentContractId beside it")
