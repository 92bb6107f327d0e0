"""What must go together (EN 16931-1 §6.4.2): the rules BR-CO-… that aren't about sums."""

from collections.abc import Sequence
from typing import Final

from edi_gateway.documents.en16931 import contexts as at
from edi_gateway.documents.en16931.checks import in_vat, is_vat, present
from edi_gateway.documents.en16931.codes import COUNTRIES
from edi_gateway.documents.en16931.rule import BROKEN, KEPT, ByNames, Context, Fault, Given, Judgement, judged
from edi_gateway.documents.en16931.tree import Group
from edi_gateway.documents.en16931.values import text_of

# Any two letters that stand side by side in the list, blanks included, pass the official rule. Greece writes EL.
_PREFIXES: Final = f" {' '.join(sorted({*COUNTRIES.codes, 'EL'}))} "


def _vat_prefix(group: Group) -> Sequence[Fault]:
    schemes = group.get("cac:TaxScheme", ())
    # One with two codes, which no schema allows, is of no scheme that the official rule can tell.
    if not is_vat(group) or any(len(each.get("cbc:ID", ())) > 1 for each in schemes):
        return KEPT
    number = group.first("cbc:CompanyID")
    if number is None or text_of(number)[:2] in _PREFIXES:
        return KEPT
    return (Fault(number, "a country's code in front, such as DE or EL", text_of(number)),)


def _identified(group: Group) -> Sequence[Fault]:
    for party in group.get("cac:Party", ()):
        if any("cbc:CompanyID" in each for each in party.get("cac:PartyLegalEntity", ())):
            return KEPT
        if any("cbc:CompanyID" in each and is_vat(each) for each in party.get("cac:PartyTaxScheme", ())):
            return KEPT
        for each in party.get("cac:PartyIdentification", ()):
            if any(id.get("schemeID") != "SEPA" for id in each.get("cbc:ID", ())):
                return KEPT
    return BROKEN


def _always(_: Group) -> Sequence[Fault]:
    return KEPT


def _same_reason(number: str, context: Context, terms: str) -> Judgement:
    """No program can tell whether a code and a text mean the same: the official rule always holds, and so does this."""
    return judged(
        f"BR-CO-{number}",
        context,
        ByNames(_always),
        terms,
        "The reason and its code must mean the same. Only people can judge that: it never fires.",
    )


RULES: Final = (
    judged(
        "BR-CO-04",
        at.LINE,
        in_vat("cac:Item", "cac:ClassifiedTaxCategory", "cbc:ID"),
        "BT-151",
        "The line has no VAT category.",
    ),
    _same_reason("05", at.DOCUMENT_ALLOWANCE, "BT-97 BT-98"),
    _same_reason("06", at.DOCUMENT_CHARGE, "BT-104 BT-105"),
    _same_reason("07", at.LINE_ALLOWANCE, "BT-139 BT-140"),
    _same_reason("08", at.LINE_CHARGE, "BT-144 BT-145"),
    judged(
        "BR-CO-09",
        at.TAX_REGISTRATION,
        Given(("cbc:CompanyID",), _vat_prefix),
        "BT-31 BT-48 BT-63",
        "A VAT identifier must begin with the code of a country.",
    ),
    judged(
        "BR-CO-19",
        at.PERIOD,
        present("cbc:StartDate", "cbc:EndDate", "cbc:DescriptionCode"),
        "BT-73 BT-74 BG-14",
        "An invoicing period needs its first day, its last day, or the code that says when VAT becomes due.",
    ),
    judged(
        "BR-CO-20",
        at.LINE_PERIOD,
        present("cbc:StartDate", "cbc:EndDate"),
        "BT-134 BT-135 BG-26",
        "A line's period needs its first or its last day.",
    ),
    judged(
        "BR-CO-26",
        at.SELLER,
        _identified,
        "BT-29 BT-30 BT-31",
        "The seller needs an identifier, a legal registration, or a VAT identifier.",
    ),
)
