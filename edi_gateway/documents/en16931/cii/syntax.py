"""Rules of the binding to CII (CII-SR-…, CII-DT-…) that neither a table nor a count can say."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from lxml import etree

from edi_gateway.documents.cii_names import NAMESPACES, clark
from edi_gateway.documents.en16931.cii.bounds import BOUNDS, Bound, ByNames, Check, checks, found
from edi_gateway.documents.en16931.cii.places import steps
from edi_gateway.documents.en16931.rule import Fired, Rule, Severity
from edi_gateway.documents.en16931.values import BLANKS, normalized, text_of

_RAM: Final = f"{{{NAMESPACES['ram']}}}"
_TYPE: Final = f"{_RAM}TypeCode"
_ADDITIONAL: Final = f"{_RAM}AdditionalReferencedDocument"
_PRECEDING: Final = f"{_RAM}InvoiceReferencedDocument"
_APPLICABLE: Final = f"{_RAM}ApplicableTradeTax"
_SETTLEMENT: Final = f"{_RAM}ApplicableHeaderTradeSettlement"
_TENDER, _OBJECT, _SUPPORTING = "50", "130", "916"
"""UNTDID 1001: what a ram:AdditionalReferencedDocument is: tender, invoiced object, supporting document."""


def _one_of_a_type(number: str, code: str, child: str = "", is_exact: bool = False) -> Check:
    """At most one additional document of a type, or, over all of them, one of a child."""

    def check(element: etree._Element) -> Iterable[Fired]:
        there = [each for each in element.iterchildren(_ADDITIONAL) if code in _types(each, is_exact)]
        if child:
            there = [one for each in there for one in each.iterchildren(f"{_RAM}{child}")]
        return (Fired(f"CII-SR-{number}", there[1], "at most 1", str(len(there))),) if len(there) > 1 else ()

    return check


def _types(reference: etree._Element, is_exact: bool) -> Iterator[str]:
    for each in reference.iterchildren(_TYPE):
        yield text_of(each) if is_exact else normalized(text_of(each))


_NUMBERS: Final = ("ID", "GlobalID")
_CONTACT: Final = ("PersonName", "DepartmentName", "DefinedTradeContact")


def _not_both(number: str, party: str, first: str, second: str, below: str = "") -> Check:
    """A party, or its contacts, don't have two children that say the same."""
    path = [f"{_RAM}{name}" for name in (party, below) if name]

    def check(element: etree._Element) -> Iterable[Fired]:
        holders = found(element, *path)
        one = next((each for holder in holders for each in holder.iterchildren(f"{_RAM}{first}")), None)
        other = next((each for holder in holders for each in holder.iterchildren(f"{_RAM}{second}")), None)
        return (Fired(f"CII-SR-{number}", other),) if one is not None and other is not None else ()

    return ByNames(check)


def _indicated(element: etree._Element) -> Iterable[Fired]:
    has_one = next(element.iterchildren(f"{_RAM}ChargeIndicator"), None) is not None
    return () if has_one else (Fired("CII-SR-463", element),)


def _discount(element: etree._Element) -> Iterable[Fired]:
    """A discount has an amount and is no charge; or there is neither indicator nor amount."""
    applied = found(element, f"{_RAM}GrossPriceProductTradePrice", f"{_RAM}AppliedTradeAllowanceCharge")
    indicators = [one for each in applied for one in each.iterchildren(f"{_RAM}ChargeIndicator")]
    amounts = [one for each in applied for one in each.iterchildren(f"{_RAM}ActualAmount")]
    if not indicators and not amounts:
        return ()
    said = [text_of(each).strip() for one in indicators for each in one.iterchildren(clark("udt:Indicator"))]
    is_discount = "false" in said or "0" in said
    return () if is_discount and amounts else (Fired("CII-SR-119", applied[0]),)


def _global_scheme(element: etree._Element) -> Iterable[Fired]:
    numbers = [*element.iterchildren(f"{_RAM}GlobalID")]
    without = numbers and all(each.get("schemeID") is None for each in numbers)
    return (Fired("CII-SR-046", numbers[0]),) if without else ()


_TRANSFERS: Final = ("30", "58")


def _accounts(element: etree._Element) -> Iterable[Fired]:
    for means in element.iterchildren(f"{_RAM}SpecifiedTradeSettlementPaymentMeans"):
        if any(normalized(text_of(each)) in _TRANSFERS for each in means.iterchildren(_TYPE)):
            account = found(means, f"{_RAM}PayeePartyCreditorFinancialAccount")
            if not any(True for each in account for _ in each.iterchildren(f"{_RAM}IBANID", f"{_RAM}ProprietaryID")):
                yield Fired("CII-SR-470", means)
                return


def _reference(element: etree._Element) -> Iterable[Fired]:
    """What only some references may have."""
    is_additional = element.tag == _ADDITIONAL
    types = [text_of(each) for each in element.iterchildren(_TYPE)] if is_additional else []
    for child in element.iterchildren(*_OF_SOME):
        number, codes = _OF_SOME[str(child.tag)]
        if element.tag == _PRECEDING and number == "027":
            continue
        if not any(code in types for code in codes):
            yield Fired(f"CII-DT-{number}", child)


_OF_SOME: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        f"{_RAM}URIID": ("015", (_SUPPORTING,)),
        _TYPE: ("018", (_TENDER, _OBJECT, _SUPPORTING)),
        f"{_RAM}Name": ("021", (_SUPPORTING,)),
        f"{_RAM}AttachmentBinaryObject": ("022", (_SUPPORTING,)),
        f"{_RAM}ReferenceTypeCode": ("024", (_OBJECT,)),
        f"{_RAM}FormattedIssueDateTime": ("027", ()),
    }
)


def _tax(element: etree._Element) -> Iterable[Fired]:
    """That all taxes are VAT."""
    types = [*element.iterchildren(_TYPE)]
    if types and all(text_of(each) != "VAT" for each in types):
        yield Fired("CII-DT-037", types[0], "VAT", text_of(types[0]))


def _parts_of_tax(element: etree._Element) -> Iterable[Fired]:
    """What only the breakdown, or only an invoiced tax, may have."""
    for child in element.iterchildren(*_OF_BREAKDOWN, *_OF_APPLICABLE):
        tag = str(child.tag)
        if tag in _OF_BREAKDOWN:
            if next(element.iterancestors(_SETTLEMENT), None) is None:
                yield Fired(_OF_BREAKDOWN[tag], child)
        elif element.tag != _APPLICABLE:
            yield Fired(_OF_APPLICABLE[tag], child)


_OF_BREAKDOWN: Final = {
    f"{_RAM}BasisAmount": "CII-DT-041",
    f"{_RAM}TaxPointDate": "CII-DT-054",
    f"{_RAM}DueDateTypeCode": "CII-DT-058",
}
_OF_APPLICABLE: Final = {f"{_RAM}ExemptionReasonCode": "CII-DT-052", f"{_RAM}ExemptionReason": "CII-DT-098"}
# Blanks are XML's own, digits those of any script (XML Schema 2 §F.1.1).
_DAY = re.compile(rf"[{BLANKS}]*\d{{4}}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9])[{BLANKS}]*")


def _day(element: etree._Element) -> Iterable[Fired]:
    if element.get("format") != "102" or _DAY.fullmatch(text_of(element)):
        return ()
    return (Fired("CII-DT-097", element, "CCYYMMDD", text_of(element)),)


def _rule(id: str, severity: Severity, message: str, terms: str = "") -> Rule:
    return Rule(id, severity, tuple(terms.split()), message)


_ONE: Final = "has one identifier: ram:ID or ram:GlobalID."
_WHO: Final = "contact is a person or a department."
_ROWS: Final[tuple[tuple[str, str, Severity, str, str, Check], ...]] = (
    ("product", "046", "fatal", "BT-157", "The item's standard identifier has no scheme.", ByNames(_global_scheme)),
    ("line-agreement", "119", "warning", "BT-147", "A discount on a price has an amount, and is no charge.", _discount),
    ("line-settlement", "474", "warning", "BT-128", "A line refers to one object.", _one_of_a_type("474", _OBJECT)),
    ("agreement", "457", "warning", "BT-17", "There may be one tender.", _one_of_a_type("457", _TENDER, is_exact=True)),
    ("agreement", "458", "warning", "BT-18", "There may be one object.", _one_of_a_type("458", _OBJECT, is_exact=True)),
    (
        "agreement",
        "475",
        "warning",
        "BT-123",
        "All supporting documents together have one ram:Name.",
        _one_of_a_type("475", _SUPPORTING, "Name"),
    ),
    (
        "agreement",
        "476",
        "warning",
        "BT-125",
        "All supporting documents together have one attachment.",
        _one_of_a_type("476", _SUPPORTING, "AttachmentBinaryObject"),
    ),
    ("agreement", "450", "warning", "BT-46", f"The buyer {_ONE}", _not_both("450", "BuyerTradeParty", *_NUMBERS)),
    ("delivery", "449", "warning", "BT-71", f"The place {_ONE}", _not_both("449", "ShipToTradeParty", *_NUMBERS)),
    ("settlement", "451", "warning", "BT-60", f"The payee {_ONE}", _not_both("451", "PayeeTradeParty", *_NUMBERS)),
    ("agreement", "465", "warning", "BT-41", f"The seller's {_WHO}", _not_both("465", "SellerTradeParty", *_CONTACT)),
    ("agreement", "466", "warning", "BT-56", f"The buyer's {_WHO}", _not_both("466", "BuyerTradeParty", *_CONTACT)),
    ("settlement", "470", "fatal", "BT-81 BT-84", "A credit transfer needs the payee's account.", _accounts),
)
"""Where, the number of the rule, its severity and terms, what it says, and how it is judged."""
_OF_AN_INVOICED_TAX: Final = "Only a line's tax and the VAT breakdown give the reason of an exemption."
_ANY: Final[Mapping[str, tuple[Check, ...]]] = {
    clark("ram:SpecifiedTradeAllowanceCharge"): (ByNames(_indicated),),
    clark("udt:DateTimeString"): (_day,),
}
_MORE: Final = (
    _rule("CII-SR-463", "fatal", "An allowance or charge says which of the two it is."),
    _rule("CII-DT-037", "fatal", "The tax is VAT."),
    *(_rule(id, "warning", "Only the VAT breakdown has this.") for id in _OF_BREAKDOWN.values()),
    *(_rule(id, "warning", _OF_AN_INVOICED_TAX) for id in _OF_APPLICABLE.values()),
    *(
        _rule(f"CII-DT-{number}", "fatal", f"Only some references have a ram:{name.removeprefix(_RAM)}.")
        for name, (number, _) in _OF_SOME.items()
    ),
    _rule("CII-DT-097", "fatal", "A day in the format 102 is written CCYYMMDD."),
)
RULES: Final = (
    *(_rule(each.id, each.severity, each.said) for each in BOUNDS),
    *(_rule(f"CII-SR-{number}", severity, said, terms) for _, number, severity, terms, said, _ in _ROWS),
    *_MORE,
)


@cache
def checks_at() -> Mapping[tuple[str, ...], tuple[Check, ...]]:
    """By the path below the root."""
    bounds: dict[str, list[Bound]] = defaultdict(list)
    for bound in BOUNDS:
        for place in filter(None, (bound.at, bound.also)):
            if not place.startswith("//"):
                bounds[place].append(bound)
    by_path: dict[tuple[str, ...], list[Check]] = defaultdict(list)
    for place, several in bounds.items():
        by_path[steps(place)] += checks(several)
    for place, *_, check in _ROWS:
        by_path[steps(place)].append(check)
    return {path: tuple(each) for path, each in by_path.items()}


@cache
def checks_of_any(tag: str) -> tuple[Check, ...]:
    """For an element of that name wherever it is."""
    bounds = tuple(checks(bound for bound in BOUNDS if bound.at.startswith("//") and clark(bound.at[2:]) == tag))
    kinds: tuple[Check, ...] = ()
    if tag.startswith(_RAM):
        kinds = (
            (_tax, ByNames(_parts_of_tax))
            if tag.endswith("TradeTax")
            else (_reference,)
            if tag.endswith("ReferencedDocument")
            else ()
        )
    return (*bounds, *_ANY.get(tag, ()), *kinds)
