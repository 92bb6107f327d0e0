"""The factur-x package, which makes hybrid invoices and takes them apart, has the same XML as we have."""

from hashlib import sha256

import facturx
import pytest
from lxml import etree

from edi_gateway.documents.validate import validate
from edi_gateway.model.transmission import Unverified
from tests.support.hybrid import CORE, hybrid, invoice_of
from tests.support.pdf import signed_by

LEVELS = {
    "basicwl": "urn:factur-x.eu:1p0:basicwl",
    "basic": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "en16931": CORE,
    "extended": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
}


@pytest.mark.parametrize("level", LEVELS)
def test_both_find_the_same_xml(level: str) -> None:
    xml = invoice_of(LEVELS[level])
    pdf = signed_by(hybrid(xml, level=level), "acme")
    name, theirs = facturx.get_xml_from_pdf(pdf, check_xsd=False)
    assert theirs == xml
    reading = validate(Unverified(None, "application/pdf", pdf))
    found = {each.rule: each.actual for each in reading.findings}
    assert found["GW-PDF-013"] == f"{name} sha256:{sha256(xml).hexdigest()}"
    assert facturx.get_level(etree.fromstring(xml)) == level
    # What the package writes into the metadata agrees with the XML, to us as well.
    assert not {"GW-PDF-016", "GW-PDF-017"} & found.keys()
