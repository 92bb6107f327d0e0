import pytest

from edi_gateway.syntax.base64 import decode, decode_url, encode_url


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"", b""), (b"f", b"Zg"), (b"fo", b"Zm8"), (b"foo", b"Zm9v"), (b"\xff\xef\xfe", b"_-_-")],
)
def test_base64url_has_one_text_for_any_octets(octets: bytes, text: bytes) -> None:
    assert encode_url(octets) == text
    assert decode_url(text) == octets


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"Zg==", id="padding"),
        pytest.param(b"Zm 8", id="white space"),
        pytest.param(b"Zm9v\n", id="line end"),
        pytest.param(b"+/+/", id="alphabet of standard base64"),
        pytest.param(b"Zh", id="unused bits after one octet"),
        pytest.param(b"Zm9", id="unused bits after two octets"),
        pytest.param(b"Zm9vZh", id="unused bits after a whole group"),
        pytest.param(b"Z", id="impossible length"),
        pytest.param(b"Zm9vZ", id="impossible length after a whole group"),
        pytest.param(b"Zm9v\xc3\xa9", id="outside ASCII"),
        pytest.param(b"Zm\x009", id="NUL"),
    ],
)
def test_any_other_text_is_not_base64url(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - says no more than that - the reader says which part it was
        decode_url(text)


def test_standard_base64_is_read() -> None:
    assert decode(b"+/8=") == b"\xfb\xff"


@pytest.mark.parametrize("text", [b"+/8", b"+/9=", b"-_8=", b"+/8=\n", b" +/8=", b"+/8=+/8=", b"+/8==", b"="])
def test_any_other_text_is_not_standard_base64(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - says no more than that
        decode(text)
