from pathlib import Path

import pytest
from lxml import etree

from edi_gateway.documents import ubl
from edi_gateway.documents.violations import MAX_FINDINGS
from edi_gateway.model.document import Finding, Reading
from tests.support.ubl import CBC, EXT, INVOICE, ORDER, PREFIXES, at, changed, drop, set_text, verified

_LONG = "x" * 100_000


def findings(content: bytes) -> tuple[Finding, ...]:
    reading = ubl.read(verified(content))
    assert all(finding.stage == "schema" and finding.severity == "fatal" for finding in reading.findings)
    return reading.findings


def places(content: bytes) -> list[str | None]:
    return [finding.locations[0].xpath for finding in findings(content)]


def test_a_missing_element_is_named_with_what_was_expected() -> None:
    (finding,) = findings(changed(ORDER, drop("cbc:IssueDate")))
    assert finding.rule == "XSD-SCHEMAV_ELEMENT_CONTENT"
    assert finding.message == "cbc:OrderTypeCode: This element is not expected."
    assert finding.actual == "cbc:OrderTypeCode"
    assert "cbc:IssueDate" in (finding.expected or "").split(", ")
    assert finding.locations[0].xpath == "/Order/cbc:OrderTypeCode"


def test_a_wrong_value_is_named_with_its_type_and_line() -> None:
    content = changed(INVOICE, set_text("cbc:DueDate", "23.12.2026"))
    (finding,) = findings(content)
    assert finding.rule == "XSD-SCHEMAV_CVC_DATATYPE_VALID_1_2_1"
    assert (finding.expected, finding.actual) == ("xs:date", "23.12.2026")
    assert content.splitlines()[(finding.locations[0].line or 0) - 1] == b"<cbc:DueDate>23.12.2026</cbc:DueDate>"


def test_all_faults_are_found_at_once_also_behind_an_element_that_does_not_belong() -> None:
    content = changed(
        INVOICE,
        drop("cbc:IssueDate"),
        set_text("cbc:DueDate", "soon"),
        set_text("cac:InvoiceLine[2]/cbc:InvoicedQuantity", "many"),
        set_text("cac:InvoiceLine[8]/cac:Price/cbc:PriceAmount", "free"),
        drop("cac:InvoiceLine[3]/cac:Item"),
    )
    assert places(content) == [
        "/Invoice/cbc:DueDate",
        "/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity",
        "/Invoice/cac:InvoiceLine[3]/cac:Price",
        "/Invoice/cac:InvoiceLine[8]/cac:Price/cbc:PriceAmount",
    ]


def test_every_misspelt_sibling_is_named() -> None:
    def misspell(root: etree._Element) -> None:
        at(root, "cbc:DueDate").tag = f"{CBC}DueDay"
        at(root, "cbc:BuyerReference").tag = f"{CBC}BuyerRef"

    first, second = findings(changed(INVOICE, misspell))
    assert first.message == "cbc:DueDay: This element is not expected."
    assert second.message == "cbc:BuyerRef: The schema knows no such element."


def test_an_attribute_is_named_when_its_value_is_wrong_missing_or_unknown() -> None:
    def break_attributes(root: etree._Element) -> None:
        line = at(root, "cac:InvoiceLine")
        at(line, "cbc:LineExtensionAmount").attrib.clear()
        at(line, "cac:Item/cbc:Name").set("colour", "red")
        at(line, "cbc:ID").set("schemeURI", "%zz")

    identifier, amount, name = findings(changed(INVOICE, break_attributes))
    assert identifier.message.startswith("cbc:ID: Attribute schemeURI: '%zz' is not a valid value")
    assert amount.message == "cbc:LineExtensionAmount: The attribute 'currencyID' is required but missing."
    assert name.message == "cbc:Name: The attribute 'colour' is not allowed."


def test_paths_have_our_prefixes_whatever_the_senders_are() -> None:
    content = (
        changed(INVOICE, set_text("cac:InvoiceLine[2]/cbc:InvoicedQuantity", "many"))
        .replace(b"cbc", b"a")
        .replace(b"cac", b"cbc")
        .replace(b"<Invoice xmlns=", b"<i:Invoice xmlns:i=")
        .replace(b"</Invoice>", b"</i:Invoice>")
    )
    assert places(content) == ["/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity"]


def test_paths_are_right_where_namespaces_are_declared_as_defaults() -> None:
    content = changed(ORDER, set_text("cbc:IssueDate", "today"))
    content = content.replace(b"<cbc:IssueDate>", f'<IssueDate xmlns="{CBC[1:-1]}">'.encode())
    content = content.replace(b"</cbc:IssueDate>", b"</IssueDate>")
    assert places(content) == ["/Order/cbc:IssueDate"]


def test_every_path_leads_to_its_element() -> None:
    content = changed(INVOICE, *(drop("cac:InvoiceLine/cac:Item") for _ in range(8)))
    root = etree.fromstring(content)
    found = findings(content)
    assert len(found) == 8
    for finding in found:
        (place,) = finding.locations
        assert place.xpath is not None
        inside = place.xpath.removeprefix("/Invoice/")
        assert at(root, inside).sourceline == place.line


def test_an_element_of_a_foreign_namespace_is_located_without_repeating_its_name() -> None:
    content = ORDER.replace(b"<cbc:Note>", b'<x:secret xmlns:x="urn:x"/><cbc:Note>', 1)
    finding = findings(content)[0]
    assert finding.message == "An element: This element is not expected."
    place = finding.locations[0].xpath or ""
    assert place.startswith("/Order/*[")
    assert "secret" not in repr(finding)


@pytest.mark.parametrize(
    ("namespace", "said"),
    [
        (CBC[1:-1].replace("-2", "-1"), f"An element of the namespace {CBC[1:-1].replace('-2', '-1')}"),
        ("", "An element of no namespace"),
        ("urn:x-1", "An element"),
    ],
)
def test_an_element_in_another_version_of_a_namespace_is_told_by_that(namespace: str, said: str) -> None:
    content = ORDER.replace(b"<cbc:ID>", f'<ID xmlns="{namespace}">'.encode(), 1).replace(b"</cbc:ID>", b"</ID>", 1)
    assert findings(content)[0].message == f"{said}: This element is not expected."


@pytest.mark.parametrize(
    "fault",
    [
        set_text("cbc:IssueDate", _LONG),
        lambda root: at(root, "cbc:ID").set("schemeURI", f"%{_LONG}"),
        lambda root: at(root, "cbc:ID").set(_LONG[:40_000], ""),
        lambda root: setattr(at(root, "cbc:Note"), "tag", f"{CBC}{_LONG[:40_000]}"),
        lambda root: setattr(at(root, "cbc:Note"), "tag", f"{{urn:{_LONG[:40_000]}}}x"),
    ],
)
def test_little_is_repeated_of_what_a_sender_wrote(fault) -> None:
    for finding in findings(changed(ORDER, fault)):
        said = "".join(
            (finding.message, finding.expected or "", finding.actual or "", finding.locations[0].xpath or "")
        )
        assert said.count("x") < 200


def test_a_value_that_speaks_like_the_schema_is_read_once() -> None:
    # Twenty values as long as a message can be; the square of each would keep this test busy for a minute.
    quantity = f"<cbc:InvoicedQuantity>{' Expected is ( cbc:ID ). ' * 2000}</cbc:InvoicedQuantity>"
    lines = f"<cac:InvoiceLine><cbc:ID>1</cbc:ID>{quantity}</cac:InvoiceLine>" * 20
    found = findings(INVOICE.replace(b"</Invoice>", lines.encode() + b"</Invoice>"))
    assert [finding.expected for finding in found] == ["xs:decimal", "cbc:LineExtensionAmount"] * 20


def test_an_element_nested_too_deep_is_located_by_an_ancestor() -> None:
    def nest(root: etree._Element) -> None:
        party = at(root, "cac:BuyerCustomerParty/cac:Party")
        for _ in range(60):
            party = etree.SubElement(party, f"{{{PREFIXES['cac']}}}AgentParty")
        etree.SubElement(party, f"{CBC}Bogus")

    (place,) = findings(changed(ORDER, nest))[0].locations
    assert place.xpath is not None
    assert place.xpath.endswith("/cac:AgentParty/cac:AgentParty")
    assert len(place.xpath) <= 500


def test_misplaced_elements_nested_in_misplaced_elements_are_all_named() -> None:
    levels = 200
    nested = b"<cac:Party><cbc:Note/>" * levels + b"</cac:Party>" * levels
    content = ORDER.replace(b"<cac:BuyerCustomerParty>", b"<cbc:Note/>" + nested + b"<cac:BuyerCustomerParty>", 1)
    reading = ubl.read(verified(content))
    assert len(reading.findings) == MAX_FINDINGS


def wrong_notes(count: int) -> bytes:
    return ORDER.replace(b"<cbc:Note>", b'<cbc:Note wrong="1"/>' * count + b"<cbc:Note>", 1)


def test_no_more_than_200_findings_are_kept() -> None:
    exactly = ubl.read(verified(wrong_notes(MAX_FINDINGS)))
    assert (len(exactly.findings), exactly.truncated) == (MAX_FINDINGS, False)
    more = ubl.read(verified(wrong_notes(MAX_FINDINGS + 1)))
    assert (len(more.findings), more.truncated) == (MAX_FINDINGS, True)


def test_a_large_document_with_few_faults_is_told_their_places() -> None:
    notes = b"<cbc:Note>again</cbc:Note>\n" * 30_000
    content = ORDER.replace(b"<cbc:Note>", notes + b'<cbc:Note wrong="1"/><cbc:Note>', 1)
    content = changed(content, set_text("cac:OrderLine/cac:LineItem/cbc:Quantity", "many"))
    note, quantity = findings(content)
    assert note.locations[0].xpath == "/Order"  # there are too many notes to count them
    assert note.locations[0].line == 30_000 + ORDER[: ORDER.index(b"<cbc:Note>")].count(b"\n") + 1
    assert quantity.locations[0].line == content[: content.index(b"many")].count(b"\n") + 1


def test_a_large_document_full_of_faults_is_told_only_some_without_places() -> None:
    # Were places asked for, this one would keep a processor busy for half a minute.
    reading = ubl.read(verified(wrong_notes(90_000)))
    assert (len(reading.findings), reading.truncated) == (MAX_FINDINGS, True)
    assert {finding.locations for finding in reading.findings} == {()}
    assert reading.findings[0].message == "cbc:Note: The attribute 'wrong' is not allowed."


def test_elements_behind_a_misplaced_one_are_judged_up_to_a_limit_which_is_said() -> None:
    content = changed(ORDER, drop("cbc:IssueDate"))
    many = content.replace(b"<cbc:Note>", b"<cbc:Note/>" * 3000 + b"<cbc:Note>", 1)
    reading = ubl.read(verified(many))
    assert len(reading.findings) == 1
    assert reading.truncated


def with_extension(inner: bytes) -> bytes:
    content = b'<ext:UBLExtensions xmlns:ext="%s"><ext:UBLExtension><ext:ExtensionContent>%s</ext:ExtensionContent>'
    close = b"</ext:UBLExtension></ext:UBLExtensions>"
    block = content % (EXT[1:-1].encode(), inner) + close
    return ORDER.replace(b"<cbc:CustomizationID>", block + b"<cbc:CustomizationID>", 1)


_UBL_SIGNATURES = b"""<sig:UBLDocumentSignatures
  xmlns:sig="urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2"
  xmlns:sac="urn:oasis:names:specification:ubl:schema:xsd:SignatureAggregateComponents-2"
  ><sac:SignatureInformation></sac:SignatureInformation></sig:UBLDocumentSignatures>"""


@pytest.mark.parametrize("inner", [b"", b"\n  ", _UBL_SIGNATURES])
def test_the_gap_that_a_removed_signature_leaves_is_no_fault(inner: bytes) -> None:
    content = with_extension(inner)
    assert ubl.read(verified(content, format="xmldsig", tree=etree.fromstring(content))).findings == ()


def test_other_faults_of_a_document_with_such_a_gap_are_found() -> None:
    content = changed(with_extension(b""), set_text("cbc:IssueDate", "today"))
    reading = ubl.read(verified(content, format="xmldsig", tree=etree.fromstring(content)))
    assert [finding.locations[0].xpath for finding in reading.findings] == ["/Order/cbc:IssueDate"]


def test_a_gap_is_a_fault_where_no_signature_was_inside_the_document() -> None:
    assert places(with_extension(b"")) == ["/Order/ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent"]


def test_one_signature_leaves_one_gap() -> None:
    two = with_extension(b"").replace(
        b"</ext:UBLExtensions>",
        b"<ext:UBLExtension><ext:ExtensionContent/></ext:UBLExtension></ext:UBLExtensions>",
    )
    reading = ubl.read(verified(two, format="xmldsig", tree=etree.fromstring(two)))
    assert [finding.locations[0].xpath for finding in reading.findings] == [
        "/Order/ext:UBLExtensions/ext:UBLExtension[2]/ext:ExtensionContent"
    ]


def test_text_where_a_signature_was_is_a_fault() -> None:
    content = with_extension(b"text")
    reading = ubl.read(verified(content, format="xmldsig", tree=etree.fromstring(content)))
    assert reading.findings


def test_a_schema_that_a_document_points_to_is_not_opened(tmp_path: Path) -> None:
    decoy = tmp_path / "any.xsd"
    decoy.write_text(
        '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x">'
        '<xsd:element name="x" type="xsd:date"/></xsd:schema>'
    )

    def point(root: etree._Element) -> None:
        location = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
        root.set(location, f"urn:x {decoy.as_uri()} {root.tag[1:].partition('}')[0]} {decoy.as_uri()}")

    # Were it opened, urn:x's element would be judged by it.
    inside = with_extension(b'<x:x xmlns:x="urn:x">no date</x:x>')
    assert findings(changed(inside, point)) == ()


def test_reading_changes_nothing_in_the_tree() -> None:
    tree = etree.fromstring(with_extension(b""))
    before = etree.tostring(tree)
    reading: Reading = ubl.read(verified(before, format="xmldsig", tree=tree))
    assert reading.findings == ()
    assert etree.tostring(tree) == before
