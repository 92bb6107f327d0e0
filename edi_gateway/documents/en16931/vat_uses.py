"""Where an invoice uses VAT categories, what they add up to there, and whose VAT identifiers it gives."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from edi_gateway.documents.en16931.amounts import ZERO, number, rate_of
from edi_gateway.documents.en16931.checks import is_vat
from edi_gateway.documents.en16931.contexts import claims_charge, has_parent, in_item_of_line, is_allowance, is_root
from edi_gateway.documents.en16931.places import LINES
from edi_gateway.documents.en16931.places import Place as Where
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import BLANKS, Value

Place = Literal["line", "item", "allowance", "charge", "unsaid", "breakdown", "elsewhere"]
"""`unsaid` is an AllowanceCharge that doesn't say which of the two it is; `item` one that is in no line."""


Rate = str | None
"""As `amounts.rate_of` has it; None stands for all rates together."""


class Use(NamedTuple):
    """A VAT category somewhere. `written` is its code with the blanks around it."""

    group: Group
    code: str
    written: str
    place: Place
    is_vat: bool
    rate: Rate

    @property
    def is_priced(self) -> bool:
        """Whether the category is that of something invoiced, and not only of a breakdown."""
        return self.place not in ("breakdown", "elsewhere")


def uses(invoice: Invoice) -> Mapping[str, Sequence[Use]]:
    """All uses by code."""
    found: dict[str, list[Use]] = defaultdict(list)
    for group, place, id, percent in invoice.lasting("categories", lambda: [*_categories(invoice)]):
        written = "" if id is None else id.text
        code = written.strip(BLANKS)
        where = place or _change(group.parent)
        found[code].append(Use(group, code, written, where, is_vat(group), rate_of(percent)))
    return found


def _categories(invoice: Invoice) -> Iterator[tuple[Group, Place | None, Value | None, Value | None]]:
    for name in ("cac:ClassifiedTaxCategory", "cac:TaxCategory"):
        for group in invoice.groups.get(name, ()):
            place, percent = _place(group.place), group.first("cbc:Percent")
            ids = group.get("cbc:ID", (None,))
            # Where nothing else is asked of it, one that has several codes, which no schema allows, is of all of them.
            for id in ids if place == "elsewhere" else ids[:1]:
                yield group, place, id, percent


def _place(place: Where) -> Place | None:
    """None in an AllowanceCharge, which tells itself what it is."""
    if place.name == "cac:ClassifiedTaxCategory":
        return "line" if in_item_of_line(place) else "item"
    if has_parent(place, "cac:AllowanceCharge"):
        return None
    if has_parent(place, "cac:TaxSubtotal", "cac:TaxTotal"):
        total = place.parent and place.parent.parent
        if total and total.parent and is_root(total.parent):
            return "breakdown"
    return "elsewhere"


def _change(group: Group | None) -> Place:
    if group is None:
        return "elsewhere"
    return "allowance" if is_allowance(group) else "charge" if claims_charge(group) else "unsaid"


def stands_at(use: Use, place: str) -> bool:
    """Whether the use is there. In what claims to be an allowance and a charge, it is in both."""
    if place == "charge" and use.place == "allowance":
        return use.group.parent is not None and claims_charge(use.group.parent)
    return use.place == place


class Parties:
    """Which identifiers for taxes there are: looked for when somebody asks."""

    def __init__(self, invoice: Invoice) -> None:
        self._invoice = invoice

    def seller(self) -> bool:
        return self._have(_any, "cac:AccountingSupplierParty", "cac:Party", "cac:PartyTaxScheme")

    def seller_vat(self) -> bool:
        return self._have(is_vat, "cac:AccountingSupplierParty", "cac:Party", "cac:PartyTaxScheme")

    def representative_vat(self) -> bool:
        return self._have(is_vat, "cac:TaxRepresentativeParty", "cac:PartyTaxScheme")

    def buyer_vat(self) -> bool:
        return self._have(is_vat, "cac:AccountingCustomerParty", "cac:Party", "cac:PartyTaxScheme")

    def buyer_registered(self) -> bool:
        return self._have(_any, "cac:AccountingCustomerParty", "cac:Party", "cac:PartyLegalEntity")

    def _have(self, is_meant: Callable[[Group], bool], *path: str) -> bool:
        registered = self._invoice.lasting(path, lambda: _registered(self._invoice, path))
        return any(is_meant(each) for each in registered)


def _registered(invoice: Invoice, path: Sequence[str]) -> Sequence[Group]:
    return [each for each in invoice.everywhere(*path) if "cbc:CompanyID" in each]


def _any(_: Group) -> bool:
    return True


_Sums = dict[tuple[str, Rate], Decimal]


class Sums:
    """What lines, allowances and charges of each category, and of each category and rate, add up to.

    An allowance counts as negative. Lines of invoices and of credit notes are told apart, as the official rules do.
    """

    def __init__(self, invoice: Invoice, by_code: Mapping[str, Sequence[Use]]) -> None:
        self._uses = {id(use.group): use for found in by_code.values() for use in found}
        self._lines: dict[str, _Sums] = {name: {} for name in LINES}
        self._others: _Sums = {}
        for name, amount, categories in invoice.lasting("lines", lambda: _lines(invoice)):
            self._add(number(amount) or ZERO, categories, self._lines[name])
        for change, amount, categories in invoice.lasting("changes", lambda: _changes(invoice)):
            sign = claims_charge(change) - is_allowance(change)
            self._add(sign * (number(amount) or ZERO), categories, self._others)
        self.kinds: Final = tuple(name for name in LINES if invoice.groups.get(name))
        """Of which kind there are lines."""

    def total(self, kind: str, code: str, rate: Rate) -> Decimal:
        """What a breakdown should say, given the lines of that kind."""
        return self._lines[kind].get((code, rate), ZERO) + self._others.get((code, rate), ZERO)

    def is_used(self, kind: str, code: str, rate: Rate) -> bool:
        """Whether a line of that kind, or an allowance or charge, has that category at that rate."""
        return (code, rate) in self._lines[kind] or (code, rate) in self._others

    def _add(self, amount: Decimal, categories: Sequence[Group], sums: _Sums) -> None:
        for key in self._keys(categories):
            sums[key] = sums.get(key, ZERO) + amount

    def _keys(self, categories: Sequence[Group]) -> Iterable[tuple[str, Rate]]:
        uses = [self._uses[id(each)] for each in categories]
        if len(uses) == 1:
            code, rate = uses[0].code, uses[0].rate
            return ((code, None),) if rate is None else ((code, None), (code, rate))
        codes = {use.code for use in uses} & _CODES
        return {(code, rate) for code in codes for rate in (None, *(use.rate for use in uses))}


_ITEM: Final = ("cac:Item", "cac:ClassifiedTaxCategory")
_CODES: Final = frozenset(("S", "Z", "E", "AE", "K", "G", "O", "L", "M"))


def _lines(invoice: Invoice) -> Sequence[tuple[str, Value | None, Sequence[Group]]]:
    """Of each line its name, its amount, and its categories. Anywhere, it is a use; only in the document itself does it
    add something."""
    return [
        (name, line.first("cbc:LineExtensionAmount") if line.parent is invoice.root else None, line.follow(_ITEM))
        for name in LINES
        for line in invoice.groups.get(name, ())
    ]


def _changes(invoice: Invoice) -> Sequence[tuple[Group, Value | None, Sequence[Group]]]:
    """Likewise of each allowance and charge that has a category."""
    return [
        (change, change.first("cbc:Amount") if change.parent is invoice.root else None, change["cac:TaxCategory"])
        for change in invoice.groups.get("cac:AllowanceCharge", ())
        if "cac:TaxCategory" in change
    ]
