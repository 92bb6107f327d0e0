"""Cross Industry Invoices with faults, from a seed: what `mutations` does to UBL, done to CII."""

import copy
from collections.abc import Sequence
from random import Random

from lxml import etree

from edi_gateway.documents.cii_names import NAMESPACES, clark
from edi_gateway.documents.en16931.cii import unwanted
from edi_gateway.documents.en16931.cii.places import steps
from tests.support import cii, mutations
from tests.support.mutations import MAX_STEPS, Step

_CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B", "X", "s", " S ", "A")
_RATES = ("0", "0.00", "25", "19", "-5", "0.001", "0.5", " 25 ", "100", "6.5")
_DAYS = ("20261101", "20261130", "20261031", "20270101", "20261331", "2026-11-01", "", " 20261123 ", "202611231200")
_FORMATS = ("102", "203", "", "102 ")
_ODD = ("x", "1", "0088", "EM", "VA", "FC", "C62", "EUR", "")
_KINDS = {"//": "//{}", "*": "//*[substring(name(), string-length(name()) - string-length('{0}') + 1) = '{0}']"}


def mutated(seed: int) -> tuple[etree._Element, list[str]]:
    """The document of that number, parsed as it would be from its octets, and the steps that made it."""
    chance = Random(seed)
    root = cii.invoice(chance)
    done = []
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3, MAX_STEPS])):
        step = chance.choices(STEPS, WEIGHTS)[0]
        if said := step(root, chance):
            done.append(f"{step.__name__}: {said}")
    return etree.fromstring(etree.tostring(root)), done


def _pick(root: etree._Element, chance: Random, path: str) -> etree._Element | None:
    found = root.xpath(path, namespaces=dict(NAMESPACES))
    return chance.choice(found) if found else None


def _write(one: etree._Element | None, text: str) -> str | None:
    if one is None:
        return None
    before, one.text = one.text, text
    return f"{one.getroottree().getelementpath(one)}: {before!r} -> {text!r}"


def rate(root: etree._Element, chance: Random) -> str | None:
    return _write(_pick(root, chance, "//ram:RateApplicablePercent"), chance.choice(_RATES))


def category(root: etree._Element, chance: Random) -> str | None:
    return _write(_pick(root, chance, "//ram:CategoryCode"), chance.choice(_CATEGORIES))


def category_everywhere(root: etree._Element, chance: Random) -> str | None:
    """Another VAT category wherever one was, sometimes with the rate that belongs to it."""
    found = [*root.iter(clark("ram:CategoryCode"))]
    before = chance.choice(found).text if found else ""
    after, tax_free, without = chance.choice(_CATEGORIES[:10]), chance.random() < 0.5, chance.random() < 0.3
    for each in found:
        rates = [] if each.text != before else [*each.itersiblings(clark("ram:RateApplicablePercent"))]
        each.text = after if each.text == before else each.text
        for percent in rates if tax_free else ():
            percent.text = "0"
            if without:
                _remove(percent)
    return f"{before} -> {after}{', rate 0' if tax_free else ''}{', without' if without else ''}"


def tax_type(root: etree._Element, chance: Random) -> str | None:
    path = "//ram:ApplicableTradeTax/ram:TypeCode | //ram:CategoryTradeTax/ram:TypeCode"
    return _write(_pick(root, chance, path), chance.choice(("vat", " VAT ", "GST", "", "Vat")))


def day(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, "//udt:DateTimeString | //udt:DateString")
    if one is not None and chance.random() < 0.3:
        one.set("format", chance.choice(_FORMATS))
    return _write(one, chance.choice(_DAYS))


def indicator(root: etree._Element, chance: Random) -> str | None:
    return _write(_pick(root, chance, "//udt:Indicator"), chance.choice(("true", "false", "1", "0", " true ")))


def tax_number(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, "//ram:SpecifiedTaxRegistration/ram:ID")
    if one is not None and chance.random() < 0.5:
        one.set("schemeID", chance.choice(("VA", "FC", "XX", "va")))
        return f"schemeID = {one.get('schemeID')}"
    return _write(one, chance.choice(("EL123", "XI1", "1A2", "XX1", "de1", "", "D", " DE1", "EDE")))


def reference_type(root: etree._Element, chance: Random) -> str | None:
    path = "//ram:AdditionalReferencedDocument/ram:TypeCode"
    return _write(_pick(root, chance, path), chance.choice(("50", "130", "916", " 130 ", "1", "")))


def payment(root: etree._Element, chance: Random) -> str | None:
    """Means of payment twice, of the same or another code."""
    one = _pick(root, chance, "//ram:SpecifiedTradeSettlementPaymentMeans")
    if one is None:
        return None
    other = copy.deepcopy(one)
    one.addnext(other)
    return _write(other.find(clark("ram:TypeCode")), chance.choice(("30", "58", "48", "30 ")))


def payee(root: etree._Element, chance: Random) -> str | None:
    """A payee that shares something with the seller."""
    seller, one = _pick(root, chance, "//ram:SellerTradeParty"), _pick(root, chance, "//ram:PayeeTradeParty")
    if seller is None or one is None:
        return None
    parts = [each for each in seller if chance.random() < 0.3]
    one.extend(copy.deepcopy(each) for each in parts)
    return ", ".join(str(each.tag) for each in parts) or None


def moved(root: etree._Element, chance: Random) -> str | None:
    """A small part into another one, which may be of another kind. With larger ones, rules about the whole invoice see
    none where the official ones follow the parts."""
    one, target = _pick(root, chance, "//ram:*[count(.//*) < 5]"), _pick(root, chance, "//ram:*[*]")
    if one is None or target is None or one is target or one in list(target.iterancestors()):
        return None
    said = f"{one.tag} -> {target.tag}"
    target.append(one)
    return said


def grafted(root: etree._Element, chance: Random) -> str | None:
    """A part of another invoice, below the same parent."""
    part = chance.choice([*cii.invoice(chance).iterdescendants()])
    parent = part.getparent()
    assert parent is not None
    places = [*root.iter(parent.tag)]
    if not places:
        return None
    chance.choice(places).append(copy.deepcopy(part))
    return f"{part.tag} below {parent.tag}"


def forbidden(root: etree._Element, chance: Random) -> str | None:
    """Elements or attributes that CII has and EN 16931 doesn't."""
    done = []
    for _ in range(chance.choice((1, 1, 5, 15))):
        id, _, path = chance.choice(list(unwanted.rows()))
        where, _, last = path.rpartition("/")
        place = _descend(root, where, chance)
        if place is None:
            continue
        if last.startswith("@"):
            place.set(last[1:], chance.choice(_ODD))
        else:
            etree.SubElement(place, clark(last)).text = chance.choice(_ODD)
        done.append(id)
    return ", ".join(done) or None


def _descend(root: etree._Element, where: str, chance: Random) -> etree._Element | None:
    """The place of a row of the table, made where it isn't; for a kind, any element of it."""
    if where.startswith("numbers"):
        return _pick(root, chance, "//ram:SellerAssignedID | rsm:ExchangedDocument/ram:ID | //ram:LineID")
    if where.startswith(("//", "*")):
        kind, _, rest = where.removeprefix("//").partition("/")
        prefix = "*" if where.startswith("*") else "//"
        place = _pick(root, chance, _KINDS[prefix].format(kind.removeprefix("*")))
        return place if not rest or place is None else etree.SubElement(place, clark(rest))
    place: etree._Element | None = root
    for step in steps(where):
        assert place is not None
        found = place.findall(step)
        place = chance.choice(found) if found else etree.SubElement(place, step)
    return place


def _remove(one: etree._Element) -> None:
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


STEPS: Sequence[Step] = (
    *(mutations.amount, mutations.number, mutations.negated, rate, category, category_everywhere, tax_type, day),
    *(mutations.code, indicator, mutations.text, mutations.blanks, mutations.attribute, mutations.new_attribute),
    *(mutations.removed, mutations.removed_everywhere, mutations.emptied, mutations.repeated, moved, grafted),
    *(mutations.swapped, mutations.thinned, tax_number, reference_type, payment, payee, forbidden),
)
WEIGHTS: Sequence[int] = (12, 5, 3, 5, 8, 8, 3, 5, 9, 3, 4, 2, 6, 4, 10, 4, 5, 6, 4, 5, 1, 5, 4, 3, 2, 3, 10)
