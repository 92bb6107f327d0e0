"""Bearer tokens in the database: by their hashes only, so that whoever reads the table can't use them."""

from datetime import datetime

from sqlalchemy import Engine, insert, select

from edi_gateway.model.caller import Caller
from edi_gateway.model.moment import timestamp
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.tables import tokens


class SqlTokens:
    """`hash` is the lower-case hex SHA-256 of a token."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, hash: str, caller: Caller, created_at: datetime, expires_at: datetime) -> None:
        """Raises Fault, also for a partner who isn't there."""
        row = {
            "hash": hash,
            "name": caller.name,
            "role": caller.role,
            "partner": caller.partner,
            "created_at": timestamp(created_at),
            "expires_at": timestamp(expires_at),
        }
        with writing(self._engine) as connection:
            connection.execute(insert(tokens), row)

    def find(self, hash: str, at: datetime) -> Caller | None:
        """Whose token this is, unless it has expired. Raises Fault."""
        query = select(tokens.c.name, tokens.c.role, tokens.c.partner)
        query = query.where(tokens.c.hash == hash, tokens.c.expires_at > timestamp(at))
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return Caller(*row) if row else None

    def copy_from(self, other: "SqlTokens") -> None:
        """Take over all tokens of another gateway's, expired or not. Raises Fault."""
        with reading(other._engine) as connection:
            rows = [dict(row._mapping) for row in connection.execute(select(tokens))]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(insert(tokens), rows)
