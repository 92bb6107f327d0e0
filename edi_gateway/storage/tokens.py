"""Bearer tokens in the database: by their hashes only, so that whoever reads the table can't use them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, func, insert, or_, select, update

from edi_gateway.errors import Fault
from edi_gateway.model.caller import Caller, Token
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.trail import Step
from edi_gateway.storage.access_tables import tokens
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.trail import take

ID_LENGTH = 16
"""Hex digits of a token's hash that name it in lists: they tell it from others, and are of no other use."""

USED_EVERY = timedelta(minutes=1)
"""What `last_used_at` may be behind: reading must not mean writing."""

_named = func.substr(tokens.c.hash, 1, ID_LENGTH)


class SqlTokens:
    """`hash` is the lower-case hex SHA-256 of a token."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, hash: str, caller: Caller, expires_at: datetime, step: Step) -> None:
        """Raises Fault, also for a partner who isn't there."""
        with writing(self._engine) as connection:
            connection.execute(insert(tokens), row_of(hash, caller, step.at, expires_at))
            take(connection, step)

    def find(self, hash: str, at: datetime) -> Caller | None:
        """Whose token this is, unless it has expired or was revoked; that it was used is noted. Raises Fault."""
        query = select(tokens).where(
            tokens.c.hash == hash, tokens.c.expires_at > timestamp(at), tokens.c.revoked_at.is_(None)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.last_used_at is None or row.last_used_at <= timestamp(at - USED_EVERY):
            self._used(hash, at)
        return _token(row).caller

    def _used(self, hash: str, at: datetime) -> None:
        unknown = or_(tokens.c.last_used_at.is_(None), tokens.c.last_used_at <= timestamp(at - USED_EVERY))
        try:
            with writing(self._engine) as connection:
                connection.execute(
                    update(tokens).where(tokens.c.hash == hash, unknown).values(last_used_at=timestamp(at))
                )
        except Fault:
            # Reading goes on while nothing can be written; that this is not noted does no harm.
            return

    def all(self) -> list[Token]:
        """Oldest first, those that are no good any more among them. Raises Fault."""
        with reading(self._engine) as connection:
            return [_token(row) for row in connection.execute(select(tokens).order_by(tokens.c.created_at, _named))]

    def get(self, id: str) -> Token | None:
        """Raises Fault."""
        with reading(self._engine) as connection:
            row = connection.execute(select(tokens).where(_named == id)).first()
        return _token(row) if row else None

    def revoke(self, id: str, step: Step) -> bool:
        """Whether there was one to revoke. Raises Fault."""
        with writing(self._engine) as connection:
            found = update(tokens).where(_named == id, tokens.c.revoked_at.is_(None))
            revoked = connection.execute(found.values(revoked_at=timestamp(step.at))).rowcount > 0
            if revoked:
                take(connection, step)
        return revoked

    def copy_from(self, other: "SqlTokens") -> None:
        """Take over all tokens of another gateway's, expired or not. Raises Fault."""
        with reading(other._engine) as connection:
            rows = [dict(row._mapping) for row in connection.execute(select(tokens))]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(insert(tokens), rows)


def id_of(hash: str) -> str:
    """What names a token in lists."""
    return hash[:ID_LENGTH]


def row_of(
    hash: str, caller: Caller, created_at: datetime, expires_at: datetime, account: str | None = None
) -> dict[str, str | None]:
    return {
        "hash": hash,
        "name": caller.name,
        "role": caller.role,
        "partner": caller.partner,
        "document": caller.document,
        "actions": _joined(caller.actions),
        "account": account,
        "created_at": timestamp(created_at),
        "expires_at": timestamp(expires_at),
    }


def _joined(actions: Sequence[str] | frozenset[str] | None) -> str | None:
    return None if actions is None else ",".join(sorted(actions))


def _token(row: Row[Any]) -> Token:
    id = id_of(row.hash)
    actions = None if row.actions is None else frozenset(row.actions.split(","))
    caller = Caller(row.name, row.role, row.partner, row.document, actions, credential=id)
    return Token(
        id=id,
        caller=caller,
        created_at=parse_timestamp(row.created_at),
        expires_at=parse_timestamp(row.expires_at),
        account=row.account,
        last_used_at=_moment(row.last_used_at),
        revoked_at=_moment(row.revoked_at),
    )


def _moment(text: str | None) -> datetime | None:
    return parse_timestamp(text) if text else None
