"""The JSON of tokens, guests, and the trail of access."""

from typing import Literal

from pydantic import Field, SecretStr

from edi_gateway.access.passwords import LONGEST
from edi_gateway.api.scalars import Digits, Moment, Text
from edi_gateway.api.shapes import Asked, Told
from edi_gateway.model.caller import Role, Token
from edi_gateway.model.moment import timestamp
from edi_gateway.model.trail import Trailed, TrailEvent, TrailQuery
from edi_gateway.workflows.audit import MAX_PAGE


class TokenOut(Told):
    """A token or a session. Its `id` names it and opens nothing; `actions` null: all that the role may do."""

    id: str
    name: str
    role: Role
    partner: str | None
    document: str | None
    actions: list[str] | None
    account: str | None
    state: Literal["good", "expired", "revoked"]
    created_at: str
    expires_at: str
    last_used_at: str | None
    revoked_at: str | None


class TokenList(Told):
    tokens: list[TokenOut]


def token_out(token: Token, state: Literal["good", "expired", "revoked"]) -> TokenOut:
    caller = token.caller
    return TokenOut(
        id=token.id,
        name=caller.name,
        role=caller.role,
        partner=caller.partner,
        document=caller.document,
        actions=None if caller.actions is None else sorted(caller.actions),
        account=token.account,
        state=state,
        created_at=timestamp(token.created_at),
        expires_at=timestamp(token.expires_at),
        last_used_at=timestamp(token.last_used_at) if token.last_used_at else None,
        revoked_at=timestamp(token.revoked_at) if token.revoked_at else None,
    )


class GuestIn(Asked):
    """Who is let in as a guest, and until when: seven days from now, if nothing is said."""

    name: Text
    until: Moment | None = None


class GuestOut(Told):
    """`token` is shown this once; the links have it in them, and open what they name until then."""

    id: str
    token: str
    document: str
    expires_at: str
    evidence: str
    receipt: str


class TrailFilter(Asked):
    """Which steps: all that is given must hold. `from` is included, `to` is not."""

    event: TrailEvent | None = None
    actor: Text | None = None
    subject: Text | None = None
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")
    cursor: Digits | None = Field(None, ge=1, le=2**53, description="The `next` of the page before.")
    limit: Digits = Field(50, ge=1, le=MAX_PAGE)

    @property
    def query(self) -> TrailQuery:
        return TrailQuery(
            event=self.event,
            actor=self.actor,
            subject=self.subject,
            since=self.since,
            until=self.until,
            before=self.cursor,
            limit=self.limit,
        )


class StepOut(Told):
    """A step of the trail. `hash` covers it and all before it."""

    number: int
    at: str
    event: TrailEvent
    actor: str
    role: str
    credential: str | None
    address: str | None
    subject: str
    detail: str | None
    hash: str


class TrailPage(Told):
    """`next` is the `cursor` of the next page, null at the end."""

    steps: list[StepOut]
    next: int | None


def step_out(trailed: Trailed) -> StepOut:
    step, actor = trailed.step, trailed.step.actor
    return StepOut(
        number=trailed.number,
        at=timestamp(step.at),
        event=step.event,
        actor=actor.name,
        role=actor.role,
        credential=actor.credential,
        address=actor.address,
        subject=step.subject,
        detail=step.detail,
        hash=trailed.hash.hex(),
    )


class SessionIn(Asked):
    """Who begins a session. `code` is of the app that was set up with the account, if one was."""

    name: Text
    password: SecretStr = Field(max_length=LONGEST)
    code: SecretStr = Field(SecretStr(""), max_length=16)


class SessionOut(Told):
    id: str
    token: str
    name: str
    role: Role
    expires_at: str
