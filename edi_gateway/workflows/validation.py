"""Judging a document on request: what the gateway would say of its content, without recording anything.

A document need not be signed. If it is, the signature is taken off, and nobody looks at it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.parser import BytesHeaderParser
from typing import Any, Final, Literal

from lxml import etree

from edi_gateway.documents.rulesets import Judging
from edi_gateway.documents.validate import validate
from edi_gateway.envelopes import pdf
from edi_gateway.envelopes.unwrap import ENVELOPES, unwrap
from edi_gateway.envelopes.xml import placed_signatures
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Finding, Reading
from edi_gateway.model.transmission import CmsSigned, JwsSigned, SignatureFormat, Transmission, Unverified
from edi_gateway.receipts.report import report_json
from edi_gateway.receipts.statement import digest
from edi_gateway.signatures.xmldsig import take_out
from edi_gateway.syntax import json as strict_json
from edi_gateway.syntax import mime, xml
from edi_gateway.syntax.pdf.places import places
from edi_gateway.workflows.judge import finding_of

UNSIGNED_TYPES: Final = ("application/xml", "text/xml", "application/json", pdf.MEDIA_TYPE)
"""Content types of a document that may come without a signature."""

Outcome = Literal["accepted", "rejected"]
_JWS_MEMBERS: Final = {"payload", "signature"}
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_MAX_HEADERS: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found. `signed` says how the document was signed, if at all: the signature was not checked.

    `tree` is what was judged, where that is XML.
    """

    verdict: Outcome
    reading: Reading
    digest: str
    signed: SignatureFormat | None = None
    tree: etree._Element | None = None
    rules_only: bool = False

    @classmethod
    def refused(cls, body: bytes, finding: Finding) -> "Validation":
        """Nothing could be read."""
        reading = Reading(document=None, findings=(finding,), ruleset=(), reached=finding.stage)
        return cls("rejected", reading, digest(body))

    @property
    def report(self) -> dict[str, Any]:
        """The members of a problem that tell what validation has to say, the verdict in front."""
        said: dict[str, Any] = json.loads(report_json("", self.digest, self.reading))
        del said["documentId"]
        skipped = ("signature", "schema") if self.rules_only else ("signature",)
        stages = [each | {"outcome": "skipped"} if each["name"] in skipped else each for each in said["stages"]]
        return (
            {"verdict": self.verdict} | said | {"stages": stages, "signature": "notChecked" if self.signed else "none"}
        )


def validation(body: bytes, content_type: str, judging: Judging, now: datetime) -> Validation:
    """Judge what was sent under that content type, at that moment.

    Whatever is wrong with the document becomes a finding. Raises Rejection("content-type-unknown") for another content
    type than those in `UNSIGNED_TYPES` and `ENVELOPES`, and Misuse for a rule set that there isn't.
    """
    if media_type(content_type) not in (*UNSIGNED_TYPES, *ENVELOPES):
        raise Rejection("content-type-unknown", f"What is read: {', '.join(sorted({*UNSIGNED_TYPES, *ENVELOPES}))}.")
    content: Unverified | None = None
    try:
        content = _content(body, content_type, now)
        reading = validate(content, judging)
    except Rejection as refusal:
        if content is None:
            return Validation.refused(body, finding_of(refusal))
        reading = Validation.refused(body, finding_of(refusal)).reading
    if judging.profile is not None:
        reading = replace(reading, ruleset=(*reading.ruleset, *judging.agreed))
    refused = any(finding.refuses for finding in reading.findings)
    return Validation(
        verdict="rejected" if refused else "accepted",
        reading=reading,
        digest=digest(body),
        signed=content.format,
        tree=content.tree,
        rules_only=judging.rules_only,
    )


def looks_like(data: bytes) -> tuple[str, bytes]:
    """The content type of a file, and its body: a MIME entity says it in its header. Raises Rejection."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    match start[:1]:
        case b"<":
            return "application/xml", data
        case b"{":
            return ("application/jose+json" if _is_jws(data) else "application/json"), data
        case b"\x30":
            return "application/cms", data
    if not start:
        raise Rejection("content-type-unknown", "There is nothing in it.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "application/xml", data  # UTF-16, to be told so
    if data.startswith(b"%PDF-"):
        return pdf.MEDIA_TYPE, data
    if start.startswith(b"ey") and start.count(b".") == 2:
        return "application/jose", start.rstrip()
    if gap := _BLANK_LINE.search(data, 0, _MAX_HEADERS):
        declared = BytesHeaderParser().parsebytes(data[: gap.start()])["content-type"]
        if declared:
            return " ".join(str(declared).split()), data[gap.end() :]
    raise Rejection("content-type-unknown", "This is neither XML, JSON nor PDF, nor signed with CMS, S/MIME or JWS.")


def _is_jws(data: bytes) -> bool:
    try:
        members = strict_json.parse(data)
    except Rejection:
        return False
    return isinstance(members, Mapping) and members.keys() >= _JWS_MEMBERS


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _content(body: bytes, content_type: str, now: datetime) -> Unverified:
    essence = media_type(content_type)
    if essence == "application/json":
        return Unverified(None, essence, body)
    if essence == pdf.MEDIA_TYPE:
        return Unverified("pades" if places(body) else None, essence, body)
    if essence in UNSIGNED_TYPES:
        return _xml(body)
    envelope = unwrap(Transmission(body, content_type, now))
    signed = envelope.signed
    assert isinstance(signed, CmsSigned | JwsSigned)
    octets = signed.payload if isinstance(signed, JwsSigned) else signed.content
    inside = mime.entity(octets).decoded() if envelope.format == "smime" else octets
    kind = mime.sniff(inside) if envelope.media_type == "application/octet-stream" else envelope.media_type
    if media_type(kind) in ("application/xml", "text/xml") or media_type(kind).endswith("+xml"):
        return Unverified(envelope.format, kind, inside, xml.parse(inside))
    return Unverified(envelope.format, kind, inside)


def _xml(body: bytes) -> Unverified:
    root = xml.parse(body)
    signatures = placed_signatures(root)
    for signature in signatures:
        take_out(signature)
    content = etree.tostring(root) if signatures else body
    return Unverified("xmldsig" if signatures else None, "application/xml", content, root)
