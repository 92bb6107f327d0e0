"""Order-X documents: one that says a lot, in the widest profile, and whatever a profile's schema allows, drawn."""

from pathlib import Path
from random import Random
from typing import Final

from lxml import etree

from edi_gateway.documents.orderx.names import NAMESPACES, ROOT
from edi_gateway.documents.schema import catalogue, folder
from tests.support.xml_changes import Change, Changing, changed

__all__ = ["BASIC", "BY_FORMAT", "EXTENDED", "Change", "Drawing", "at", "changed", "claiming", "drop", "put", "text"]

_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_ENUM: Final = f"{_XSD}enumeration"

BASIC: Final = (folder().parent / "docs" / "examples" / "order-x.xml").read_bytes()

# What the smallest example lacks, behind which of its elements: as the schema orders them.
_MORE: Final = (
    (
        "//rsm:ExchangedDocument/ram:IssueDateTime",
        """<ram:PurposeCode>9</ram:PurposeCode>
<ram:EffectiveSpecifiedPeriod>
  <ram:StartDateTime><udt:DateTimeString format="102">20261201</udt:DateTimeString></ram:StartDateTime>
  <ram:EndDateTime><udt:DateTimeString format="102">20261231</udt:DateTimeString></ram:EndDateTime>
</ram:EffectiveSpecifiedPeriod>""",
    ),
    ("//ram:LineID", "<ram:LineStatusCode>3</ram:LineStatusCode>"),
    (
        "//ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount",
        '<ram:BasisQuantity unitCode="C62">1</ram:BasisQuantity>',
    ),
    (
        "//ram:RequestedQuantity",
        """<ram:AgreedQuantity unitCode="C62">40</ram:AgreedQuantity>
<ram:RequestedDeliverySupplyChainEvent>
  <ram:OccurrenceDateTime><udt:DateTimeString format="203">202612100900</udt:DateTimeString></ram:OccurrenceDateTime>
</ram:RequestedDeliverySupplyChainEvent>""",
    ),
    (
        "//ram:BuyerTradeParty",
        """<ram:BuyerOrderReferencedDocument>
  <ram:IssuerAssignedID>PO-1000</ram:IssuerAssignedID>
</ram:BuyerOrderReferencedDocument>
<ram:QuotationReferencedDocument><ram:IssuerAssignedID>Q-7</ram:IssuerAssignedID></ram:QuotationReferencedDocument>
<ram:ContractReferencedDocument>
  <ram:IssuerAssignedID>FC-2026-014</ram:IssuerAssignedID>
</ram:ContractReferencedDocument>
<ram:AdditionalReferencedDocument>
  <ram:IssuerAssignedID>T-1</ram:IssuerAssignedID><ram:TypeCode>50</ram:TypeCode>
</ram:AdditionalReferencedDocument>
<ram:AdditionalReferencedDocument>
  <ram:IssuerAssignedID>Drawing</ram:IssuerAssignedID><ram:TypeCode>916</ram:TypeCode>
</ram:AdditionalReferencedDocument>
<ram:PreviousOrderChangeReferencedDocument>
  <ram:IssuerAssignedID>OC-1</ram:IssuerAssignedID>
</ram:PreviousOrderChangeReferencedDocument>""",
    ),
    (
        "//ram:OrderCurrencyCode",
        """<ram:ApplicableTradeTax>
  <ram:CalculatedAmount>35.15</ram:CalculatedAmount>
  <ram:TypeCode>VAT</ram:TypeCode>
  <ram:BasisAmount>185.00</ram:BasisAmount>
  <ram:CategoryCode>S</ram:CategoryCode>
  <ram:RateApplicablePercent>19</ram:RateApplicablePercent>
</ram:ApplicableTradeTax>
<ram:SpecifiedTradeAllowanceCharge>
  <ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>
  <ram:ActualAmount>5.00</ram:ActualAmount>
  <ram:ReasonCode>95</ram:ReasonCode>
</ram:SpecifiedTradeAllowanceCharge>
<ram:SpecifiedTradeAllowanceCharge>
  <ram:ChargeIndicator><udt:Indicator>true</udt:Indicator></ram:ChargeIndicator>
  <ram:ActualAmount>10.00</ram:ActualAmount>
  <ram:ReasonCode>FC</ram:ReasonCode>
</ram:SpecifiedTradeAllowanceCharge>""",
    ),
    (
        "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:LineTotalAmount",
        """<ram:ChargeTotalAmount>10.00</ram:ChargeTotalAmount>
<ram:AllowanceTotalAmount>5.00</ram:AllowanceTotalAmount>""",
    ),
    (
        "//ram:TaxBasisTotalAmount",
        """<ram:TaxTotalAmount currencyID="EUR">35.15</ram:TaxTotalAmount>
<ram:GrandTotalAmount>220.15</ram:GrandTotalAmount>
<ram:TotalPrepaidAmount>20.15</ram:TotalPrepaidAmount>
<ram:DuePayableAmount>200.00</ram:DuePayableAmount>""",
    ),
)


_CHANGING: Final = Changing(NAMESPACES)
at, text, drop, put = _CHANGING.at, _CHANGING.text, _CHANGING.drop, _CHANGING.put


def claiming(profile: str, content: bytes = BASIC) -> bytes:
    """The document under the guideline of a profile."""
    return changed(
        content, text("//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", f"urn:order-x.eu:1p0:{profile}")
    )


BY_FORMAT: Final = {f"order-x-1.0-{profile}": claiming(profile) for profile in ("basic", "comfort", "extended")}
EXTENDED: Final = changed(
    claiming("extended"),
    *(put(path, fragment) for path, fragment in _MORE),
    text("//ram:TaxBasisTotalAmount", "185.00"),
)


class Drawing:
    """Draws documents that keep a profile's schema, with much in them that its further requirements forbid."""

    def __init__(self, profile: str) -> None:
        self._prefixes = {uri: prefix for prefix, uri in NAMESPACES.items()}
        self._types: dict[str, etree._Element] = {}
        self._codes: dict[str, list[str]] = {}
        for file in sorted(catalogue()[f"order-x-1.0-{profile}"].path.parent.glob("*.xsd")):
            self._learn(file)

    def _learn(self, file: Path) -> None:
        schema = etree.parse(file).getroot()
        space = schema.get("targetNamespace")
        for each in schema.iterchildren(f"{_XSD}complexType", f"{_XSD}simpleType"):
            self._types[f"{{{space}}}{each.get('name')}"] = each

    def document(self, chance: Random) -> etree._Element:
        root = etree.Element(ROOT, nsmap=dict(NAMESPACES))
        self._fill(root, self._types[f"{ROOT}Type"], chance, 0)
        return root

    def _named(self, name: str, by: etree._Element) -> etree._Element | None:
        prefix, _, local = name.rpartition(":")
        return self._types.get(f"{{{by.nsmap.get(prefix or None)}}}{local}")

    def _fill(self, element: etree._Element, type: etree._Element, chance: Random, depth: int) -> None:
        space = type.getroottree().getroot().get("targetNamespace")
        for attribute in type.iterfind(f"{_XSD}simpleContent/{_XSD}extension/{_XSD}attribute"):
            if attribute.get("use") == "required" or chance.random() < 0.6:
                element.set(str(attribute.get("name")), self._value(str(attribute.get("type")), attribute, chance))
        if (extension := type.find(f"{_XSD}simpleContent/{_XSD}extension")) is not None:
            element.text = self._value(str(extension.get("base")), extension, chance)
        particles = [*type.iterfind(f"{_XSD}sequence/{_XSD}element")]
        if (choice := type.find(f"{_XSD}choice")) is not None:
            particles = [chance.choice([*choice.iterchildren(f"{_XSD}element")])]
        for particle in particles:
            least, most = int(particle.get("minOccurs", "1")), particle.get("maxOccurs", "1")
            times = least if depth > 9 else chance.randint(least, max(least, 2 if most == "unbounded" else int(most)))
            for _ in range(times):
                child = etree.SubElement(element, f"{{{space}}}{particle.get('name')}")
                inner = particle.find(f"{_XSD}complexType")
                inner = self._named(str(particle.get("type")), particle) if inner is None else inner
                if inner is None:
                    child.text = self._value(str(particle.get("type")), particle, chance)
                else:
                    self._fill(child, inner, chance, depth + 1)

    def _value(self, type: str, by: etree._Element, chance: Random) -> str:
        match type.partition(":")[2]:
            case "decimal":
                return chance.choice(("0", "1.00", "19", "2.5"))
            case "boolean":
                return chance.choice(("true", "false"))
            case "dateTime":
                return "2026-11-22T10:00:00Z"
            case "base64Binary":
                return "eA=="
            case "token" | "string":
                return chance.choice(("A", "20261122", "x y"))
        simple = self._named(type, by)
        assert simple is not None, type
        return chance.choice(self._codes.setdefault(type, [str(each.get("value")) for each in simple.iter(_ENUM)]))
