import pytest
from lxml import etree

from edi_gateway.demo import documents
from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.documents.validate import MAX_FINDINGS, claimed_sender, formats, validate
from edi_gateway.errors import Rejection
from tests.support import cii, orderx
from tests.support.ubl import BY_FORMAT, INVOICE, ORDER, verified

CONTRACT = documents.contract("FC-2026-014", GLOBEX, ACME)
EVERY = {**BY_FORMAT, **orderx.BY_FORMAT, "cii-d22b-invoice": cii.INVOICE, "contract-1": CONTRACT}


def test_every_format_of_the_catalogue_is_read() -> None:
    assert set(formats()) == set(EVERY)


@pytest.mark.parametrize("format", EVERY)
def test_a_document_is_recognised_by_its_media_type_or_when_looked_into(format: str) -> None:
    content = EVERY[format]
    declared = "application/json" if format == "contract-1" else "application/xml"
    for media_type in (declared, f"{declared.upper()}; charset=utf-8", "application/octet-stream", ""):
        reading = validate(verified(content, media_type))
        assert reading.findings == ()
        assert reading.document is not None
        assert reading.document.format == format


def test_a_byte_order_mark_and_white_space_do_not_hide_what_a_document_is() -> None:
    assert validate(verified(b"\xef\xbb\xbf" + ORDER, "application/octet-stream")).document is not None
    assert validate(verified(b" \r\n\t" + CONTRACT, "application/octet-stream")).document is not None


@pytest.mark.parametrize("media_type", ["text/xml", "application/vnd.example.order+xml"])
def test_every_xml_type_is_xml(media_type: str) -> None:
    assert validate(verified(ORDER, media_type)).findings == ()


def test_the_tree_that_a_verifier_made_is_used() -> None:
    reading = validate(verified(b"", format="xmldsig", tree=etree.fromstring(INVOICE)))
    assert reading.document is not None
    assert reading.document.number == "INV-1"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<Note/>", "application/xml"),
        (b'<x:Note xmlns:x="urn:x"/>', "application/octet-stream"),
        (b"GIF89a", "application/octet-stream"),
        (b"", "application/octet-stream"),
        (b"[]", "application/octet-stream"),
        (ORDER, "image/gif"),
        (ORDER, "text/plain"),
        (b"<" + b"x" * 10_000 + b"/>", "application/xml"),
        (ORDER, "x" * 10_000),
    ],
)
def test_what_is_not_read_is_refused_with_a_list_of_what_is(content: bytes, media_type: str) -> None:
    with pytest.raises(Rejection) as refusal:
        validate(verified(content, media_type))
    assert refusal.value.code == "document-unknown"
    assert all(format in refusal.value.detail for format in formats())
    assert refusal.value.detail.count("x") < 250


@pytest.mark.parametrize(
    "start", [b"<Order/>", b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-1"/>']
)
def test_a_root_of_another_namespace_is_told_the_one_that_is_read(start: bytes) -> None:
    with pytest.raises(Rejection) as refusal:
        validate(verified(start, "application/xml"))
    assert refusal.value.code == "document-unknown"
    right = "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"
    assert refusal.value.detail.endswith(f"What is read under that name is {right}.")


def test_zugferd_1_is_called_by_its_name() -> None:
    with pytest.raises(Rejection) as refusal:
        validate(verified(b'<i:CrossIndustryDocument xmlns:i="urn:ferd:CrossIndustryDocument:invoice:1p0"/>', ""))
    assert (refusal.value.code, refusal.value.detail.split(",")[0]) == ("document-unknown", "This is ZUGFeRD 1.0")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (ORDER[:-1], "application/xml"),
        (b"", "application/xml"),
        (b"\xff", "application/xml"),
        (b"<!DOCTYPE x><x/>", "application/xml"),
        (ORDER, "application/json"),
        (CONTRACT[:-1], "application/json"),
        (CONTRACT, "application/xml"),
        (b"{", "application/octet-stream"),
    ],
)
def test_what_does_not_parse_is_malformed(content: bytes, media_type: str) -> None:
    with pytest.raises(Rejection) as refusal:
        validate(verified(content, media_type))
    assert refusal.value.code == "document-malformed"


def test_findings_beyond_the_limit_are_cut_and_the_cut_is_said() -> None:
    many = b'{"contractId": 1, ' + b", ".join(b'"x%d": 1' % n for n in range(3)) + b"}"
    assert not validate(verified(many, "application/json")).truncated
    prices = ", ".join(["{}"] * 150)
    reading = validate(verified(f'{{"priceList": [{prices}]}}'.encode(), "application/json"))
    assert (len(reading.findings), reading.truncated) == (MAX_FINDINGS, True)


def test_a_sender_is_claimed_by_trees_and_octets() -> None:
    assert claimed_sender("application/xml", etree.fromstring(ORDER)) == GLOBEX.identifiers
    assert claimed_sender("application/xml", ORDER) == GLOBEX.identifiers
    assert claimed_sender("application/octet-stream", INVOICE) == ACME.identifiers
    assert claimed_sender("application/json", CONTRACT) == ACME.identifiers
    assert set(ACME.identifiers) < set(claimed_sender("application/xml", cii.INVOICE))


@pytest.mark.parametrize("media_type", ["application/xml", "application/json", "application/octet-stream", "image/png"])
@pytest.mark.parametrize("content", [b"", b"\xff", b"<a", b"<a/>", b"{}", b"[1]", b"null"])
def test_nobody_is_claimed_by_what_cannot_be_read(media_type: str, content: bytes) -> None:
    assert claimed_sender(media_type, content) == ()
