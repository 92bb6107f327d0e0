from lxml import etree

from edi_gateway.documents.validate import validate
from edi_gateway.model.document import Finding, Location, Reading
from edi_gateway.receipts.svrl import NAMESPACE, svrl
from tests.support import orderx
from tests.support.ubl import INVOICE, changed, set_text, verified

SVRL = {"svrl": NAMESPACE}


def test_a_location_leads_to_the_element_with_the_prefixes_that_the_report_declares() -> None:
    root = etree.fromstring(changed(INVOICE, set_text("cac:LegalMonetaryTotal/cbc:PayableAmount", "1.00")))
    report = etree.fromstring(svrl(validate(verified(etree.tostring(root))), root))
    declared = report.findall("svrl:ns-prefix-in-attribute-values", SVRL)
    prefixes = {each.get("prefix", ""): each.get("uri", "") for each in declared}
    (failed,) = report.findall("svrl:failed-assert", SVRL)
    assert (failed.get("id"), failed.get("flag")) == ("BR-CO-16", "fatal")
    (element,) = root.xpath(failed.get("location", ""), namespaces=prefixes)
    assert element.text == "1.00"
    assert "Expected: 5044.91." in failed.findtext("svrl:text", "", SVRL)


def test_a_location_in_an_order_x_document_leads_to_its_element_as_well() -> None:
    root = etree.fromstring(orderx.changed(orderx.BASIC, orderx.drop("//ram:BuyerTradeParty/ram:Name")))
    report = etree.fromstring(svrl(validate(verified(etree.tostring(root))), root))
    declared = report.findall("svrl:ns-prefix-in-attribute-values", SVRL)
    prefixes = {each.get("prefix", ""): each.get("uri", "") for each in declared}
    (failed,) = report.findall("svrl:failed-assert", SVRL)
    (element,) = root.xpath(failed.get("location", ""), namespaces=prefixes)
    assert etree.QName(element).localname == "BuyerTradeParty"


def test_each_place_of_a_finding_is_a_failed_assertion_of_its_own() -> None:
    places = (Location(xpath="/Invoice/cbc:ID[1]"), Location(xpath="/Invoice/cbc:ID[2]"))
    finding = Finding("BR-1", "warning", "rules", "Said twice.", locations=places)
    report = etree.fromstring(svrl(Reading(None, (finding,), (), "rules"), None))
    found = [each.get("location") for each in report.findall("svrl:failed-assert", SVRL)]
    assert found == ["/doc:Invoice/cbc:ID[1]", "/doc:Invoice/cbc:ID[2]"]


def test_what_xml_cannot_hold_is_replaced() -> None:
    finding = Finding("JSON-x", "fatal", "schema", "No.", actual="a\x00b", locations=(Location(pointer="/a"),))
    report = etree.fromstring(svrl(Reading(None, (finding,), (), "schema"), None))
    assert "a\ufffdb" in report.findtext("svrl:failed-assert/svrl:text", "", SVRL)
    assert report.find("svrl:failed-assert", SVRL) is not None


def test_a_document_without_findings_has_no_failed_assertion() -> None:
    reading = validate(verified(INVOICE))
    report = etree.fromstring(svrl(reading, etree.fromstring(INVOICE)))
    assert report.findall("svrl:failed-assert", SVRL) == []
    assert [each.get("name") for each in report.findall("svrl:active-pattern", SVRL)][-1] == "en16931 1.3.16"
