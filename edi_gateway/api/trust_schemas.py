"""The JSON of roots and grants, and of what is known of revocations."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from edi_gateway.api.scalars import Digits, Text
from edi_gateway.api.shapes import Asked, Told
from edi_gateway.model.trust import MAX_PATH_LENGTH, MatchKind, Revocation
from edi_gateway.workflows.trust import MAX_GRACE, MAX_USAGES

_Oid = Annotated[str, Field(max_length=200, description="In dotted form.")]


class RootIn(Asked):
    """An authority to trust: its certificate in PEM, and limits. `grace` is in seconds."""

    name: Text
    certificate: str
    usages: tuple[_Oid, ...] = Field((), max_length=MAX_USAGES)
    policy: _Oid | None = None
    path_length: int = Field(1, alias="pathLength", ge=0, le=MAX_PATH_LENGTH)
    revocation: Revocation = "hard"
    grace: int = Field(0, ge=0, le=int(MAX_GRACE.total_seconds()))

    @property
    def graced(self) -> timedelta:
        return timedelta(seconds=self.grace)


class GrantIn(Asked):
    """Which certificates under a root speak for a partner: `kind` says by which of their names, `value` is that."""

    partner: Text
    root: Text
    kind: MatchKind
    value: str = Field(max_length=1000)
    propose: bool = Field(False, description="It counts only once it is approved.")


class EndIn(Asked):
    """Why a root or a grant counts no more: kept for good."""

    reason: Text | None = None


class RevocationDataIn(Asked):
    """A CRL or an OCSP response in base64, and where it is by no root itself, the PEM certificate of its issuer, with
    those above it."""

    octets: str
    issuer: str | None = Field(None, max_length=65_536)


class MatchOut(Told):
    kind: MatchKind
    value: str


class RootOut(Told):
    """`certificate` is in PEM; `state` is `in force` or `retired`."""

    name: str
    certificate: str
    usages: list[str]
    policy: str | None
    path_length: int
    revocation: Revocation
    grace: int
    state: str


class GrantOut(Told):
    """`state` is `proposed`, `in force` or `ended`."""

    id: str
    partner: str
    root: str
    match: MatchOut
    state: str


class TrustOut(Told):
    roots: list[RootOut]
    grants: list[GrantOut]


class RevocationFilter(Asked):
    limit: Digits = Field(50, ge=1, le=200)


class RevocationOut(Told):
    """`serial` is that of the one certificate that an OCSP response is about; `source` is who brought it, or where it
    was fetched."""

    digest: str
    kind: str
    serial: str | None
    this_update: str
    next_update: str | None
    added_at: str
    source: str


class RevocationList(Told):
    revocations: list[RevocationOut]
