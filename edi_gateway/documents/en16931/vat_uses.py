"""Where an invoice uses VAT categories, what they add up to there, and whose VAT identifiers it gives."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from edi_gateway.documents.en16931.amounts import ZERO, number
from edi_gateway.documents.en16931.checks import is_vat
from edi_gateway.documents.en16931.contexts import claims_charge, has_parent, in_item_of_line, is_allowance, is_charge
from edi_gateway.documents.en16931.tree import LINES, Group, Invoice, code_of

Place = Literal["line", "item", "allowance", "charge", "unsaid", "breakdown", "elsewhere"]
"""`unsaid` is an AllowanceCharge that doesn't say which of the two it is; `item` one that is in no line."""


class Use(NamedTuple):
    """A VAT category somewhere. `written` is its code with the blanks around it."""

    group: Group
    code: str
    written: str
    place: Place
    is_vat: bool

    @property
    def is_priced(self) -> bool:
        """Whether the category is that of something invoiced, and not only of a breakdown."""
        return self.place not in ("breakdown", "elsewhere")


@dataclass(frozen=True, slots=True)
class Parties:
    """Which identifiers for taxes there are."""

    seller: bool
    seller_vat: bool
    representative_vat: bool
    buyer_vat: bool
    buyer_registered: bool


def uses(invoice: Invoice) -> Mapping[str, Sequence[Use]]:
    """All uses by code."""
    found: dict[str, list[Use]] = defaultdict(list)
    for name in ("cac:ClassifiedTaxCategory", "cac:TaxCategory"):
        for group in invoice.groups.get(name, ()):
            written = group.text("cbc:ID") or ""
            code = code_of(written)
            found[code].append(Use(group, code, written, _place(group), is_vat(group)))
    return found


def _place(group: Group) -> Place:
    parent = group.parent
    if group.name == "cac:ClassifiedTaxCategory":
        return "line" if in_item_of_line(group) else "item"
    if parent is not None and parent.name == "cac:AllowanceCharge":
        return "allowance" if is_allowance(parent) else "charge" if is_charge(parent) else "unsaid"
    if parent is not None and has_parent(group, "cac:TaxSubtotal", "cac:TaxTotal"):
        total = parent.parent
        if total is not None and total.parent is not None and total.parent.parent is None:
            return "breakdown"
    return "elsewhere"


def stands_at(use: Use, place: str) -> bool:
    """Whether the use is there. In what claims to be an allowance and a charge, it is in both."""
    if place == "charge" and use.place == "allowance":
        return use.group.parent is not None and claims_charge(use.group.parent)
    return use.place == place


def parties(invoice: Invoice) -> Parties:
    """Who gives which identifier."""
    seller = [*invoice.everywhere("cac:AccountingSupplierParty", "cac:Party", "cac:PartyTaxScheme")]
    buyer = [*invoice.everywhere("cac:AccountingCustomerParty", "cac:Party", "cac:PartyTaxScheme")]
    representative = invoice.everywhere("cac:TaxRepresentativeParty", "cac:PartyTaxScheme")
    registered = invoice.everywhere("cac:AccountingCustomerParty", "cac:Party", "cac:PartyLegalEntity")
    return Parties(
        seller=_have(seller),
        seller_vat=_have(seller, is_vat),
        representative_vat=_have(representative, is_vat),
        buyer_vat=_have(buyer, is_vat),
        buyer_registered=_have(registered),
    )


def _have(groups: Iterable[Group], are_meant: Callable[[Group], bool] | None = None) -> bool:
    return any("cbc:CompanyID" in each.values and (are_meant is None or are_meant(each)) for each in groups)


Rate = Decimal | None
"""None stands for all rates together."""
_Sums = dict[tuple[str, Rate], Decimal]


class Sums:
    """What lines, allowances and charges of each category, and of each category and rate, add up to.

    An allowance counts as negative. Lines of invoices and of credit notes are told apart, as the official rules do.
    """

    def __init__(self, invoice: Invoice) -> None:
        self._root = invoice.root
        self._lines: dict[str, _Sums] = {name: {} for name in LINES}
        self._others: _Sums = {}
        for name in LINES:
            for line in invoice.groups.get(name, ()):
                self._add(line, "cbc:LineExtensionAmount", line.below(*_ITEM), self._lines[name], 1)
        for group in invoice.groups.get("cac:AllowanceCharge", ()):
            if categories := group.groups.get("cac:TaxCategory"):
                sign = claims_charge(group) - is_allowance(group)
                self._add(group, "cbc:Amount", categories, self._others, sign)
        self.kinds: Final = tuple(name for name in LINES if invoice.groups.get(name))
        """Of which kind there are lines."""

    def total(self, kind: str, code: str, rate: Rate) -> Decimal:
        """What a breakdown should say, given the lines of that kind."""
        return self._lines[kind].get((code, rate), ZERO) + self._others.get((code, rate), ZERO)

    def is_used(self, kind: str, code: str, rate: Rate) -> bool:
        """Whether a line of that kind, or an allowance or charge, has that category at that rate."""
        return (code, rate) in self._lines[kind] or (code, rate) in self._others

    def _add(self, group: Group, name: str, categories: Sequence[Group], sums: _Sums, sign: int) -> None:
        """Anywhere, it is a use; only in the document itself does it add something."""
        amount = number(group.first(name)) if group.parent is self._root else None
        signed = ZERO if amount is None else sign * amount
        if len(categories) == 1:
            rate = number(categories[0].first("cbc:Percent"))
            keys = {(code_of(categories[0].text("cbc:ID")), each) for each in (None, rate)}
        else:
            rates = [None, *(number(each.first("cbc:Percent")) for each in categories)]
            codes = {code_of(each.text("cbc:ID")) for each in categories} & _CODES
            keys = {(code, rate) for code in codes for rate in rates}
        for key in keys:
            sums[key] = sums.get(key, ZERO) + signed


_ITEM: Final = ("cac:Item", "cac:ClassifiedTaxCategory")
_CODES: Final = frozenset(("S", "Z", "E", "AE", "K", "G", "O", "L", "M"))
