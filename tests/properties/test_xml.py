"""Whatever arrives, XML gives a Rejection or the very content that was signed, and nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.envelopes.xml import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.syntax.xml import parse
from tests.support.xmldsig import partner_key, receive, signed, transmission

FRAGMENTS = [
    *(b"<", b">", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?", b"?>", b"&", b"&lt;", b"&#0;", b"&x;", b"\0"),
    *(
        b"\xff",
        b"\xef\xbb\xbf",
        b"<!DOCTYPE a>",
        b'<?xml version="1.0" encoding="UTF-16"?>',
        b"xmlns=''",
        b"xmlns:a='b'",
    ),
    *(
        b"Id='x'",
        b"xml:id='1'",
        b"<ds:Signature>",
        b"</ds:Signature>",
        b"<a/>",
        b" ",
        b"\r\n",
        b"=",
        b'"',
        b"'",
        b"http://",
    ),
]
NOISE = st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=8))


def _outcome(body: bytes) -> bytes | None:
    try:
        return receive(body, partner_key(certified=True)).content
    except Rejection:
        return None


@settings(max_examples=300, deadline=None)
@given(data=st.one_of(st.binary(max_size=200), st.lists(NOISE, max_size=20).map(b"".join), st.text().map(str.encode)))
def test_arbitrary_octets_are_parsed_or_refused(data: bytes) -> None:
    try:
        parse(data)
        unwrap(transmission(data))
    except Rejection:
        pass


@settings(max_examples=300, deadline=None)
@given(
    xades=st.booleans(),
    start=st.floats(0, 1),
    length=st.sampled_from([0, 0, 1, 1, 2, 5, 20, 200]),
    noise=st.lists(NOISE, max_size=2).map(b"".join),
)
def test_a_signed_document_with_a_part_replaced_is_refused_or_means_the_same(
    xades: bool, start: float, length: int, noise: bytes
) -> None:
    body = signed(xades=xades)
    position = int(start * len(body))
    assert _outcome(body[:position] + noise + body[position + length :]) in (None, _outcome(body))


@settings(max_examples=150, deadline=None)
@given(xades=st.booleans(), first=st.floats(0, 1), second=st.floats(0, 1), length=st.integers(1, 300))
def test_a_signed_document_with_a_part_repeated_elsewhere_is_refused_or_means_the_same(
    xades: bool, first: float, second: float, length: int
) -> None:
    body = signed(xades=xades)
    source, target = int(first * len(body)), int(second * len(body))
    assert _outcome(body[:target] + body[source : source + length] + body[target:]) in (None, _outcome(body))


def test_the_document_that_is_changed_here_verifies() -> None:
    assert all(_outcome(signed(xades=xades)) for xades in (False, True))
