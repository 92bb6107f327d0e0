"""VAT breakdowns (BG-23): what each says of its category adds up (BR-45 to 48; BR-S-08, 09, 10 and their likes)."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from edi_gateway.documents.en16931.amounts import ONE, ZERO, number, rate_of, shown
from edi_gateway.documents.en16931.checks import in_vat, is_vat, present
from edi_gateway.documents.en16931.contexts import VAT_BREAKDOWN
from edi_gateway.documents.en16931.places import LINES
from edi_gateway.documents.en16931.rule import BROKEN, KEPT, Fault, Fired, Rule, fired, judged
from edi_gateway.documents.en16931.totals import tax_at
from edi_gateway.documents.en16931.tree import Group, Invoice
from edi_gateway.documents.en16931.values import code_of, text_of
from edi_gateway.documents.en16931.vat_families import FAMILIES, Family
from edi_gateway.documents.en16931.vat_uses import Sums, Use

_REASONS: Final = ("cbc:TaxExemptionReason", "cbc:TaxExemptionReasonCode")


def _rules(family: Family) -> Iterator[Rule]:
    of = f"The breakdown of category {family.code} ({family.name})"
    whose, slack = ("category and rate", "; less than 1.00 off is let pass") if family.by_rate else ("category", "")
    taxable = f"the lines and charges of that {whose}, less the allowances"
    yield _rule(family, "08", "BT-116", f"{of} must have the taxable amount that {taxable}, add up to{slack}.")
    tax = "its taxable amount times its rate" if family.by_rate else "0"
    yield _rule(family, "09", "BT-117", f"{of} must have a tax amount of {tax}{slack}.")
    reason = "must give a reason" if family.is_exempt else "must not give a reason"
    yield _rule(family, "10", "BT-120 BT-121", f"{of} {reason} of exemption.")


def _rule(family: Family, number: str, terms: str, message: str) -> Rule:
    return Rule(f"BR-{family.prefix}-{number}", "fatal", tuple(terms.split()), message)


_NOT_SUBJECT: Final = "O"


def _has_rate(group: Group) -> Sequence[Fault]:
    categories = [each for each in group.get("cac:TaxCategory", ()) if is_vat(each)]
    if any("cbc:Percent" in each or code_of(each.text("cbc:ID")) == _NOT_SUBJECT for each in categories):
        return KEPT
    return BROKEN


RULES: Final = (
    judged("BR-45", VAT_BREAKDOWN, present("cbc:TaxableAmount"), "BT-116", "The breakdown has no taxable amount."),
    judged("BR-46", VAT_BREAKDOWN, present("cbc:TaxAmount"), "BT-117", "The breakdown has no tax amount."),
    judged("BR-47", VAT_BREAKDOWN, in_vat("cac:TaxCategory", "cbc:ID"), "BT-118", "The breakdown has no VAT category."),
    judged("BR-48", VAT_BREAKDOWN, _has_rate, "BT-119", "The breakdown has no rate, and is not of category O."),
)
SWEPT: Final = tuple(rule for family in FAMILIES for rule in _rules(family))


def sweep(invoice: Invoice, by_code: Mapping[str, Sequence[Use]]) -> Iterator[Fired]:
    """Every breakdown of a category that there are rules for."""
    sums = Sums(invoice, by_code)
    for family in FAMILIES:
        for use in by_code.get(family.code, ()):
            if use.place == "breakdown" and use.is_vat:
                yield from _judge(family, use.group, sums)


def _judge(family: Family, category: Group, sums: Sums) -> Iterator[Fired]:
    subtotal = category.parent
    assert subtotal is not None  # a breakdown's category stands in a cac:TaxSubtotal
    expected = _taxable(family, category, subtotal, sums)
    if expected is not None:
        yield _fired(family, "08", subtotal, "cbc:TaxableAmount", expected)
    expected = _tax(family, category, subtotal)
    if expected is not None:
        yield _fired(family, "09", subtotal, "cbc:TaxAmount", expected)
    given = next((category.first(name) for name in _REASONS if name in category), None)
    if family.is_exempt == (given is None):
        element = category.element if given is None else given
        yield fired(f"BR-{family.prefix}-10", element, None, None if given is None else text_of(given))


def _fired(family: Family, number: str, subtotal: Group, name: str, expected: str) -> Fired:
    element = subtotal.first(name)
    actual = None if element is None else text_of(element)
    return fired(f"BR-{family.prefix}-{number}", subtotal.element if element is None else element, expected, actual)


def _taxable(family: Family, category: Group, subtotal: Group, sums: Sums) -> str | None:
    """What the taxable amount should be, if it isn't."""
    element = subtotal.first("cbc:TaxableAmount")
    taxable = number(element)
    rates = [rate_of(each) for each in category.get("cbc:Percent", ())] if family.by_rate else [None]
    for rate in rates:
        kinds = [kind for kind in LINES if sums.is_used(kind, "S", rate)] if family.code == "S" else sums.kinds
        totals = [sums.total(kind, family.code, rate) for kind in kinds]
        if taxable is None or not any(_agrees(family, taxable, each) for each in totals):
            return shown(totals[0] if totals else ZERO)
    return None


def _agrees(family: Family, taxable: Decimal, total: Decimal) -> bool:
    if not family.by_rate:
        return taxable == total
    # The official rules move the bounds with binary floating point: so that we agree with them at exactly 1.00.
    return Decimal(float(taxable) - 1) < total < Decimal(float(taxable) + 1)


def _tax(family: Family, category: Group, subtotal: Group) -> str | None:
    """What the tax should be, if it isn't."""
    tax = number(subtotal.first("cbc:TaxAmount"))
    if not family.by_rate:
        return None if tax == ZERO else shown(ZERO)
    taxable, rate = number(subtotal.first("cbc:TaxableAmount")), number(category.first("cbc:Percent"))
    if taxable is None or rate is None:
        return "taxable amount times rate"
    expected = tax_at(taxable, rate)
    return None if tax is not None and abs(abs(tax) - expected) < ONE else shown(expected)
