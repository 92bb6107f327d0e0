"""VAT in CII: the same families as in UBL, asked as the official binding to CII asks them.

Its differences: a category is compared as it is written; a breakdown may be off by less than 1.00 where the category
has one breakdown, and by nothing where it has one for each rate; IGIC and IPSI breakdowns are only asked for reasons.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931.amounts import ONE, ZERO, cents, decimal_of, double, number, shown
from edi_gateway.documents.en16931.checks import is_vat
from edi_gateway.documents.en16931.cii.contexts import APART
from edi_gateway.documents.en16931.cii.parties import Parties, parties
from edi_gateway.documents.en16931.cii.totals import binary_whole
from edi_gateway.documents.en16931.contexts import claims_charge, has_parent, is_allowance, is_charge
from edi_gateway.documents.en16931.rule import Fired, fired
from edi_gateway.documents.en16931.totals import tax_at
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import Value, text_of
from edi_gateway.documents.en16931.vat_families import FAMILIES, Family

_LINE: Final = "cac:ClassifiedTaxCategory"
_CATEGORY: Final = "cac:TaxCategory"
_REASONS: Final = ("cbc:TaxExemptionReason", "cbc:TaxExemptionReasonCode")
_ORDER: Final = ("AE", "L", "M", "E", "G", "K", "O", "S", "Z")
_RATES: Final = {"zero": "0", "positive": "more than 0", "not negative": "0 or more", "absent": "no rate"}


class _Uses:
    """What has a VAT category, by code: breakdowns, lines, and allowances and charges; those of prices are others."""

    def __init__(self, invoice: Invoice) -> None:
        categories = invoice.groups.get(_CATEGORY, ())
        self.breakdowns: Final = _by_code(each for each in categories if has_parent(each.place, "cac:TaxSubtotal"))
        self.lines: Final = _by_code(invoice.groups.get(_LINE, ()))
        changes = [each for each in categories if has_parent(each.place, "cac:AllowanceCharge")]
        self.changes: Final = _by_code(changes)
        self.others: Final = _others(invoice.values.get(clark("ram:CategoryTradeTax"), ()), changes)


def _by_code(groups: Iterable[Group]) -> Mapping[str, Sequence[Group]]:
    found: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        for code in dict.fromkeys(group.texts("cbc:ID")):
            found[code].append(group)
    return found


def _others(categories: Sequence[Value], known: Sequence[Group]) -> Mapping[str, Sequence[Value]]:
    """The categories in no group: an allowance on a price may have one, which the official rules count as well."""
    found: dict[str, list[Value]] = defaultdict(list)
    if len(categories) > len(known):
        elements = {each.element for each in known}
        for category in categories:
            if category.element not in elements:
                for code in {text_of(each) for each in category.element.iterchildren(clark("ram:CategoryCode"))}:
                    found[code].append(category)
    return found


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """All rules about VAT categories."""
    uses, known = _Uses(invoice), parties(invoice)
    for family in FAMILIES:
        code = family.code
        breakdowns, lines = uses.breakdowns.get(code, ()), uses.lines.get(code, ())
        changes, others = uses.changes.get(code, ()), uses.others.get(code, ())
        if breakdowns or lines or changes or others:
            yield from _has_breakdown(family, breakdowns, lines, (*changes, *others))
            yield from _used(family, lines, changes, known)
            for category in breakdowns:
                if _is_asked(family, category):
                    yield from _breakdown(family, category, invoice)
            if code in ("L", "M"):
                yield from _beside(family, [each for each in breakdowns if _is_asked(family, each)], invoice)
    yield from _alone(invoice, uses)
    yield from _split_payment(invoice)


def _has_breakdown(
    family: Family, breakdowns: Sequence[Group], lines: Sequence[Group], changes: Sequence[Group | Value]
) -> Iterator[Fired]:
    of_all = [len(each) for each in (breakdowns, lines, changes)]
    if family.by_rate:
        # Counted together: two uses stand for one breakdown as well as the breakdown itself does.
        is_kept = all(not used or len(breakdowns) + used > 1 for used in of_all[1:])
    else:
        is_kept = (len(breakdowns) == 1 and any(of_all[1:])) or (not breakdowns and not any(of_all[1:]))
        is_kept = is_kept or (family.code == "O" and not breakdowns)
    if not is_kept:
        first = next(group for groups in (lines, changes, breakdowns) for group in groups)
        yield fired(f"BR-{family.prefix}-01", first.element, "one breakdown", str(len(breakdowns)))


def _used(family: Family, lines: Sequence[Group], changes: Sequence[Group], known: Parties) -> Iterator[Fired]:
    """What lines, allowances and charges of a category ask of the parties, and of the rate."""
    allowances = [each for each in changes if each.parent is not None and is_allowance(each.parent)]
    charges = [each for each in changes if each.parent is not None and is_charge(each.parent)]
    for groups, of_parties, of_rate in ((lines, "02", "05"), (allowances, "03", "06"), (charges, "04", "07")):
        for group in groups:
            if not _is_vat(group) or not _leads(family.code, group):
                continue
            if not known.meet(family):
                yield fired(f"BR-{family.prefix}-{of_parties}", group.element)
            if not _is_rate(family, group):
                rate = group.first("cbc:Percent")
                place = group.element if rate is None else rate
                yield fired(f"BR-{family.prefix}-{of_rate}", place, _RATES[rate_of(family)], group.text("cbc:Percent"))


def _leads(code: str, group: Group, order: Sequence[str] = _ORDER) -> bool:
    """Of several categories in one group, which no schema allows, the official rules judge the first of their own."""
    codes = group.texts("cbc:ID")
    return len(codes) == 1 or next(each for each in order if each in codes) == code


def _is_vat(group: Group) -> bool:
    """With several types, which no schema allows, a tax is none that the official rules find."""
    return is_vat(group) and len(group["cac:TaxScheme"]) == 1


def _is_asked(family: Family, breakdown: Group) -> bool:
    """Whether a family's rules about breakdowns are asked about this one."""
    if family.code in APART:
        return _is_vat(breakdown) and _leads(family.code, breakdown, APART)
    return family.code in ("S", "Z") or _is_vat(breakdown)


def rate_of(family: Family) -> str:
    """In CII, IGIC has a rate above 0."""
    return "positive" if family.code == "L" else family.rate


def _is_rate(family: Family, group: Group) -> bool:
    rates = [double(each) for each in group.get("cbc:Percent", ())]
    match rate_of(family):
        case "absent":
            return not rates
        case "zero":
            return any(rate == 0 for rate in rates)
        case "positive":
            return any(rate is not None and rate > 0 for rate in rates)
    return any(rate is not None and rate >= 0 for rate in rates)


def _breakdown(family: Family, category: Group, invoice: Invoice) -> Iterator[Fired]:
    subtotal = category.parent
    assert subtotal is not None  # so was it found
    if family.code not in ("L", "M"):
        expected = _taxable(family, category, subtotal, invoice)
        if expected is not None:
            yield _fired(family, "08", subtotal, "cbc:TaxableAmount", expected)
        expected = _tax(family, category, subtotal)
        if expected is not None:
            yield _fired(family, "09", subtotal, "cbc:TaxAmount", expected)
    given = next((category.first(name) for name in _REASONS if name in category), None)
    if family.is_exempt == (given is None):
        element = category.element if given is None else given
        yield fired(f"BR-{family.prefix}-10", element, None, None if given is None else text_of(given))
    if family.code == "K":
        yield from _intra_community(category, invoice)


def _beside(family: Family, breakdowns: Sequence[Group], invoice: Invoice) -> Iterator[Fired]:
    """For IGIC and IPSI, the official rules look for rates and amounts beside breakdowns, where no schema has any."""
    for settlement in dict.fromkeys(each.element.getparent() for each in breakdowns):
        assert settlement is not None  # a breakdown is in one
        amounts = [decimal_of(text_of(each)) for each in settlement.iterchildren(clark("ram:BasisAmount"))]
        for rate in settlement.iterchildren(clark("ram:RateApplicablePercent")):
            expected = _sum(invoice, family.code, decimal_of(text_of(rate)))
            if not any(each is not None and float(each) == float(expected) for each in amounts):
                yield fired(f"BR-{family.prefix}-08", rate, shown(expected))


def _fired(family: Family, number: str, subtotal: Group, name: str, expected: str) -> Fired:
    element = subtotal.first(name)
    actual = None if element is None else text_of(element)
    return fired(f"BR-{family.prefix}-{number}", subtotal.element if element is None else element, expected, actual)


def _taxable(family: Family, category: Group, subtotal: Group, invoice: Invoice) -> str | None:
    """What the taxable amount should be, if it isn't. Compared as XPath does: in binary floating point."""
    taxable = number(subtotal.first("cbc:TaxableAmount"))
    if family.code == "S":
        for rate in [number(each) for each in category.get("cbc:Percent", ())]:
            total = _sum(invoice, family.code, rate)
            if taxable is None or float(taxable) != float(total):
                return shown(total)
        return None
    total = _sum(invoice, family.code, None)
    if taxable is not None:
        off = float(taxable)
        is_kept = off == float(total) if family.code == "O" else off - 1 < float(total) < off + 1
        if is_kept:
            return None
    return shown(total)


_Sums = dict[tuple[str, Decimal | None], Decimal]


def _sum(invoice: Invoice, code: str, rate: Decimal | None) -> Decimal:
    """Lines and charges less allowances of a category, or of a category at a rate; each kind is rounded by itself."""
    key = (code, rate)
    lines, charges, allowances = invoice.once("sums", invoice.root, lambda: _sums(invoice))
    return cents(lines.get(key, ZERO)) + cents(charges.get(key, ZERO)) - cents(allowances.get(key, ZERO))


def _sums(invoice: Invoice) -> tuple[_Sums, _Sums, _Sums]:
    lines, charges, allowances = _Sums(), _Sums(), _Sums()
    for line in invoice.groups.get("cac:InvoiceLine", ()):
        amounts = map(number, line.get("cbc:LineExtensionAmount", ()))
        _add(lines, line.below("cac:Item", _LINE), sum((each or ZERO for each in amounts), ZERO))
    for change in invoice.root.get("cac:AllowanceCharge", ()):
        amount, categories = number(change.first("cbc:Amount")) or ZERO, change.get(_CATEGORY, ())
        if claims_charge(change):
            _add(charges, categories, amount)
        if is_allowance(change):
            _add(allowances, categories, amount)
    return lines, charges, allowances


def _add(sums: _Sums, categories: Sequence[Group], amount: Decimal) -> None:
    """To every category that is named, at every rate: more than one of either is in no schema."""
    codes = {code for each in categories for code in each.texts("cbc:ID") if code in _ORDER}
    rates = {number(each) for group in categories for each in group.get("cbc:Percent", ())}
    for code in codes:
        for rate in {None, *rates}:
            sums[code, rate] = sums.get((code, rate), ZERO) + amount


def _tax(family: Family, category: Group, subtotal: Group) -> str | None:
    """What the tax should be, if it isn't."""
    tax = number(subtotal.first("cbc:TaxAmount"))
    if family.code != "S":
        return None if tax == ZERO else shown(ZERO)
    taxable, rate = number(subtotal.first("cbc:TaxableAmount")), number(category.first("cbc:Percent"))
    if taxable is None or rate is None:
        return "taxable amount times rate"
    # The official rule rounds what it takes the absolute value of; a rate below zero stays below zero. As in XPath, a
    # decimal is compared with its binary floating point in the same.
    expected = binary_whole(float(abs(taxable)) * float(rate)) / 100
    is_kept = tax is not None and float(abs(tax) - ONE) < expected < float(abs(tax) + ONE)
    return None if is_kept else shown(tax_at(taxable, rate))


def _intra_community(category: Group, invoice: Invoice) -> Iterator[Fired]:
    root = invoice.root
    periods = root.get("cac:InvoicePeriod", ())
    has_period = any(name in each for each in periods for name in ("cbc:StartDate", "cbc:EndDate"))
    if not has_period and not root.follow(("cac:Delivery", "cbc:ActualDeliveryDate")):
        yield fired("BR-IC-11", category.element)
    path = ("cac:Delivery", "cac:DeliveryLocation", "cac:Address", "cac:Country", "cbc:IdentificationCode")
    if not root.follow(path):
        yield fired("BR-IC-12", category.element)


def _alone(invoice: Invoice, uses: _Uses) -> Iterator[Fired]:
    if not any(_is_vat(each) and _leads("O", each, APART) for each in uses.breakdowns.get("O", ())):
        return
    for name, rules in (("ram:ApplicableTradeTax", ("11", "12")), ("ram:CategoryTradeTax", ("13", "14"))):
        for element in invoice.values.get(clark(name), ()):
            others = [each for each in element.element.iterchildren(clark("ram:CategoryCode")) if text_of(each) != "O"]
            for rule in rules if others else ():
                yield fired(f"BR-O-{rule}", others[0], "O", text_of(others[0]))


def _split_payment(invoice: Invoice) -> Iterator[Fired]:
    codes = invoice.values.get(clark("ram:CategoryCode"), ())
    if not any(text_of(each) == "B" for each in codes):
        return
    foreign = [each for each in invoice.values.get(clark("ram:CountryID"), ()) if text_of(each) != "IT"]
    if foreign:
        yield fired("BR-B-01", foreign[0], "IT", text_of(foreign[0]))
    standard = [each for each in codes if text_of(each) == "S"]
    if standard:
        yield fired("BR-B-02", standard[0], "B", "S")
