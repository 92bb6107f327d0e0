"""The XML reader, where the attack vectors don't reach: what it makes of documents that are sound."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.syntax.xml import (
    MAX_ATTRIBUTES,
    MAX_NAMESPACES,
    base64_of,
    child_elements,
    comments_within,
    parse,
    text_of,
)


def _code(data: bytes) -> str:
    with pytest.raises(Rejection) as caught:
        parse(data)
    return caught.value.code


@pytest.mark.parametrize(
    "start",
    [
        "",
        "\ufeff",
        '<?xml version="1.0"?>',
        "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n",
        "<?p q?>",
        "<!-- c -->",
    ],
)
def test_utf_8_is_read_with_or_without_a_declaration(start: str) -> None:
    assert parse(f"{start}<a>é</a>".encode()).text == "é"


def test_a_text_that_a_comment_or_cdata_splits_reads_as_one() -> None:
    root = parse(b"<a>1<!-- -->2<![CDATA[&]]>3</a>")
    assert (root.text, len(root)) == ("12&3", 0)


def test_an_encoding_in_the_text_is_not_a_declaration() -> None:
    assert parse(b'<a>encoding="UTF-16"</a>') is not None
    assert parse(b'<?p encoding="UTF-16"?><a/>') is not None


def test_something_like_a_processing_instruction_in_cdata_is_text() -> None:
    assert parse(b"<a><![CDATA[<?p?>]]></a>").text == "<?p?>"


def test_what_a_comment_says_about_document_types_is_refused_all_the_same() -> None:
    assert _code(b"<a><!-- <!DOCTYPE a> --></a>") == "xml-doctype"


def test_namespaces_up_to_the_limit_are_read() -> None:
    def document(count: int) -> bytes:
        return b"<a>" + b'<b xmlns="urn:b"/>' * count + b"</a>"

    assert len(parse(document(MAX_NAMESPACES))) == MAX_NAMESPACES
    assert _code(document(MAX_NAMESPACES + 1)) == "xml-limits"


@pytest.mark.parametrize("filler", ["<b/>", '<b c=""/>', "<b></b>", "<b/>x"])
def test_a_document_made_of_nothing_but_elements_is_refused_before_it_becomes_a_tree(filler: str) -> None:
    assert _code(f"<a>{filler * 300_000}</a>".encode()) == "xml-limits"


def test_a_large_document_of_short_elements_is_read() -> None:
    assert len(parse(b"<a>" + b"<Item>100</Item>" * 200_000 + b"</a>")) == 200_000


def test_attributes_are_counted_by_element_where_there_are_many() -> None:
    def document(count: int) -> bytes:
        crowded = " ".join(f"a{i}='1'" for i in range(count))
        return b"<a>" + b'<b c="1"/>' * 6000 + f"<d {crowded}/></a>".encode()

    assert len(parse(document(MAX_ATTRIBUTES))) == 6001
    assert _code(document(MAX_ATTRIBUTES + 1)) == "xml-limits"


def test_the_detail_of_a_refusal_repeats_little_of_the_document() -> None:
    with pytest.raises(Rejection) as caught:
        parse(f"<{'x' * 1000}></y>".encode())
    assert len(caught.value.detail) <= 200


def test_documents_are_read_on_several_threads_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda i: parse(f"<a>{i}</a>".encode()).text, range(200)))
    assert texts == [str(i) for i in range(200)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<a><!-- --><b/></a>", False),
        ("<a><b/><!-- --></a>", False),
        ("<a><b>x<!-- --></b></a>", True),
        ("<a><b><c><!-- --></c></b></a>", True),
        ("<a><b><![CDATA[<!-- -->]]></b></a>", False),
        ("<!-- --><a><b/></a>", False),
        ("<a/>", False),
    ],
)
def test_comments_are_found_inside_an_element_only(body: str, found: bool) -> None:
    assert comments_within(body.encode(), "b") is found


def test_base64_may_be_broken_into_lines_and_nothing_else() -> None:
    assert base64_of(parse(b"<a>\n AAEC\n\tAw== </a>")) == b"\0\1\2\3"
    assert base64_of(parse(b"<a/>")) == b""
    for text in ("AA", "AA=", "AB==", "A-_A", "AA==AA==", "A\u00a0A==", "é", "AA==<b/>"):
        with pytest.raises(Rejection, match="signature-profile"):
            base64_of(parse(f"<a>{text}</a>".encode()))


def test_text_and_elements_are_not_mixed() -> None:
    assert text_of(parse(b"<a> x y </a>")) == "x y"
    assert [child.tag for child in child_elements(parse(b"<a> <b/>\n<c/> </a>"))] == ["b", "c"]
    for read in (text_of, child_elements):
        with pytest.raises(Rejection, match="signature-profile"):
            read(parse(b"<a>x<b/></a>"))


def test_the_tree_serialises_as_what_was_read() -> None:
    assert etree.tostring(parse(b"<a b='1'>x<c/>y</a>")) == b'<a b="1">x<c/>y</a>'
