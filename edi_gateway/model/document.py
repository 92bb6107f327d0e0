"""A business document as the gateway read it, and what validation has to say about it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from edi_gateway.model.contract import ContractCopy, ContractRecord
from edi_gateway.model.partner import Identifier

DocumentType = Literal[
    "order",
    "order-change",
    "order-cancellation",
    "order-response",
    "order-response-simple",
    "despatch-advice",
    "receipt-advice",
    "invoice",
    "credit-note",
    "application-response",
    "remittance-advice",
    "contract",
]
Severity = Literal["fatal", "error", "warning", "information"]
Stage = Literal["wellformed", "signature", "schema", "rules", "link"]

MAX_ECHO = 200
"""At most so many characters of a sender's own text are repeated in an answer."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where: an XPath with fixed prefixes, or a JSON Pointer (RFC 6901), and the line, counted from 1."""

    xpath: str | None = None
    pointer: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that validation has to say. Only `fatal` and `error` refuse."""

    rule: str
    severity: Severity
    stage: Stage
    message: str
    terms: tuple[str, ...] = ()
    expected: str | None = None
    actual: str | None = None
    locations: tuple[Location, ...] = ()

    @property
    def refuses(self) -> bool:
        return self.severity in ("fatal", "error")


@dataclass(frozen=True, slots=True)
class Party:
    """A party as a document names it: every identifier that carries a scheme, in document order."""

    identifiers: tuple[Identifier, ...] = ()
    name: str | None = None
    location: Location = Location()


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document that this one names. `type` is a DocumentType or the field's word, such as `quotation`."""

    type: str
    number: str


@dataclass(frozen=True, slots=True)
class Document:
    """One business document. An accepted one has all that its schema requires; a refused one may lack anything.

    `contract` is what a party signs with one that is about a contract, where it keeps its schema and rules.
    """

    format: str
    type: DocumentType
    sender: Party
    receivers: tuple[Party, ...]
    number: str | None = None
    issue_date: date | None = None
    currency: str | None = None
    payable: Decimal | None = None
    references: tuple[Reference, ...] = ()
    profile: str | None = None
    contract: ContractRecord | ContractCopy | None = None


@dataclass(frozen=True, slots=True)
class Ruleset:
    """What a document was judged by, with its version: an old verdict stays explainable."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What validation made of some verified content: `document` is None where nothing could be recognised.

    `reached` is the last stage that ran. `truncated` says that there were more findings than are kept.
    """

    document: Document | None
    findings: tuple[Finding, ...]
    ruleset: tuple[Ruleset, ...]
    reached: Stage
    truncated: bool = False
