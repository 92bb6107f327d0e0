"""Hybrid invoices: what the PDF says of the XML inside is held against the XML."""

import pytest

from edi_gateway.documents.pdf.hybrid import level_of
from edi_gateway.documents.validate import validate
from edi_gateway.model.document import Reading
from edi_gateway.model.transmission import Unverified
from tests.support.hybrid import CORE, hybrid, invoice_of, with_metadata
from tests.support.pdf import page, with_file


def read(pdf: bytes) -> Reading:
    return validate(Unverified(None, "application/pdf", pdf))


def said(reading: Reading) -> dict[str, tuple[str | None, str | None]]:
    return {
        each.rule: (each.expected, each.actual)
        for each in reading.findings
        if each.rule.startswith("GW-PDF-") and each.rule != "GW-PDF-013"
    }


def test_a_hybrid_invoice_is_judged_as_its_xml_alone() -> None:
    xml = invoice_of(CORE)
    reading, alone = read(hybrid(xml)), validate(Unverified(None, "application/xml", xml))
    assert (reading.document, said(reading)) == (alone.document, {})
    assert reading.document
    assert reading.document.type == "invoice"
    assert [each.rule for each in reading.findings] == ["GW-PDF-013"]
    assert [each.name for each in reading.ruleset] == ["gw-pdf", *(each.name for each in alone.ruleset)]


def test_the_rules_of_en_16931_are_asked_inside_a_pdf() -> None:
    broken = invoice_of(CORE).replace(b"<ram:DuePayableAmount>", b"<ram:DuePayableAmount>1", 1)
    assert "BR-CO-16" in {each.rule for each in read(hybrid(broken)).findings}


@pytest.mark.parametrize(
    ("guideline", "level"),
    [
        ("urn:factur-x.eu:1p0:minimum", "MINIMUM"),
        ("urn:zugferd.de:2p0:minimum", "MINIMUM"),
        ("urn:factur-x.eu:1p0:basicwl", "BASIC WL"),
        ("urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic", "BASIC"),
        ("urn:cen.eu:en16931:2017", "EN 16931"),
        ("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended", "EXTENDED"),
        ("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "XRECHNUNG"),
        ("urn:order-x.eu:1p0:comfort", "COMFORT"),
        ("urn:example.com:mine", None),
    ],
)
def test_a_guideline_has_one_profile_in_the_metadata(guideline: str, level: str | None) -> None:
    assert level_of(guideline) == level


def test_metadata_of_another_profile_are_refused() -> None:
    reading = read(with_metadata(hybrid(invoice_of(CORE)), b">EN 16931<", b">EXTENDED<"))
    assert said(reading) == {"GW-PDF-016": ("EN 16931", "EXTENDED")}
    assert any(each.refuses for each in reading.findings)


def test_metadata_that_name_another_file_earn_a_warning() -> None:
    assert said(read(with_metadata(hybrid(invoice_of(CORE)), b">factur-x.xml<", b">invoice1.xml<"))) == {
        "GW-PDF-017": ("factur-x.xml", "invoice1.xml")
    }


def test_a_profile_without_lines_is_no_invoice_of_en_16931() -> None:
    reading = read(hybrid(invoice_of("urn:factur-x.eu:1p0:basicwl"), level="basicwl"))
    assert said(reading) == {"GW-PDF-018": ("BASIC or more", "BASIC WL")}


def test_what_factur_x_asks_of_a_file_is_warned_of_where_it_is_missing() -> None:
    loose = with_file(page(), "factur-x.xml", invoice_of("urn:factur-x.eu:1p0:basicwl"), relationship="/Alternative")
    warned = [(each.expected, each.actual) for each in read(loose).findings if each.rule == "GW-PDF-017"]
    assert warned == [("Data", "Alternative"), ("factur-x.xml", "none")]
