"""Judge what a signature covers: which document it is, what it says, and everything that is wrong with it.

A new format is a reader, a row in schemas/catalogue.toml, and a line in `_XML` or `_JSON`.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal, Protocol

from lxml import etree

from edi_gateway.documents import cii, contract, orderx, pdf, ubl
from edi_gateway.documents.grading import graded
from edi_gateway.documents.parsing import tree
from edi_gateway.documents.rulesets import DEFAULT, Judging, named
from edi_gateway.documents.schema import catalogue
from edi_gateway.documents.violations import MAX_FINDINGS
from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO, Reading
from edi_gateway.model.partner import Identifier
from edi_gateway.model.transmission import Readable, Unverified
from edi_gateway.syntax import xml


class Reader(Protocol):
    """Reads one format, or a family. Raises Rejection: see `validate`."""

    def __call__(self, content: Readable, judging: Judging) -> Reading: ...


_XML: Final[Mapping[str, Reader]] = MappingProxyType(
    dict.fromkeys(ubl.ROOTS, ubl.read) | {cii.ROOT: cii.read, orderx.ROOT: orderx.read}
)
"""By the root element's Clark name. The reader is given the parsed tree."""
_JSON: Final[Reader] = contract.read

_ZUGFERD_1: Final = "{urn:ferd:CrossIndustryDocument:"
_XML_TYPES: Final = ("application/xml", "text/xml")
_JSON_TYPES: Final = ("application/json", "text/json")


def formats() -> tuple[str, ...]:
    """The document formats that are read, such as `ubl-2.1-order`: the ids in schemas/catalogue.toml, in its order."""
    return tuple(catalogue())


def validate(content: Readable, judging: Judging = DEFAULT) -> Reading:
    """Read a document and judge it by its schema and its rules; at most `MAX_FINDINGS` findings are kept.

    The reader is chosen by the media type (`application/octet-stream`, or none, is looked into) and the root element.
    Raises Rejection: "document-unknown" for another kind of document, "document-malformed" for what can't be parsed,
    "document-not-permitted" for what was not agreed with the sender.
    """
    reading = _read(content, judging)
    if judging.profile is not None and judging.profile.levels:
        reading = replace(reading, findings=graded(reading.findings, judging.profile.levels))
    if len(reading.findings) <= MAX_FINDINGS:
        return reading
    return replace(reading, findings=reading.findings[:MAX_FINDINGS], truncated=True)


def claimed_sender(media_type: str, content: bytes | etree._Element) -> tuple[Identifier, ...]:
    """The identifiers that unverified content claims for its sender: where to look for keys, if a signature names none.

    Empty when the content says nothing, can't be parsed, or isn't of a kind that is read.
    """
    if not isinstance(content, bytes):
        return _peek(content)
    try:
        match _syntax(media_type, content):
            case "json":
                return contract.peek(content)
            case "xml":
                return _peek(xml.parse(content))
            case "pdf":
                return ()
    except Rejection:
        return ()


def _peek(root: etree._Element) -> tuple[Identifier, ...]:
    if root.tag == orderx.ROOT:
        return orderx.peek(root)
    return cii.peek(root) if root.tag == cii.ROOT else ubl.peek(root)


def _read(content: Readable, judging: Judging) -> Reading:
    syntax = "xml" if content.tree is not None else _syntax(content.media_type, content.content)
    if syntax == "json":
        return _JSON(content, judging)
    if syntax == "pdf":
        return pdf.read(content, judging, _read)
    root = tree(content)
    if content.tree is None:
        content = Unverified(content.format, content.media_type, content.content, root)
    reader = _XML.get(str(root.tag))
    if reader is None and judging.rules_only and judging.ruleset:
        asked = named(judging.ruleset, judging.on)
        return Reading(None, asked.judge(root), (asked.ruleset,), "rules")
    if reader is None:
        raise _unknown_root(str(root.tag))
    return reader(content, judging)


def _syntax(media_type: str, content: bytes) -> Literal["xml", "json", "pdf"]:
    essence = media_type.partition(";")[0].strip().lower()
    if essence in _XML_TYPES or essence.endswith("+xml"):
        return "xml"
    if essence in _JSON_TYPES or essence.endswith("+json"):
        return "json"
    if essence == pdf.MEDIA_TYPE:
        return "pdf"
    if essence in ("", "application/octet-stream"):
        match content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1]:
            case b"<":
                return "xml"
            case b"{":
                return "json"
            case b"%":
                return "pdf"
    raise _unknown(f"The content is of the type {essence[:MAX_ECHO] or '(none)'}.")


def _unknown_root(tag: str) -> Rejection:
    """A namespace that is nearly right is what most often is wrong: its counterpart says more than a list of all."""
    found = f"The root element is {tag[:MAX_ECHO]}."
    if tag.startswith(_ZUGFERD_1):
        return Rejection("document-unknown", "This is ZUGFeRD 1.0, which is not read. Send ZUGFeRD 2 or Factur-X.")
    local = tag.rpartition("}")[2]
    if near := [root for root in _XML if root.rpartition("}")[2] == local]:
        return Rejection("document-unknown", f"{found} What is read under that name is {', '.join(near)}.")
    return _unknown(found)


def _unknown(found: str) -> Rejection:
    return Rejection("document-unknown", f"{found} What is read: {', '.join(formats())}.")
