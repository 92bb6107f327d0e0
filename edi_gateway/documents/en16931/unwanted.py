"""What EN 16931 leaves out of UBL (UBL-CR-…, UBL-DT-08 to 28): what a receiver may not expect."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edi_gateway.documents.en16931.contexts import has_parent
from edi_gateway.documents.en16931.places import CREDIT_NOTE, INVOICE, Place
from edi_gateway.documents.en16931.rule import Fired, Rule, fired
from edi_gateway.documents.en16931.tree import Invoice
from edi_gateway.documents.en16931.unwanted_paths import paths, rules
from edi_gateway.documents.en16931.values import text_of

_UBL_VERSION: Final = "2.1"
_INVOICED_OBJECT: Final = "130"
_TYPE: Final = "cbc:DocumentTypeCode"

_ATTRIBUTES: Final[Mapping[str, str]] = {
    name: f"UBL-DT-{number:02}"
    for number, name in enumerate(
        [
            "schemeName",
            "schemeAgencyName",
            "schemeDataURI",
            "schemeURI",
            "format",
            "unitCodeListIdentifier",
            "unitCodeListAgencyIdentifier",
            "unitCodeListAgencyName",
            "listAgencyName",
            "listName",
            "name",
            "languageID",
            "listURI",
            "listSchemeURI",
            "languageLocaleID",
            "uri",
            "currencyCodeListVersionID",
            "characterSetCode",
            "encodingCode",
            "schemeAgencyID",
            "listAgencyID",
        ],
        8,
    )
} | {"unitCodeListID": "UBL-CR-663"}
"""Attributes that no element should have, but for `name` of a cbc:PaymentMeansCode."""

_ATTRIBUTED: Final[Mapping[tuple[str, str, str], str]] = {
    ("cac:PartyTaxScheme", "cbc:CompanyID", "schemeID"): "652",
    ("cac:Country", "cbc:IdentificationCode", "listID"): "660",
    ("", "cbc:AllowanceChargeReasonCode", "listID"): "662",
    ("cac:BuyersItemIdentification", "cbc:ID", "schemeID"): "667",
    ("cac:SellersItemIdentification", "cbc:ID", "schemeID"): "668",
    ("", "cbc:PrimaryAccountNumberID", "schemeID"): "674",
    ("cac:CardAccount", "cbc:NetworkID", "schemeID"): "675",
    ("cac:PaymentMandate", "cbc:ID", "schemeID"): "676",
    ("cac:PayerFinancialAccount", "cbc:ID", "schemeID"): "677",
    ("cac:TaxCategory", "cbc:ID", "schemeID"): "678",
    ("cac:ClassifiedTaxCategory", "cbc:ID", "schemeID"): "679",
}
"""Attributes that a value shouldn't have in that group, or, without one, in any."""
_OF_MANDATE: Final = "677"
"""Only in a cac:PaymentMandate."""

_ANYWHERE: Final = (
    ("664", "cac:FinancialInstitution"),
    ("669", "cac:Price", "cac:AllowanceCharge", "cbc:AllowanceChargeReasonCode"),
    ("670", "cac:Price", "cac:AllowanceCharge", "cbc:AllowanceChargeReason"),
    ("671", "cac:Price", "cac:AllowanceCharge", "cbc:MultiplierFactorNumeric"),
    ("680", "cac:PaymentMeans", "cac:PayerFinancialAccount"),
)
"""Paths that shouldn't be anywhere."""


def _rule(id: str, what: str) -> Rule:
    return Rule(id, "warning", (), f"{what} is no part of a core invoice: its receiver may overlook it.")


_VERSION: Final = Rule("UBL-CR-002", "warning", (), "A version of UBL other than 2.1 is no part of a core invoice.")
_DUE_DATE: Final = "cac:PaymentMeans/cbc:PaymentDueDate"
_DUE: Final = _rule("UBL-CR-412", f"In an invoice, {_DUE_DATE}")
_SCHEME: Final = _rule("UBL-CR-665", "A schemeID of a supporting document other than the invoiced object")
_ATTACHED: Final = Rule("UBL-CR-666", "fatal", ("BT-18",), "A reference to the invoiced object attaches nothing.")
_DESCRIBED: Final = Rule("UBL-CR-673", "fatal", ("BT-18",), "A reference to the invoiced object describes nothing.")
SWEPT: Final = (
    *(_rule(id, path.replace("line/", "In a line, ")) for id, path in paths().items()),
    *(_rule(id, f"The attribute {name}") for name, id in _ATTRIBUTES.items()),
    *(
        _rule(f"UBL-CR-{number}", f"{group}/{name}/@{attribute}".removeprefix("/"))
        for (group, name, attribute), number in _ATTRIBUTED.items()
    ),
    *(_rule(f"UBL-CR-{number}", "/".join(steps)) for number, *steps in _ANYWHERE),
    *(_VERSION, _DUE, _SCHEME, _ATTACHED, _DESCRIBED),
)


_LAST: Final = frozenset((_DUE.id, *(f"UBL-CR-{number}" for number, *_ in _ANYWHERE)))
"""Of several rules against one element, these are told after those against its attributes."""


def at(place: Place) -> tuple[str, ...]:
    """The rules against what stands there, in a whole invoice or credit note."""
    if not _is_judged(place):
        return ()
    path = place.path or ""
    anywhere = (f"UBL-CR-{number}" for number, *steps in _ANYWHERE if _is_end(place, steps))
    due = (_DUE.id,) if path == _DUE_DATE and place.root != CREDIT_NOTE else ()
    return (*rules().get(path, ()), *anywhere, *due)


def _is_end(place: Place, steps: Sequence[str]) -> bool:
    return place.name == steps[-1] and has_parent(place, *reversed(steps[:-1]))


def attribute_at(place: Place, name: str) -> tuple[str, ...]:
    """The rules against an attribute there."""
    if not _is_judged(place):
        return ()
    of_any = () if name == "name" and place.name == "cbc:PaymentMeansCode" else filter(None, (_ATTRIBUTES.get(name),))
    around = "" if place.parent is None else place.parent.name
    number = _ATTRIBUTED.get((around, place.name, name)) or _ATTRIBUTED.get(("", place.name, name))
    if number == _OF_MANDATE and not has_parent(place, "cac:PayerFinancialAccount", "cac:PaymentMandate"):
        number = None
    return (*of_any, *rules().get(f"{place.path or ''}/@{name}", ()), *((f"UBL-CR-{number}",) if number else ()))


def _is_judged(place: Place) -> bool:
    return place.root in (INVOICE, CREDIT_NOTE)


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """Only in a whole invoice or credit note."""
    if not invoice.is_judged:
        return
    for piece in invoice.pieces:
        for rule, position in sorted(piece.against, key=lambda each: each[0] in _LAST):
            yield fired(rule, piece.nodes[position])
    yield from _references(invoice)
    versions = invoice.root.get("cbc:UBLVersionID", ())
    if versions and all(text_of(each) != _UBL_VERSION for each in versions):
        yield fired(_VERSION.id, versions[0], _UBL_VERSION, text_of(versions[0]))


def _references(invoice: Invoice) -> Iterator[Fired]:
    for reference in invoice.everywhere("cac:AdditionalDocumentReference"):
        types = reference.texts(_TYPE)
        if not types or any(each != _INVOICED_OBJECT for each in types):
            for element in reference.get("cbc:ID", ()):
                if element.get("schemeID") is not None:
                    yield fired(_SCHEME.id, element)
        if _INVOICED_OBJECT in types:
            for group in reference.get("cac:Attachment", ()):
                yield fired(_ATTACHED.id, group.element)
            for element in reference.get("cbc:DocumentDescription", ()):
                yield fired(_DESCRIBED.id, element)
