"""Why octets are not XML as it is read here, in words that lead to the place: asked only of what is refused anyway."""

import re
from typing import Final

from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO

_LIMITS: Final = (etree.ErrorTypes.ERR_NAME_TOO_LONG, etree.ErrorTypes.ERR_RESOURCE_LIMIT)
_HTML: Final = re.compile(rb"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype\s+)?html\b", re.IGNORECASE)
_MARKS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
"""Byte order marks of encodings that are not read (XML 1.0 §F.1)."""
_AN_HTML_PAGE: Final = "This is an HTML page, such as a server's error or login page."


def not_utf8(data: bytes, start: int, declared: bytes | None) -> Rejection:
    """For octets that are no UTF-8 from `start` on; `declared` is the encoding that the XML declaration names."""
    if wide := _MARKS.get(data[:2]):
        return Rejection("xml-encoding", f"This is {wide}; XML must be encoded in UTF-8.")
    line = data.count(b"\n", 0, start) + 1
    detail = f"The octet at offset {start}, in line {line}, is not UTF-8."
    if declared and declared.upper() != b"UTF-8":
        name = declared[:40].decode(errors="replace")
        detail = f"The encoding is declared as {name}; XML must be encoded in UTF-8. {detail}"
    return Rejection("xml-encoding", detail, line=line)


def doctype(data: bytes) -> Rejection:
    """For a document type declaration."""
    return Rejection("xml-doctype", _AN_HTML_PAGE if _HTML.match(data) else "")


def not_well_formed(data: bytes, error: etree.LxmlError) -> Rejection:
    """For what the parser takes no further."""
    if getattr(error, "code", None) in _LIMITS:
        return Rejection("xml-limits", str(error)[:MAX_ECHO])
    if _HTML.match(data):
        return Rejection("not-xml", _AN_HTML_PAGE)
    if not data.strip():
        return Rejection("not-xml", "There is nothing in it.")
    line = getattr(error, "lineno", None)
    # `msg` ends with line and column; str() would add them once more.
    return Rejection("not-xml", str(getattr(error, "msg", None) or error)[:MAX_ECHO], line=line or None)
