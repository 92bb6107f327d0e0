"""Documents with faults, from a seed: invoices that keep every rule, and what chance then changes in them.

`mutated(seed)` gives the tree and, in words, what was done to it: enough to see a disagreement again and to understand
it. Whether a result is still valid is nobody's business here; most values stay such that the official rules can read
them, because they stop at an amount that is no number.
"""

import copy
import functools
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from random import Random

from lxml import etree

from edi_gateway.transports.saxon import stylesheet
from tests.support.invoices import NAMESPACES, clark, element, invoice

Step = Callable[[etree._Element, Random], str | None]

MAX_STEPS = 5
_DELTAS = ("0.01", "-0.01", "0.005", "-0.005", "0.004", "0.99", "1.00", "1.01", "-0.99", "-1", "-1.01", "10", "0.001")
_NUMBERS = (
    "0",
    "0.00",
    "-0",
    "+5",
    "5.",
    ".5",
    "0.004",
    "0.005",
    "-0.005",
    "100",
    "1000000",
    " 25 ",
    "25.000",
    "1.239",
)
_CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B", "X", "s", " S ", "SS", "A")
_RATES = ("0", "0.00", "25", "19", "-5", "0.001", "0.004", "0.5", " 25 ", "100", "6.5")
_TEXTS = ("", " ", "\u00a0", "x", "\n ", "#X#", "#AAI#", "A" * 300, "Acme Tools", "12345678901")
_DATES = ("2026-11-01", "2026-11-30", "2026-10-31", "2027-01-01", "2026-11-23", "", " ", "2025-02-28", "2026-11-23Z")
_CODES = (
    *("380", "381", "389", "326", "71", "30", "58", "49", "57", "48", "59", "ZZZ", "1", "999", "35", "3", "432", "130"),
    *("50", "EUR", "SEK", "QQQ", "eur", "DE", "EL", "GB", "XI", "1A", "ZZ", "de", "C62", "XBX", "HUR", "0088", "0002"),
    *("9930", "AN", "ABT", "SEPA", "sepa", "STI", "VAT", "vat", " VAT ", "GST", "95", "FC", "AA", "VATEX-EU-O", "IT"),
    *("VATEX-EU-AE", "vatex-eu-ae", "VATEX-EU-IC", "text/csv", "image/gif", "true", "false", "1", "0", "", " ", "A B"),
)
_SCHEMES = ("0088", "9930", "0002", "SEPA", "sepa", "QQQQ", "", " 0088", "EM", "STI", "ABT", "EUR", "C62", "text/csv")
_ATTRIBUTES = ("schemeID", "currencyID", "unitCode", "mimeCode", "listID", "filename", "schemeName", "languageID")
_PAIRS = (
    *(("cbc:StartDate", "cbc:EndDate"), ("cbc:TaxExemptionReason", "cbc:TaxExemptionReasonCode")),
    *(("cbc:AllowanceChargeReason", "cbc:AllowanceChargeReasonCode"), ("cbc:PrepaidAmount", "cbc:ChargeTotalAmount")),
    *(("cbc:AllowanceTotalAmount", "cbc:ChargeTotalAmount"), ("cbc:TaxAmount", "cbc:TaxableAmount")),
    *(("cac:TaxCategory", "cac:ClassifiedTaxCategory"), ("cbc:PrepaidAmount", "cbc:PayableRoundingAmount")),
    *(("cac:PayeeParty", "cac:TaxRepresentativeParty"), ("cbc:DueDate", "cbc:TaxPointDate")),
    *(("cac:PayeeFinancialAccount", "cac:CardAccount"), ("cac:PayerFinancialAccount", "cac:PayeeFinancialAccount")),
)
_LINES = "(cac:InvoiceLine|cac:CreditNoteLine)"
_FORBIDDEN = re.compile(r"not\((//)?([a-zA-Z0-9:/@]+)\)")
_XSL = {"xsl": "http://www.w3.org/1999/XSL/Transform"}
_BOUNDED = re.compile(r"count\(([a-zA-Z0-9:/]+)(?:\[[^]]+\])?(/[a-zA-Z0-9:/]+)?\)+ *(?:<=|=) *[12]")
# What the patterns above don't find in the official rules.
_MORE_FORBIDDEN = (
    *(("", "cbc:UBLVersionID"), ("", "cac:PaymentMeans/cbc:PaymentDueDate")),
    *(("//cac:AdditionalDocumentReference", "cbc:DocumentDescription"), ("//*", "@name"), ("", "ext:UBLExtensions")),
)


def mutated(seed: int) -> tuple[etree._Element, list[str]]:
    """The document of that number, parsed as it would be from its octets, and the steps that made it."""
    chance = Random(seed)
    root = invoice(chance)
    done = mutate(root, chance)
    return etree.fromstring(etree.tostring(root)), done


def mutate(root: etree._Element, chance: Random) -> list[str]:
    """Change a document without comments in some places; the steps, in words."""
    done = []
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3, MAX_STEPS])):
        step = chance.choices(STEPS, WEIGHTS)[0]
        if said := step(root, chance):
            done.append(f"{step.__name__}: {said}")
    return done


def amount(root: etree._Element, chance: Random) -> str | None:
    """Move an amount a little, to both sides of where a rule's slack ends."""
    one = _pick(root, chance, lambda name: name.endswith("Amount"))
    if one is None:
        return None
    try:
        moved = str(Decimal(one.text or "0") + Decimal(chance.choice(_DELTAS)))
    except InvalidOperation:
        return None
    return _write(one, moved)


def number(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, lambda name: name.endswith(("Amount", "Quantity", "Numeric")))
    return _write(one, chance.choice(_NUMBERS)) if one is not None else None


def negated(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, lambda name: name.endswith(("Amount", "Quantity")))
    if one is None or not one.text:
        return None
    return _write(one, one.text[1:] if one.text.startswith("-") else f"-{one.text}")


def rate(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, lambda name: name == "Percent")
    return _write(one, chance.choice(_RATES)) if one is not None else None


def category(root: etree._Element, chance: Random) -> str | None:
    """Another VAT category at one place."""
    one = _pick_path(root, chance, "//*[local-name()='TaxCategory' or local-name()='ClassifiedTaxCategory']/cbc:ID")
    return _write(one, chance.choice(_CATEGORIES)) if one is not None else None


def category_everywhere(root: etree._Element, chance: Random) -> str | None:
    """Another VAT category wherever one was, sometimes with the rate that belongs to it."""
    found = root.xpath("//cac:TaxCategory | //cac:ClassifiedTaxCategory", namespaces=_prefixes())
    names = sorted({each.findtext(clark("cbc:ID")) or "" for each in found})
    before, after = chance.choice(names or [""]), chance.choice(_CATEGORIES[:10])
    tax_free, without = chance.random() < 0.5, chance.random() < 0.3
    for each in found:
        if (one := each.find(clark("cbc:ID"))) is not None and (one.text or "") == before:
            one.text = after
            if (percent := each.find(clark("cbc:Percent"))) is not None and tax_free:
                percent.text = "0"
                if without:
                    each.remove(percent)
    return f"{before} -> {after}{', without rate' if tax_free and without else ', rate 0' if tax_free else ''}"


def scheme(root: etree._Element, chance: Random) -> str | None:
    """Another tax scheme than VAT, or VAT written otherwise."""
    one = _pick_path(root, chance, "//cac:TaxScheme/cbc:ID")
    return _write(one, chance.choice(("vat", " VAT ", "GST", "", "Vat", "V AT"))) if one is not None else None


def date(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, lambda name: name.endswith("Date"))
    return _write(one, chance.choice(_DATES)) if one is not None else None


def code(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, lambda name: name.endswith("Code"))
    return _write(one, chance.choice(_CODES)) if one is not None else None


def indicator(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, lambda name: name == "ChargeIndicator")
    return _write(one, chance.choice(("true", "false", "1", "0", " true "))) if one is not None else None


def text(root: etree._Element, chance: Random) -> str | None:
    """Any text that isn't a number."""
    one = _pick(root, chance, lambda name: not name.endswith(_NUMERIC))
    return _write(one, chance.choice((*_TEXTS, *_CODES))) if one is not None else None


def blanks(root: etree._Element, chance: Random) -> str | None:
    """White space around what an element says."""
    one = _pick(root, chance, lambda name: True)
    return _write(one, chance.choice((" {}", "{} ", "\n {}\t")).format(one.text or "")) if one is not None else None


def attribute(root: etree._Element, chance: Random) -> str | None:
    """Another value for an attribute, or none."""
    one = _pick_path(root, chance, "//*[@*]")
    if one is None:
        return None
    name = chance.choice(sorted(one.attrib))
    if chance.random() < 0.4:
        del one.attrib[name]
        return f"{_where(one)}/@{name} removed"
    one.set(name, chance.choice(_SCHEMES))
    return f"{_where(one)}/@{name} = {one.get(name)!r}"


def new_attribute(root: etree._Element, chance: Random) -> str | None:
    one = _pick(root, chance, lambda name: True)
    if one is None:
        return None
    name = chance.choice(_ATTRIBUTES)
    one.set(name, chance.choice(_SCHEMES))
    return f"{_where(one)}/@{name} = {one.get(name)!r}"


def removed(root: etree._Element, chance: Random) -> str | None:
    one = _pick_path(root, chance, "//*[parent::*]")
    return _remove(one) if one is not None else None


def removed_everywhere(root: etree._Element, chance: Random) -> str | None:
    one = _pick_path(root, chance, "//*[parent::*]")
    if one is None:
        return None
    for each in list(root.iter(one.tag)):
        _remove(each)
    return _local(one)


def emptied(root: etree._Element, chance: Random) -> str | None:
    """An element without what it held; numbers are left alone."""
    one = _pick_path(root, chance, "//*[parent::*]")
    if one is None or _local(one).endswith(_NUMERIC):
        return None
    for child in list(one):
        one.remove(child)
    return _write(one, "")


def repeated(root: etree._Element, chance: Random) -> str | None:
    """An element twice; a number that the official rules take for one alone only rarely, because it stops them."""
    one = _pick_path(root, chance, "//*[parent::*]")
    if one is None or (_local(one).endswith(_NUMERIC) and chance.random() < 0.9):
        return None
    for _ in range(chance.choice((1, 1, 2, 3))):
        one.addnext(copy.deepcopy(one))
    return _where(one)


def moved(root: etree._Element, chance: Random) -> str | None:
    """An element into another one, which may be of another kind."""
    one, target = _pick_path(root, chance, "//cac:*/*"), _pick_path(root, chance, "//cac:*")
    if one is None or target is None or one is target or one in list(target.iterancestors()):
        return None
    said = f"{_where(one)} -> {_where(target)}"
    target.append(one)
    return said


def between_lines(root: etree._Element, chance: Random) -> str | None:
    """A part of one line into another line."""
    lines = root.xpath("*[local-name()='InvoiceLine' or local-name()='CreditNoteLine']")
    if len(lines) < 2:
        return None
    one, other = chance.sample(lines, 2)
    part = chance.choice(list(one.iterdescendants()))
    place = next(iter(other.iter(part.getparent().tag)), other)
    said = f"{_where(part)} -> {_where(place)}"
    place.append(copy.deepcopy(part) if chance.random() < 0.5 else part)
    return said


def grafted(root: etree._Element, chance: Random) -> str | None:
    """A part of another document, below the same parent or at the root."""
    other = invoice(chance)
    part = chance.choice([*other.iterdescendants()])
    parent = part.getparent()
    assert parent is not None
    places = list(root.iter(parent.tag))
    place = chance.choice(places) if places and chance.random() < 0.8 else root
    place.append(copy.deepcopy(part))
    return f"{_local(part)} -> {_where(place)}"


def swapped(root: etree._Element, chance: Random) -> str | None:
    """Two siblings in the other order."""
    one = _pick_path(root, chance, "//*[following-sibling::*]")
    if one is None:
        return None
    following = one.getnext()
    assert following is not None
    following.addnext(one)
    return _where(one)


def renamed(root: etree._Element, chance: Random) -> str | None:
    """An element under the name of another one that looks alike."""
    pairs = [
        pair for pair in _PAIRS for pair in (pair, pair[::-1]) if next(root.iter(clark(pair[0])), None) is not None
    ]
    if not pairs:
        return None
    before, after = chance.choice(pairs)
    one = chance.choice(list(root.iter(clark(before))))
    one.tag = clark(after)
    return f"{before} -> {after}"


def thinned(root: etree._Element, chance: Random) -> str | None:
    """An element without some of its children."""
    one = _pick_path(root, chance, "//*[count(*) > 1]")
    if one is None:
        return None
    gone = [child for child in one if chance.random() < 0.4]
    return ", ".join(map(_remove, gone)) or None


def tax_number(root: etree._Element, chance: Random) -> str | None:
    one = _pick_path(root, chance, "//cac:PartyTaxScheme/cbc:CompanyID")
    return (
        _write(one, chance.choice(("EL123", "XI1", "1A2", "XX1", "de1", "", "D", " DE1"))) if one is not None else None
    )


def forbidden(root: etree._Element, chance: Random) -> str | None:
    """Elements or attributes that UBL has and EN 16931 doesn't: what the official warnings are about."""
    done = []
    for _ in range(chance.choice((1, 1, 5, 15))):
        context, path = chance.choice(_forbidden())
        places = _places(root, context)
        if not places:
            continue
        *steps, last = path.split("/")
        place = _descend(chance.choice(places), steps, chance, 0.1)
        if last.startswith("@"):
            place.set(last[1:], chance.choice(_SCHEMES))
        else:
            place.append(element(last, chance.choice(("1", "1", "2.1"))))
        done.append(f"{context or '/'} {path}")
    return ", ".join(done) or None


def second(root: etree._Element, chance: Random) -> str | None:
    """More than one of what may stand once, where the official rules count."""
    context, path = chance.choice(_bounded())
    places = _places(root, context)
    if not places:
        return None
    *steps, last = path.split("/")
    place = _descend(chance.choice(places), steps, chance, 0.2)
    for text in "123"[: chance.choice((1, 2, 2, 3))]:
        place.append(element(last, text))
    return f"{context or '/'} {path}"


STEPS: Sequence[Step] = (
    *(amount, number, negated, rate, category, category_everywhere, scheme, date, code, indicator, text, blanks),
    *(attribute, new_attribute, removed, removed_everywhere, emptied, repeated, moved, between_lines, grafted, swapped),
    *(renamed, thinned, tax_number, forbidden, second),
)
WEIGHTS: Sequence[int] = (12, 5, 3, 5, 8, 8, 3, 5, 9, 3, 4, 2, 6, 2, 10, 4, 5, 6, 3, 3, 5, 1, 3, 6, 2, 12, 5)

_NUMERIC = ("Amount", "Quantity", "Percent", "Numeric", "Indicator")


def _pick(root: etree._Element, chance: Random, wanted: Callable[[str], bool]) -> etree._Element | None:
    found = [each for each in root.iter() if len(each) == 0 and wanted(_local(each))]
    return chance.choice(found) if found else None


def _pick_path(root: etree._Element, chance: Random, path: str) -> etree._Element | None:
    found = root.xpath(path, namespaces=_prefixes())
    return chance.choice(found) if found else None


def _prefixes() -> dict[str, str]:
    return {prefix: NAMESPACES[prefix] for prefix in ("cac", "cbc")}


def _write(one: etree._Element, value: str) -> str:
    before, one.text = one.text, value
    return f"{_where(one)}: {before!r} -> {value[:40]!r}"


def _remove(one: etree._Element) -> str:
    said = _where(one)
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)
    return said


def _local(one: etree._Element) -> str:
    return etree.QName(one).localname


def _where(one: etree._Element) -> str:
    return "/".join(_local(each) for each in [*reversed(list(one.iterancestors())), one][1:])


def _places(root: etree._Element, context: str) -> list[etree._Element]:
    return list(root.xpath(context, namespaces=_prefixes())) if context else [root]


def _descend(place: etree._Element, steps: Sequence[str], chance: Random, anew: float) -> etree._Element:
    """Down that path, making what isn't there, or with that probability what is."""
    for step in steps:
        found = place.findall(clark(step))
        if not found or chance.random() < anew:
            place.append(element(step))
            found = [place[-1]]
        place = chance.choice(found)
    return place


@functools.cache
def _tests() -> list[tuple[str, str]]:
    """What the official rules look at and ask of it; contexts with conditions are left out."""
    sheet = etree.parse(stylesheet("en16931"))
    asked = []
    for template in sheet.iterfind(".//xsl:template[@match][@mode]", _XSL):
        parts = [each.strip() for each in template.get("match", "").split("|")]
        if any("(" in part or "[" in part for part in parts):
            continue
        at_root = parts[0] == "/ubl:Invoice"
        context = "" if at_root else " | ".join(f"//{part.removeprefix('//')}" for part in parts)
        asked += [(context, when.get("test", "")) for when in template.iterfind("xsl:choose/xsl:when", _XSL)]
    return asked


@functools.cache
def _forbidden() -> list[tuple[str, str]]:
    found = list(_MORE_FORBIDDEN)
    for context, test in _tests():
        in_line = _LINES in test
        match = _FORBIDDEN.fullmatch(test.strip().replace(f"{_LINES}/", ""))
        if match is None or "ext:" in match[2]:
            continue
        if in_line:
            context = _LINES.strip("()")
        elif match[1]:
            first, _, rest = match[2].partition("/")
            found.append((f"//{first}", rest) if rest else ("//cac:*" if ":" in first else "//*", match[2]))
            continue
        found.append((context, match[2]))
    return found


@functools.cache
def _bounded() -> list[tuple[str, str]]:
    matches = ((context, match) for context, test in _tests() for match in _BOUNDED.finditer(test))
    return [
        ("" if match[1].startswith("//") else context, match[1].removeprefix("//") + (match[2] or ""))
        for context, match in matches
    ]
