"""A request as it arrived, how it was packed and signed, and what of it is authentic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from lxml import etree

from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.pdf import Place

SignatureFormat = Literal["xmldsig", "smime", "cms", "jws", "pades"]


@dataclass(frozen=True, slots=True)
class Transmission:
    """One request: the body exactly as received, and the headers in lower case."""

    body: bytes
    content_type: str
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    peer: str = ""


class KeyName(NamedTuple):
    """One way in which a signature names its key. A name only selects among registered keys; it is never trusted.

    | kind | value |
    |---|---|
    | fingerprint | lower-case hex SHA-256 of the DER SubjectPublicKeyInfo (embedded certificate, KeyValue, `kid`) |
    | certificate | lower-case hex SHA-256 of the DER certificate (`x5t#S256`, SigningCertificateV2) |
    | issuer-serial | lower-case hex SHA-256 of the issuer's DER Name, a colon, the serial number in decimal (CMS) |
    | issuer-name | the issuer as RFC 4514 string, a colon, the serial number in decimal (XMLDSig) |
    | subject-key-id | lower-case hex of the SubjectKeyIdentifier |
    | subject-name | the subject as RFC 4514 string (XMLDSig) |
    """

    kind: Literal["fingerprint", "certificate", "issuer-serial", "issuer-name", "subject-key-id", "subject-name"]
    value: str


@dataclass(frozen=True, slots=True)
class XmlSigned:
    """A whole XML document, comments dropped at parsing, with its one `ds:Signature` element still in place.

    `octets` is the document as it arrived: what canonical XML will cost can be told from it without walking the tree.
    """

    root: etree._Element
    signature: etree._Element
    octets: bytes = field(repr=False)


class AlgorithmIdentifier(NamedTuple):
    """RFC 5280 §4.1.1.2: a dotted OID, and the DER of its parameters, empty where they are absent."""

    oid: str
    parameters: bytes = b""


@dataclass(frozen=True, slots=True)
class CmsSigned:
    """The parts of a CMS SignedData (RFC 5652 §5) with exactly one SignerInfo. All of it is DER or raw bytes.

    `content` is what the signature must cover: the encapsulated content, or the detached MIME part as it arrived.
    `signed_attributes` is the SET OF as it is signed (tag 0x31), `attributes` its members: OID → DER of the one value.
    """

    content: bytes
    content_type: str
    digest_algorithm: AlgorithmIdentifier
    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    signed_attributes: bytes
    attributes: Mapping[str, bytes]
    certificates: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class JwsSigned:
    """A JSON Web Signature (RFC 7515): the parsed protected header, the signing input, the payload, the signature."""

    header: Mapping[str, object]
    signing_input: bytes
    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class PdfSigned:
    """A signature in a PDF: a detached CMS over all of `octets` before the end of its place, but for its own value."""

    cms: CmsSigned
    octets: bytes = field(repr=False)
    place: Place


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is signed, the signature, and who it claims to be. Nothing in it is authentic yet.

    `media_type` is the type of the document inside; `key_names` is empty where the signature names no key.
    """

    format: SignatureFormat
    media_type: str
    key_names: tuple[KeyName, ...]
    signed: XmlSigned | CmsSigned | JwsSigned | PdfSigned


@dataclass(frozen=True, slots=True)
class Verified:
    """What a signature that verifies covers, and only that. Made by `signatures.verify` alone.

    `content` is the octets that the signer hashed (for XML: the canonical form without the Signature; for S/MIME: the
    document in the signed part, its transfer encoding undone, authentic because the part is; for PDF: the file with
    zeros where the signature's value stands, which isn't covered, while `source` has it as it came). `tree` is the
    same content parsed, where the verifier has it at hand: free of comments, of processing instructions inside the
    root, and of the Signature. `algorithm` is a name in `signatures.policy.ALGORITHMS`, `digest` one in its `DIGESTS`.
    `signed_at` is the signer's claim, nobody's proof. `sha256` is the digest of `content`, where it is at hand.
    """

    format: SignatureFormat
    media_type: str
    content: bytes
    key: PartnerKey
    algorithm: str
    digest: str
    signed_at: datetime | None = None
    sha256: bytes | None = None
    tree: etree._Element | None = field(default=None, compare=False, repr=False)
    source: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Unverified:
    """A document whose signature nobody has looked at, if it has one: to be judged on request, and never recorded.

    Members are as those of Verified. `format` says how it was signed.
    """

    format: SignatureFormat | None
    media_type: str
    content: bytes
    tree: etree._Element | None = field(default=None, compare=False, repr=False)
    source: bytes | None = field(default=None, repr=False)


class Readable(Protocol):
    """What a document can be read from: Verified, or Unverified where nothing is at stake."""

    @property
    def format(self) -> SignatureFormat | None: ...
    @property
    def media_type(self) -> str: ...
    @property
    def content(self) -> bytes: ...
    @property
    def source(self) -> bytes | None: ...
    @property
    def tree(self) -> etree._Element | None: ...
