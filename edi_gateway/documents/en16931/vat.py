"""VAT (EN 16931-1 §6.4.3): what each category asks of lines, allowances, charges and the parties."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edi_gateway.documents.en16931 import vat_breakdown, vat_others
from edi_gateway.documents.en16931.amounts import ZERO, double, number
from edi_gateway.documents.en16931.contexts import in_document
from edi_gateway.documents.en16931.rule import Fired, Rule, fired
from edi_gateway.documents.en16931.tree import Invoice
from edi_gateway.documents.en16931.vat_families import FAMILIES, Family
from edi_gateway.documents.en16931.vat_uses import Parties, Place, Use, stands_at, uses

_PLACES: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    ("line", "02", "05", "BT-151", "BT-152"),
    ("allowance", "03", "06", "BT-95", "BT-96"),
    ("charge", "04", "07", "BT-102", "BT-103"),
)
"""Place, rule about the parties, rule about the rate, and the terms of category and rate there."""
_WHERE: Final = {"line": "a line", "allowance": "a document level allowance", "charge": "a document level charge"}
_RATES: Final = {"zero": "0", "positive": "more than 0", "not negative": "0 or more", "absent": "no rate"}
_SELLER: Final = {
    "any": "the seller's tax registration or its tax representative's VAT identifier",
    "vat": "the VAT identifier of the seller or its tax representative",
    "none": "no VAT identifier of the seller, its tax representative, or the buyer",
}
_BUYER: Final = {
    "": "",
    "vat": ", and the buyer's VAT identifier",
    "registered": ", and the buyer's VAT identifier or legal registration",
    "none": "",
}


def _rules(family: Family) -> Iterator[Rule]:
    called = f"category {family.code} ({family.name})"
    needed = "one VAT breakdown" if not family.by_rate else "a VAT breakdown"
    yield _rule(family, "01", "BG-23 BT-118 BT-151 BT-95 BT-102", f"What is of {called} needs {needed} of it.")
    for place, of_parties, of_rate, category, rate in _PLACES:
        asked = f"{_SELLER[family.seller]}{_BUYER[family.buyer]}"
        terms = f"{category} BT-31 BT-32 BT-63" + (" BT-48 BT-47" if family.buyer else "")
        yield _rule(family, of_parties, terms, f"{_WHERE[place].capitalize()} of {called} asks for {asked}.")
        text = f"The rate of {_WHERE[place]} of {called} must be {_RATES[family.rate]}."
        yield _rule(family, of_rate, rate, text.replace("must be no rate", "must be left out"))


def _rule(family: Family, number: str, terms: str, message: str) -> Rule:
    return Rule(f"BR-{family.prefix}-{number}", "fatal", tuple(terms.split()), message)


SWEPT: Final = (*(rule for family in FAMILIES for rule in _rules(family)), *vat_breakdown.SWEPT, *vat_others.SWEPT)


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """All rules about VAT categories."""
    by_code = uses(invoice)
    for family in FAMILIES:
        if found := by_code.get(family.code):
            if invoice.is_judged:
                yield from _has_breakdown(family, found)
                yield from _parties(family, found, Parties(invoice))
            yield from _rates(family, found)
    yield from vat_breakdown.sweep(invoice, by_code)
    if invoice.is_judged:
        yield from vat_others.sweep(invoice, by_code)


def _has_breakdown(family: Family, found: Sequence[Use]) -> Iterator[Fired]:
    rule, any_scheme = f"BR-{family.prefix}-01", family.code == "S"
    meant = [use for use in found if use.is_vat or any_scheme]
    listed = [use for use in meant if use.place == "breakdown"]
    if not family.by_rate:
        if meant and len(listed) != 1:
            yield fired(rule, meant[0].group.element, "one breakdown", str(len(listed)))
        return
    used = [use for use in meant if use.is_priced]
    if used:
        # IGIC and IPSI: the official rules compare the code as written here, and that of IGIC with any scheme.
        in_any = found if family.code == "L" else meant
        listed = [use for use in in_any if use.place == "breakdown" and (any_scheme or use.written == family.code)]
    if bool(used) != bool(listed):
        yield fired(rule, (used or listed)[0].group.element, "a breakdown" if used else "a use", "none")


_MAY_STAND: Final = {"line": ("line", "item"), "allowance": ("allowance",), "charge": ("allowance", "charge")}
"""At which places a use may be that counts for a line, an allowance, or a charge."""


def _parties(family: Family, found: Sequence[Use], known: Parties) -> Iterator[Fired]:
    is_met = _is_met(family, known)
    for place, rule, *_ in _PLACES:
        used = [use for use in found if use.place in _MAY_STAND[place] and _is_at(use, place, family)]
        meant = [use for use in used if use.is_vat]
        # The official rule for lines also asks it of those whose standard rate is of another tax.
        asked = used if family.code == "S" and place == "line" else meant
        if asked and not (is_met and meant):
            yield fired(f"BR-{family.prefix}-{rule}", asked[0].group.element)


def _is_at(use: Use, place: str, family: Family) -> bool:
    if place == "line":
        return True
    if not stands_at(use, place):
        return False
    if family.code == "O":
        return use.group.parent is not None and in_document(use.group.parent.place)
    # The official rule for charges under IGIC compares the code as written.
    return family.code != "L" or place != "charge" or use.written == family.code


def _is_met(family: Family, known: Parties) -> bool:
    if family.seller == "none":
        return not (known.seller_vat() or known.representative_vat() or known.buyer_vat())
    seller = known.seller() if family.seller == "any" else known.seller_vat()
    if not seller and not known.representative_vat():
        return False
    return not family.buyer or known.buyer_vat() or (family.buyer == "registered" and known.buyer_registered())


_OF_RATE: Final[Mapping[Place, str]] = {"line": "05", "allowance": "06", "charge": "07"}


def _rates(family: Family, found: Sequence[Use]) -> Iterator[Fired]:
    for use in found:
        rule = _OF_RATE.get(use.place)
        if rule and use.is_vat and not _is_rate(family, use):
            rate = use.group.first("cbc:Percent")
            element = use.group.element if rate is None else rate
            written = use.group.text("cbc:Percent")
            yield fired(f"BR-{family.prefix}-{rule}", element, _RATES[family.rate], written)


def _is_rate(family: Family, use: Use) -> bool:
    if family.rate == "absent":
        return "cbc:Percent" not in use.group
    rate = use.group.first("cbc:Percent")
    if family.rate == "zero":
        return number(rate) == ZERO
    written = double(rate)
    if written is None:
        return False
    return written > 0 if family.rate == "positive" else written >= 0
