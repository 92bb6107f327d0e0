"""The two ways in which something can go wrong, and the stable codes that name the sender's faults."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edi_gateway.model.document import Finding

# The codes are part of the public interface: never renamed, never reused. Each names a page in docs/problems.md.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        # The body isn't what it says it is.
        "content-type-unknown": "This content type is not one that the gateway reads.",
        "body-too-large": "The body is larger than the gateway accepts.",
        "not-xml": "The body is not well-formed XML.",
        "xml-doctype": "XML with a document type declaration is not accepted.",
        "xml-encoding": "XML must be encoded in UTF-8.",
        "xml-limits": "The XML is nested, repeated or declared beyond the limits of the parser.",
        "not-json": "The body is not JSON as RFC 8259 defines it, in UTF-8, with each name once.",
        "not-jws": "The body is not a JSON Web Signature in compact or flattened form.",
        "not-cms": "The body is not a CMS SignedData.",
        "not-mime": "The body is not a multipart/signed message.",
        "not-pdf": "The body is not a PDF.",
        "header-invalid": "A request header is malformed.",
        "too-fast": "The sender posts more documents in a minute than was agreed.",
        "body-too-slow": "The body took longer to arrive than the gateway waits.",
        # Nobody is identified.
        "unsigned": "The document carries no signature.",
        "signature-profile": "The signature is built in a way that the gateway's profile does not allow.",
        "algorithm-unknown": "The signature names an algorithm that the gateway does not verify.",
        "unknown-signer": "No registered key matches the one that the signature names.",
        "signature-invalid": "The signature does not verify.",
        "misdirected-request": "The request is signed for another host than this gateway.",
        "signature-stale": "The signature of the request is not for this moment.",
        "nonce-used": "The nonce of the request's signature was used before.",
        # Somebody is identified, and refused.
        "partner-suspended": "The signer is suspended.",
        "network-not-permitted": "The signer may not send from this network.",
        "document-not-permitted": "The signer may not send documents of this kind, or not signed like this.",
        "key-not-valid": "The key was not valid when the document was received.",
        "key-purpose": "The key is registered, but not for signing documents.",
        "certificate-revoked": "The signer's certificate, or one above it, was revoked when the document was received.",
        "revocation-unknown": "Whether the signer's certificate was revoked is not known, and has to be.",
        "algorithm-barred": "The signature verifies, but with an algorithm or a key size that is no longer accepted.",
        "document-unknown": "The signed content is not a document that the gateway reads.",
        "document-malformed": "The signed content cannot be parsed.",
        "pdf-limits": "The PDF takes more time or memory to read than it is given.",
        "document-invalid": "The document breaks its schema or a rule.",
        "party-mismatch": "The sender named in the document is not the signer, or the receiver is not known.",
        "document-conflict": "A document of this type and number was accepted before with other content.",
        "contract-conflict": "Another party has signed this version of the contract with other content.",
        "idempotency-key-reused": "This Idempotency-Key was used before with another document.",
    }
)


class GatewayError(Exception):
    """Something went wrong that the gateway has a word for."""


class Rejection(GatewayError):
    """The sender's fault: it becomes an answer and, where the sender is identified, an entry in the ledger.

    `code` is one of `REASONS`; `detail` says what was found where, in words for the sender's engineer, with at most
    200 characters of the sender's own data; `findings` are what validation had to say, if it spoke; `line` is where in
    the text it can't be read any further.
    """

    def __init__(
        self, code: str, detail: str = "", findings: "Sequence[Finding]" = (), line: int | None = None
    ) -> None:
        self.code = code
        self.reason = REASONS[code]
        self.detail = detail or self.reason
        self.findings = tuple(findings)
        self.line = line
        super().__init__(f"{code}: {self.detail}")


class TooFast(Rejection):
    """A sender who is known posts too much: nothing is recorded. `retry_after` is in whole seconds."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__("too-fast", detail)
        self.retry_after = retry_after


class Fault(GatewayError):
    """Our own fault, or our surroundings': it is rolled back, answered with 503, and never becomes a verdict."""


class Misuse(GatewayError):
    """An operator asked for what can't be done: said on the command line or as a 4xx, recorded nowhere."""


class Taken(Misuse):
    """What the operator asks for is there already, or belongs to somebody else."""


class Unproven(GatewayError):
    """A proof, a signed note or a receipt doesn't hold: it is not what it claims to be, and the message names why."""


_STATES = frozenset({"OperationalError", "InterfaceError", "DatabaseError", "TimeoutError"})
"""What drivers call it when a database is full, locked, damaged or gone (PEP 249): our code isn't wrong then."""


def is_expected(error: BaseException) -> bool:
    """Whether the message says it all: neither the error nor what caused it asks for a look at the code."""
    known = isinstance(error, GatewayError | OSError) or type(error).__name__ in _STATES
    return known and (error.__cause__ is None or is_expected(error.__cause__))
