"""Accounts of people, and the sessions that they begin."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from edi_gateway.errors import Taken
from edi_gateway.model.account import Account, CodeSecret
from edi_gateway.model.caller import Caller
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.trail import Step
from edi_gateway.storage.access_tables import tokens, users
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.tokens import row_of
from edi_gateway.storage.trail import take

LISTED_FOR = timedelta(days=30)
"""How long a session is listed after its end. That it was begun stays in the trail."""


class SqlUsers:
    """Each change is one transaction with its step of the trail."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, name: str) -> Account | None:
        """Raises Fault."""
        with reading(self._engine) as connection:
            row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
        return _account(row) if row else None

    def all(self) -> list[Account]:
        """By name. Raises Fault."""
        with reading(self._engine) as connection:
            return [_account(row) for row in connection.execute(select(users).order_by(users.c.name))]

    def add(self, account: Account, step: Step) -> None:
        """Raises Taken, and Fault."""
        row = {
            "name": account.name,
            "role": account.role,
            "password": account.password,
            "disabled": account.disabled,
            "added_at": timestamp(account.added_at),
            **_code(account.code),
        }
        with writing(self._engine) as connection:
            if connection.execute(select(users.c.name).where(users.c.name == account.name)).first():
                raise Taken(f"There is a user {account.name} already.")
            connection.execute(insert(users), row)
            take(connection, step)

    def change_password(self, name: str, password: str, step: Step) -> bool:
        """End all sessions of the user, too. False where there is none. Raises Fault."""
        return self._change(name, {"password": password}, step)

    def change_code(self, name: str, code: CodeSecret | None, step: Step) -> bool:
        """Likewise."""
        return self._change(name, _code(code), step)

    def disable(self, name: str, disabled: bool, step: Step) -> bool:
        """Likewise."""
        return self._change(name, {"disabled": disabled}, step)

    def _change(self, name: str, values: dict[str, Any], step: Step) -> bool:
        with writing(self._engine) as connection:
            found = connection.execute(update(users).where(users.c.name == name).values(values)).rowcount > 0
            if found:
                mine = update(tokens).where(tokens.c.account == name, tokens.c.revoked_at.is_(None))
                connection.execute(mine.values(revoked_at=timestamp(step.at)))
                take(connection, step)
        return found

    def begin_session(self, account: Account, code_step: int | None, token: tuple[str, datetime], step: Step) -> bool:
        """Write a session, by the hash of its token and its end. False, unless the account is still as it was read,
        and the code's step is newer than all that were used. Raises Fault.
        """
        hash, expires_at = token
        with writing(self._engine) as connection:
            if not _still_so(connection, account, code_step):
                return False
            if code_step is not None:
                connection.execute(update(users).where(users.c.name == account.name).values(code_step=code_step))
            ended = tokens.c.account.is_not(None) & (tokens.c.expires_at < timestamp(step.at - LISTED_FOR))
            connection.execute(delete(tokens).where(ended))
            caller = Caller(account.name, account.role)
            connection.execute(insert(tokens), row_of(hash, caller, step.at, expires_at, account.name))
            take(connection, step)
        return True

    def copy_from(self, other: "SqlUsers") -> None:
        """Take over all accounts of another gateway's. Raises Fault."""
        with reading(other._engine) as connection:
            rows = [dict(row._mapping) for row in connection.execute(select(users))]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(insert(users), rows)


def _still_so(connection: Connection, account: Account, code_step: int | None) -> bool:
    # Locked on PostgreSQL: two requests with one code wait for each other here.
    row = connection.execute(select(users).where(users.c.name == account.name).with_for_update()).one_or_none()
    if row is None or row.disabled or (row.password, row.code_secret) != (account.password, _content(account.code)):
        return False
    return code_step is None or row.code_step is None or row.code_step < code_step


def _content(code: CodeSecret | None) -> bytes | None:
    return code.content if code else None


def _code(code: CodeSecret | None) -> dict[str, Any]:
    return {"code_secret": _content(code), "code_wrapped": bool(code and code.wrapped), "code_step": None}


def _account(row: Row[Any]) -> Account:
    code = CodeSecret(row.code_secret, row.code_wrapped, row.code_step) if row.code_secret is not None else None
    return Account(row.name, row.role, row.password, code, row.disabled, parse_timestamp(row.added_at))
