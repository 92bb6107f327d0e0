"""What occurs at most once, or exactly once, at some place in CII (CII-SR-…)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from lxml import etree

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931.cii.places import shown
from edi_gateway.documents.en16931.rule import Fired, Severity

Check = Callable[[etree._Element], Iterable[Fired]]
"""Judges one element."""


@dataclass(frozen=True, slots=True)
class ByNames:
    """A check that looks at names alone, so that it finds the same in all documents with the same outline."""

    check: Check

    def __call__(self, element: etree._Element) -> Iterable[Fired]:
        return self.check(element)


def found(element: etree._Element, *names: str) -> Sequence[etree._Element]:
    """The elements at the end of a path of Clark names."""
    level = [element]
    for name in names:
        level = [child for each in level for child in each.iterchildren(name)]
    return level


class Bound(NamedTuple):
    """How often something occurs at a place, and maybe at another one: at most once, or exactly once."""

    number: str
    severity: Severity
    at: str
    path: str
    exactly: bool = False
    needed_by: str = ""
    also: str = ""

    @property
    def id(self) -> str:
        return f"CII-SR-{self.number}"

    @property
    def said(self) -> str:
        how = "once" if self.exactly else "at most once"
        return f"In {shown(self.at.removeprefix('//'))}, {self.path} stands {how}."

    @property
    def is_simple(self) -> bool:
        """Whether children alone have to be counted."""
        return "/" not in self.path and not self.exactly

    def check(self) -> Check:
        path = tuple(map(clark, self.path.split("/")))
        id, exactly, needed_by = self.id, self.exactly, self.needed_by and clark(self.needed_by)
        first = path[0]

        def judge(element: etree._Element) -> Iterable[Fired]:
            there = [*element.iterchildren(first)] if len(path) == 1 else found(element, *path)
            if len(there) == 1 or (not there and not exactly):
                return ()
            if needed_by and next(element.iterchildren(needed_by), None) is None:
                return ()
            return (Fired(id, there[1] if there else element, "1" if exactly else "at most 1", str(len(there))),)

        return ByNames(judge)


def _totals() -> Iterator[Bound]:
    names = (
        "LineTotalAmount ChargeTotalAmount AllowanceTotalAmount TaxBasisTotalAmount RoundingAmount GrandTotalAmount "
        "InformationAmount TotalPrepaidAmount TotalDiscountAmount TotalAllowanceChargeAmount DuePayableAmount "
        "RetailValueExcludingTaxInformationAmount TotalDepositFeeInformationAmount "
        "ProductValueExcludingTobaccoTaxInformationAmount TotalRetailValueInformationAmount GrossLineTotalAmount "
        "NetLineTotalAmount NetIncludingTaxesLineTotalAmount"
    )
    for number, name in enumerate(names.split(), 477):
        yield Bound(str(number), "fatal", "totals", f"ram:{name}")


_GUIDELINE: Final = "ram:GuidelineSpecifiedDocumentContextParameter"
_TERMS: Final = "ram:SpecifiedTradePaymentTerms"
_NET: Final = "ram:NetPriceProductTradePrice/ram:ChargeAmount"
_CHANGE: Final = "//ram:SpecifiedTradeAllowanceCharge"
_APPLIED: Final = "ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge"
_WITHIN: Final = f"subordinate/ram:SpecifiedSubordinateLineTradeAgreement/{_APPLIED}"
BOUNDS: Final = (
    Bound("003", "warning", "context", "ram:BusinessProcessSpecifiedDocumentContextParameter"),
    Bound("009", "fatal", "context", _GUIDELINE, exactly=True),
    Bound("010", "fatal", "context", f"{_GUIDELINE}/ram:ID", exactly=True),
    Bound("014", "fatal", "document", "ram:TypeCode", exactly=True),
    Bound("030", "warning", "document/ram:IncludedNote", "ram:Content"),
    Bound("039", "warning", "line-document", "ram:IncludedNote"),
    Bound("040", "warning", "line-document", "ram:IncludedNote/ram:Content"),
    Bound("069", "fatal", "characteristic", "ram:Description", exactly=True),
    Bound("072", "fatal", "characteristic", "ram:Value", exactly=True),
    Bound("090", "fatal", "product", "ram:OriginTradeCountry/ram:ID", exactly=True, needed_by="ram:OriginTradeCountry"),
    Bound("439", "fatal", "line-agreement", _NET, exactly=True),
    Bound("441", "fatal", "line-agreement", _NET),
    Bound("440", "fatal", f"line-agreement/{_APPLIED}", "ram:ActualAmount", also=_WITHIN),
    Bound("471", "fatal", _CHANGE, "ram:RateApplicablePercent"),
    Bound("472", "fatal", _CHANGE, "ram:CategoryTradeTax"),
    Bound("473", "fatal", _CHANGE, "ram:ActualAmount"),
    Bound("454", "warning", "line-settlement", "ram:ApplicableTradeTax", exactly=True),
    Bound("455", "fatal", "agreement", "ram:SellerTradeParty/ram:DefinedTradeContact"),
    Bound("456", "fatal", "agreement", "ram:BuyerTradeParty/ram:DefinedTradeContact"),
    Bound("459", "fatal", "agreement", "ram:SellerTradeParty/ram:URIUniversalCommunication"),
    Bound("460", "fatal", "agreement", "ram:BuyerTradeParty/ram:URIUniversalCommunication"),
    Bound("452", "warning", "settlement", _TERMS),
    Bound("453", "warning", "settlement", f"{_TERMS}/ram:Description"),
    Bound("461", "fatal", "settlement", "ram:ApplicableTradeTax/ram:TaxPointDate"),
    *_totals(),
)


def checks(bounds: Iterable[Bound]) -> Iterator[Check]:
    """For what is at one place: the simple ones count an element's children in one go."""
    simple: dict[str, str] = {}
    for bound in bounds:
        if bound.is_simple:
            simple[clark(bound.path)] = bound.id
        else:
            yield bound.check()
    if simple:
        yield _at_most_once(simple)


def _at_most_once(rules: dict[str, str]) -> Check:
    """`rules` by the children's names."""

    def judge(element: etree._Element) -> Iterable[Fired]:
        seen: dict[Any, list[etree._Element]] = {}
        again = False
        for child in element:
            tag: Any = child.tag
            if tag in rules:
                again = again or tag in seen
                seen.setdefault(tag, []).append(child)
        if not again:
            return ()
        several = ((tag, there) for tag, there in seen.items() if len(there) > 1)
        return [Fired(rules[tag], there[1], "at most 1", str(len(there))) for tag, there in several]

    return ByNames(judge)
