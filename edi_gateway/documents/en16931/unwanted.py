"""What EN 16931 leaves out of UBL (UBL-CR-…, UBL-DT-08 to 28): what a receiver may not expect."""

from collections.abc import Iterator, Mapping
from typing import Final

from edi_gateway.documents.en16931.contexts import has_parent
from edi_gateway.documents.en16931.rule import Fired, Rule
from edi_gateway.documents.en16931.tree import CREDIT_NOTE, Group, Invoice, text_of
from edi_gateway.documents.en16931.unwanted_paths import paths

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
_DUE: Final = _rule("UBL-CR-412", "In an invoice, cac:PaymentMeans/cbc:PaymentDueDate")
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


def sweep(invoice: Invoice) -> Iterator[Fired]:
    """Only in a whole invoice or credit note."""
    if not invoice.is_judged:
        return
    for rule, element in invoice.unwanted:
        yield Fired(rule, element)
    yield from _attributes(invoice)
    for number, first, *rest in _ANYWHERE:
        for group in invoice.groups.get(first, ()):
            for found in group.follow(rest) if rest else (group,):
                yield Fired(f"UBL-CR-{number}", found.element if isinstance(found, Group) else found)
    yield from _references(invoice)
    versions = invoice.root.values.get("cbc:UBLVersionID", ())
    if versions and all(text_of(each) != _UBL_VERSION for each in versions):
        yield Fired(_VERSION.id, versions[0], _UBL_VERSION, text_of(versions[0]))
    if invoice.root.name != CREDIT_NOTE:
        for payment in invoice.root.groups.get("cac:PaymentMeans", ()):
            for element in payment.values.get("cbc:PaymentDueDate", ()):
                yield Fired(_DUE.id, element)


def _attributes(invoice: Invoice) -> Iterator[Fired]:
    for element, name, group, path in invoice.attributed:
        for attribute in map(str, element.keys()):
            rule = _ATTRIBUTES.get(attribute)
            if rule and (attribute != "name" or name != "cbc:PaymentMeansCode"):
                yield Fired(rule, element)
            below = path.below.get(f"@{attribute}") if path else None
            if below and below.rule:
                yield Fired(below.rule, element)
            number = _ATTRIBUTED.get((group.name, name, attribute)) or _ATTRIBUTED.get(("", name, attribute))
            if number and (number != _OF_MANDATE or has_parent(group, "cac:PaymentMandate")):
                yield Fired(f"UBL-CR-{number}", element)


def _references(invoice: Invoice) -> Iterator[Fired]:
    for reference in invoice.everywhere("cac:AdditionalDocumentReference"):
        types = reference.texts(_TYPE)
        if not types or any(each != _INVOICED_OBJECT for each in types):
            for element in reference.values.get("cbc:ID", ()):
                if element.get("schemeID") is not None:
                    yield Fired(_SCHEME.id, element)
        if _INVOICED_OBJECT in types:
            for group in reference.groups.get("cac:Attachment", ()):
                yield Fired(_ATTACHED.id, group.element)
            for element in reference.values.get("cbc:DocumentDescription", ()):
                yield Fired(_DESCRIBED.id, element)
