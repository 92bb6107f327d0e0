"""MIME on arbitrary octets: a Rejection or an answer, and the parts are exactly what stands between the boundaries."""

import base64
import quopri

from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.errors import Rejection
from edi_gateway.syntax import mime

DECLARED = mime.content_type('multipart/signed; boundary="b"')
pieces = st.lists(st.sampled_from([b"--b", b"--", b"\r\n", b"\n", b"\r", b" ", b"a", b"b", b":", b"-"]), max_size=30)
soup = pieces.map(b"".join) | st.binary(max_size=80)
line_ends = st.sampled_from([b"\r\n", b"\n"])


@settings(max_examples=400)
@given(soup)
def test_arbitrary_octets_are_refused_or_split_where_the_boundaries_are(body: bytes) -> None:
    try:
        first, second = mime.split_signed(DECLARED, body)
    except Rejection:
        return
    for each in (first, second):
        assert each in body
        assert not each.startswith(b"--b")
        assert b"\n--b" not in each


@settings(max_examples=200)
@given(st.binary(max_size=80), st.binary(max_size=80), line_ends)
def test_two_parts_come_out_as_they_went_in(first: bytes, second: bytes, line_end: bytes) -> None:
    body = line_end.join((b"--b", first, b"--b", second, b"--b--", b""))
    if b"--b" in first or b"--b" in second or (line_end == b"\n" and (first[-1:] == b"\r" or second[-1:] == b"\r")):
        return
    assert mime.split_signed(DECLARED, body) == (first, second)


@settings(max_examples=300)
@given(soup | st.binary(max_size=60).map(lambda octets: b"Content-Type: text/xml\r\n" + octets))
def test_a_part_is_refused_or_its_body_is_its_end(part: bytes) -> None:
    try:
        entity = mime.entity(part)
    except Rejection:
        return
    assert part.endswith(entity.body)


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_content_type_is_refused_or_read(value: str) -> None:
    try:
        mime.content_type(value)
    except Rejection:
        return


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_what_was_encoded_is_decoded(content: bytes) -> None:
    assert mime.decode("base64", base64.encodebytes(content)) == content
    assert mime.decode("quoted-printable", quopri.encodestring(content.replace(b"\r", b""))) == content.replace(
        b"\r", b""
    )


@settings(max_examples=200)
@given(st.sampled_from(["base64", "quoted-printable", "7bit", "x"]), st.binary(max_size=60))
def test_any_body_is_refused_or_decoded(encoding: str, body: bytes) -> None:
    try:
        mime.decode(encoding, body)
    except Rejection:
        return


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_the_canonical_form_has_no_bare_line_feed_and_is_its_own(part: bytes) -> None:
    canonical = mime.canonical(part)
    assert canonical.count(b"\n") == canonical.count(b"\r\n")
    assert mime.canonical(canonical) == canonical
