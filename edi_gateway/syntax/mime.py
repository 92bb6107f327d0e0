"""MIME as far as signed messages need it, on raw octets: what is hashed is cut out and never written anew.

Where two readers of MIME could disagree on what a message says (a boundary with something behind it, a header field
twice, junk in base64), the message is refused. Every function raises Rejection("not-mime") and nothing else.
"""

import binascii
import re
from collections.abc import Mapping
from typing import NamedTuple

from edi_gateway.errors import Rejection

MAX_HEADERS = 8_192
"""Octets of one header block."""
MAX_FIELD = 1_024
"""Characters of a Content-Type value."""

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_MEDIA_TYPE = re.compile(rf"[ \t]*+({_WORD}/{_WORD})[ \t]*+")
_PARAMETER = re.compile(rf';[ \t]*+({_WORD})[ \t]*+=[ \t]*+({_WORD}|"(?:[\t !#-\[\]-~]|\\[ -~])*+")[ \t]*+')
# RFC 2046 §5.1.1: 1 to 70 of these, a space not last.
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_FIELD = re.compile(rb"([A-Za-z][0-9A-Za-z-]*+):([\t -~]*+)")
_LINE_END = re.compile(rb"\r?\n")
_BLANK_LINE = re.compile(rb"(?:\A|\r?\n)\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\Z)")
# RFC 2045 §6.7: no octet but these, no white space at the end of a line.
_QUOTED_PRINTABLE = re.compile(rb"(?:[!-<>-~]++|[ \t]++(?!\r?\n|\Z)|\r?\n|=[0-9A-Fa-f]{2}|=\r?\n)*+")
_MARK = "\ufeff".encode()
_CHARSETS = ("utf-8", "us-ascii")


class ContentType(NamedTuple):
    """A media type in lower case, and its parameters by lower-case name."""

    media_type: str
    parameters: Mapping[str, str]


class Entity(NamedTuple):
    """A MIME part taken apart: the media type it claims, how its body was encoded for transfer, that body as it is."""

    media_type: str
    encoding: str
    body: bytes

    def decoded(self) -> bytes:
        """The body with its Content-Transfer-Encoding undone (RFC 2045 §6)."""
        return decode(self.encoding, self.body)


def content_type(value: str) -> ContentType:
    """Read a Content-Type field (RFC 2045 §5.1), strictly: no comments, each parameter once."""
    media_type = _MEDIA_TYPE.match(value) if len(value) <= MAX_FIELD else None
    if not media_type:
        raise Rejection("not-mime", f"This is not a Content-Type: {value[:200]!r}")
    parameters: dict[str, str] = {}
    at = media_type.end()
    while at < len(value):
        found = _PARAMETER.match(value, at)
        if not found or found[1].lower() in parameters:
            raise Rejection("not-mime", f"A parameter of the Content-Type is malformed or twice: {value[at:][:200]!r}")
        parameters[found[1].lower()] = re.sub(r"\\(.)", r"\1", found[2][1:-1]) if found[2][0] == '"' else found[2]
        at = found.end()
    return ContentType(media_type[1].lower(), parameters)


def split_signed(declared: ContentType, body: bytes) -> tuple[bytes, bytes]:
    """Cut a multipart/signed body (RFC 1847 §2.1) into its two parts' exact octets, headers included.

    The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1), be it CRLF or LF. Text before the first
    boundary is dropped; behind the last there may be only white space. A third part, or a line that begins with the
    boundary and goes on, is refused.
    """
    boundary = declared.parameters.get("boundary", "")
    delimiter = b"--" + boundary.encode("ascii", "replace")
    if declared.media_type != "multipart/signed" or not _BOUNDARY.fullmatch(boundary):
        raise Rejection("not-mime", "The message must be multipart/signed with a boundary as RFC 2046 §5.1.1 has it.")
    ends = [_boundary(body, start, delimiter) for start in _line_starts(body, delimiter)]
    if [last for _, _, last in ends] != [False, False, True] or body[ends[2][1] :].strip():
        raise Rejection("not-mime", "A multipart/signed message has two parts, then its last boundary, then nothing.")
    (_, start, _), (middle, second, _), (end, _, _) = ends
    return body[start:middle], body[second:end]


def _line_starts(body: bytes, delimiter: bytes) -> list[int]:
    """Where a line starts with the delimiter; four places at most, since there must be three."""
    if b"\r" + delimiter in body:
        raise Rejection("not-mime", "A boundary follows a bare CR, which is no line end (RFC 5322 §2.3).")
    starts = [0] if body.startswith(delimiter) else []
    at = body.find(b"\n" + delimiter)
    while at >= 0 and len(starts) < 4:
        starts.append(at + 1)
        at = body.find(b"\n" + delimiter, at + 1)
    return starts


def _boundary(body: bytes, start: int, delimiter: bytes) -> tuple[int, int, bool]:
    """(where the part before ends, where the next part starts, whether it is the last boundary)."""
    rest = _AFTER_BOUNDARY.match(body, start + len(delimiter))
    if not rest:
        raise Rejection("not-mime", "A line begins with the boundary and goes on behind it.")
    line_end = 2 if body.endswith(b"\r\n", 0, start) else min(start, 1)
    return start - line_end, rest.end(), bool(rest[1])


def entity(part: bytes) -> Entity:
    """Take one part apart. Only a leaf is taken: a multipart or a message inside is refused.

    A part whose first line is no header field at all has no headers: `openssl cms -sign` without `-text` signs the
    bare document. Without a Content-Type the media type is application/octet-stream, as it is for text/plain.
    """
    fields, body = _headers(part)
    media_type = "application/octet-stream"
    if b"content-type" in fields:
        media_type, parameters = content_type(fields[b"content-type"])
        if parameters.get("charset", "utf-8").lower() not in _CHARSETS:
            # RFC 7303 §3.2: to other readers it outweighs what the document says of itself.
            raise Rejection("not-mime", f"The charset {parameters['charset'][:100]!r} of a part is not UTF-8.")
    if media_type.startswith(("multipart/", "message/")):
        raise Rejection("not-mime", f"The signed part must be a document, not a {media_type[:200]}.")
    encoding = fields.get(b"content-transfer-encoding", "binary").strip(" \t").lower()
    return Entity("application/octet-stream" if media_type == "text/plain" else media_type, encoding, body)


def _headers(part: bytes) -> tuple[dict[bytes, str], bytes]:
    """The fields that say something about the content, unfolded, by lower-case name; and what follows them."""
    blank = _BLANK_LINE.search(part, 0, MAX_HEADERS)
    first = part[: MAX_FIELD + 1].split(b"\n", 1)[0]
    if not (_FIELD.match(first) or (blank and not first.strip(b"\r"))):
        return {}, part
    if not blank:
        raise Rejection("not-mime", f"No blank line ends the header of a part within {MAX_HEADERS} octets.")
    fields: dict[bytes, str] = {}
    for line in _LINE_END.split(_FOLD.sub(b"", part[: blank.start()])):
        field = _FIELD.fullmatch(line)
        if line and not field:
            raise Rejection("not-mime", f"This is not a header field: {line[:200]!r}")
        if field and field[1].lower().startswith(b"content-"):
            if field[1].lower() in fields:
                raise Rejection("not-mime", f"The header field {field[1][:200].decode()} is there twice.")
            fields[field[1].lower()] = field[2].decode("ascii")
    return fields, part[blank.end() :]


def decode(encoding: str, body: bytes) -> bytes:
    """Undo a Content-Transfer-Encoding (RFC 2045 §6), refusing what lenient decoders would skip."""
    match encoding.strip(" \t").lower():
        case "7bit" | "8bit" | "binary":
            return body
        case "base64":
            return _base64(body)
        case "quoted-printable" if _QUOTED_PRINTABLE.fullmatch(body):
            return binascii.a2b_qp(body)
        case "quoted-printable":
            raise Rejection("not-mime", "The quoted-printable body holds what quoted-printable doesn't allow.")
        case other:
            raise Rejection("not-mime", f"The Content-Transfer-Encoding {other[:200]!r} is not one of RFC 2045.")


def _base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body.translate(None, b" \t\r\n"), strict_mode=True)
    except binascii.Error as error:
        raise Rejection("not-mime", "The base64 body holds what base64 doesn't allow.") from error


def canonical(part: bytes) -> bytes:
    """The canonical form of a text part: every line ends in CRLF (RFC 8551 §3.1.1)."""
    # Not by a regular expression, which would take a hundred times the memory of the lines.
    return part.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def sniff(content: bytes) -> str:
    """The media type of a document that came without one, by its first octet that isn't blank."""
    start = content[:64].removeprefix(_MARK).lstrip(b" \t\r\n")
    if start.startswith(b"<"):
        return "application/xml"
    if start.startswith(b"{"):
        return "application/json"
    return "application/pdf" if start.startswith(b"%PDF-") else "application/octet-stream"
