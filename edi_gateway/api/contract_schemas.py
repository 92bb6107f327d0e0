"""The JSON of contracts: which ones are asked for, and what is told of them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from edi_gateway.api.scalars import Digits, Moment, Text
from edi_gateway.api.shapes import Asked, Told
from edi_gateway.errors import Rejection
from edi_gateway.model.contract import Purpose, State
from edi_gateway.syntax import base64, json
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.contract_ports import ContractName
from edi_gateway.workflows.contracts import MAX_PAGE, ContractQuery


def cursor_of(name: ContractName) -> str:
    """What the next page is asked for with."""
    return base64.encode_url(canonical([name.contract_id, *name.parties])).decode("ascii")


def _name(cursor: str) -> ContractName:
    """Raises ValueError for what is no page's `next`."""
    try:
        name = json.parse(base64.decode_url(cursor.encode("ascii")))
    except (Rejection, UnicodeError) as error:
        raise ValueError("it is no page's `next`") from error
    if not isinstance(name, list) or not name or not all(isinstance(part, str) for part in name):
        raise ValueError("it is no page's `next`")
    contract_id, *parties = map(str, name)
    return ContractName(contract_id, tuple(parties))


def _checked(cursor: str) -> str:
    _name(cursor)
    return cursor


class ContractFilter(Asked):
    """Which contracts: all that is given must hold. `at` is the moment of which it is told: now, if none is given."""

    party: Text | None = None
    state: State | None = None
    at: Moment | None = None
    cursor: Annotated[str, AfterValidator(_checked)] | None = Field(None, description="The `next` of the page before.")
    limit: Digits = Field(50, ge=1, le=MAX_PAGE)

    def query(self, caller: str | None, now: datetime) -> ContractQuery:
        """`caller` is the partner who asks, None for somebody who may see all."""
        after = _name(self.cursor) if self.cursor else None
        return ContractQuery(self.at or now, caller, self.party, self.state, after, self.limit)


class SignatureOut(Told):
    """`index` is the entry's place in the ledger, `signedAt` the moment since when it counts; `documentId` is null
    where the document was erased."""

    party: str
    index: int
    signed_at: str
    document_id: str | None


class VersionOut(Told):
    """`terms` is the digest of what all parties sign alike, `missing` are those that have not signed it yet."""

    contract_id: str
    version: int
    state: State
    purpose: Purpose
    parent_contract_id: str | None
    title: str | None
    valid_from: date
    valid_until: date | None
    terms: str
    pdf_sha256: str | None = Field(serialization_alias="pdfSha256")
    concluded_at: str | None
    signatures: list[SignatureOut]
    missing: list[str]


class ContractSummary(Told):
    """A contract in a list: `version` is the one that says where it stands."""

    contract_id: str
    parties: list[str]
    state: State
    in_force: bool
    version: int
    title: str | None
    valid_from: date
    valid_until: date | None
    self_: str = Field(serialization_alias="self")


class ContractDetail(ContractSummary):
    """One contract: all versions, oldest first, and what is there to amend it, and to terminate it."""

    versions: list[VersionOut]
    amendments: list[VersionOut]
    terminations: list[VersionOut]


class ContractPage(Told):
    """`next` is the `cursor` of the next page, null at the end; `at` is the moment of which it is told."""

    at: str
    contracts: list[ContractSummary]
    next: str | None


class ContractsOfId(Told):
    """All contracts of one id, each between other parties, as they stood at a moment."""

    contract_id: str
    at: str
    contracts: list[ContractDetail]
