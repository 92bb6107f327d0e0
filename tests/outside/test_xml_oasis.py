"""The signed example of the UBL standard: made by others, with the algorithms of its time."""

import base64
import hashlib
from pathlib import Path

import pytest

from edi_gateway.envelopes.xml import unwrap
from edi_gateway.model.transmission import Envelope, XmlSigned
from edi_gateway.signatures.xmldsig_profile import UBL_XPATH
from tests.support.xmldsig import c14n, refusal, tamper, transmission

EXAMPLE = Path(__file__).parents[2].parent / "shared/corpora/oasis-ubl-2.1/examples/UBL-Invoice-2.0-Enveloped.xml"

pytestmark = pytest.mark.skipif(not EXAMPLE.exists(), reason="needs the examples of the OASIS standard UBL 2.1")


def _envelope() -> Envelope:
    return unwrap(transmission(EXAMPLE.read_bytes()))


def test_the_example_names_its_key() -> None:
    names = {name.kind: name.value for name in _envelope().key_names}
    assert names["fingerprint"] == "2f449c44b587a07e5721007eb721cb09d9c1022d706b13cf2cea95db28f4cc82"
    assert names["issuer-name"].endswith("O=OASIS,L=Burlington,ST=Massachusetts,C=US:17517295961972146475")


def test_the_xpath_of_the_example_is_the_one_that_we_know_and_means_what_we_do() -> None:
    signed = _envelope().signed
    assert isinstance(signed, XmlSigned)
    xpath, digest = (next(signed.root.iter(f"{{*}}{name}")) for name in ("XPath", "DigestValue"))
    holder = next(signed.root.iter("{*}UBLDocumentSignatures"))
    parent = holder.getparent()
    assert parent is not None
    assert "".join((xpath.text or "").split()) == UBL_XPATH
    parent.text = (parent.text or "") + (holder.tail or "")
    holder.tail = None
    parent.remove(holder)
    octets = c14n(signed.root.getroottree(), exclusive=False)
    assert base64.b64encode(hashlib.sha1(octets).digest()).decode() == digest.text


def test_the_example_is_refused_for_its_untyped_reference() -> None:
    rejection = refusal(EXAMPLE.read_bytes())
    assert rejection.code == "signature-profile"
    assert "http://uri.etsi.org/01903#SignedProperties" in rejection.detail


def test_the_example_names_an_algorithm_that_is_known_to_be_broken() -> None:
    body = tamper(
        EXAMPLE.read_bytes(),
        'URI="#xades-test-s"',
        'URI="#xades-test-s" Type="http://uri.etsi.org/01903#SignedProperties"',
    )
    rejection = refusal(body)
    assert rejection.code == "signature-invalid"
    assert "rsa-sha1" in rejection.detail
