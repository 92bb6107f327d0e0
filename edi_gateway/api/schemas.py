"""The JSON of the reading routes, and of what operators post. Nothing here is on the path of a document."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
)

from edi_gateway.api.scalars import Digits, Moment, Text, to_moment
from edi_gateway.api.shapes import Asked as _Asked
from edi_gateway.api.shapes import Told as _Told
from edi_gateway.ledger.encoding import LARGEST
from edi_gateway.model.chain import Span
from edi_gateway.model.document import DocumentType
from edi_gateway.model.partner import Identifier
from edi_gateway.model.query import DocumentQuery
from edi_gateway.model.record import Verdict
from edi_gateway.workflows.audit import MAX_PAGE
from edi_gateway.workflows.upgrade import Level


def _identifier(text: str) -> str:
    return str(Identifier.parse(text))


MAX_HISTORY_PAGE = 1000
"""Entries of a history in one answer."""


class DocumentFilter(_Asked):
    """Which documents: all that is given must hold. `from` is included, `to` is not; `q` is part of the number."""

    sender: Text | None = None
    receiver: Text | None = None
    type: DocumentType | None = None
    number: Text | None = None
    verdict: Verdict | None = None
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")
    q: Text | None = None
    cursor: str | None = Field(None, description="The `next` of the page before.", pattern="^[0-9a-f-]{36}$")
    limit: Digits = Field(50, ge=1, le=MAX_PAGE)

    def query(self, party: str | None) -> DocumentQuery:
        """As the archive asks it; `party` is the partner who asks, None for somebody who may see all."""
        return DocumentQuery(
            sender=self.sender,
            receiver=self.receiver,
            party=party,
            type=self.type,
            number=self.number,
            verdict=self.verdict,
            text=self.q,
            since=self.since,
            until=self.until,
            before=self.cursor,
            limit=self.limit,
        )


def _end(value: object) -> int | datetime:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    return to_moment(value)


End = Annotated[int | datetime, BeforeValidator(_end, json_schema_input_type=str)]


class HistoryFilter(_Asked):
    """Which entries of a chain: by their numbers, `from` and `to` included, or recorded `from`, and before `to`."""

    since: End | None = Field(None, alias="from")
    until: End | None = Field(None, alias="to")
    cursor: Digits | None = Field(
        None, ge=1, le=LARGEST, description="The `next` of the page before, instead of `from`."
    )
    limit: Digits = Field(200, ge=1, le=MAX_HISTORY_PAGE)
    size: Digits | None = Field(
        None, ge=1, le=LARGEST, description="Of the tree: the newest, or one that had a checkpoint."
    )

    @property
    def span(self) -> Span:
        return Span(self.cursor or self.since, self.until)


class DocumentLinks(_Told):
    self_: str = Field(alias="self")
    content: str
    receipt: str
    evidence: str


class DocumentSummary(_Told):
    """A document in a list. `index` is its entry's place in the ledger; what is not known is null."""

    id: str
    index: int
    verdict: Verdict
    code: str | None
    sender: str
    receiver: str | None
    format: str | None
    type: str | None
    number: str | None
    issue_date: str | None
    currency: str | None
    payable: str | None
    received_at: str
    digest: str
    links: DocumentLinks


class DocumentDetail(DocumentSummary):
    """One document, with what validation had to say. `held` is for officers, and null for others."""

    report: dict[str, Any]
    held: bool | None


class ErasureIn(_Asked):
    """Why a document is erased, and on whose authority: kept for good, so without anything that is to be erased."""

    reason: Text
    authority: Text


class HoldIn(_Asked):
    """Why a document must not be erased: kept for good."""

    reason: Text


class DocumentPage(_Told):
    """`next` is the `cursor` of the next page, null at the end."""

    documents: list[DocumentSummary]
    next: str | None


class PendingReceipt(_Told):
    """Those who are to vouch for the receipt have not done so yet."""

    level: Level
    state: Literal["pending"]


class InclusionProof(_Told):
    """RFC 9162 §2.1.3: hashes in base64; the signed checkpoint of a size is what `rootHash` is to be compared with."""

    index: int
    size: int
    leaf_hash: str
    root_hash: str
    proof: list[str]


class ConsistencyProof(_Told):
    """RFC 9162 §2.1.4: the tree of size `to` begins with the whole tree of size `from`."""

    since: int = Field(serialization_alias="from")
    to: int
    from_root_hash: str
    to_root_hash: str
    proof: list[str]


class PartnerIn(_Asked):
    """A partner to enrol."""

    id: Text
    name: Text
    identifiers: list[Annotated[Text, AfterValidator(_identifier)]] = Field(
        min_length=1, max_length=20, description="SCHEME:VALUE, such as `0088:7300010000001`."
    )


class PartnerOut(_Told):
    id: str
    name: str
    identifiers: list[str]
    suspended: bool


class PartnerList(_Told):
    partners: list[PartnerOut]


class Readiness(_Told):
    status: Literal["ready"]
    checks: dict[str, Literal["ok"]]
