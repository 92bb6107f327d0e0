"""Nonces of signed requests, for as long as their signatures are good: all workers know of each."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, bindparam, delete, func, insert, select, text

from edi_gateway.errors import Rejection
from edi_gateway.model.moment import timestamp
from edi_gateway.storage.access_tables import nonces
from edi_gateway.storage.engine import writing

MOST: Final = 10_000
"""Of one key at a time: over five minutes, more than thirty requests each second."""

SLACK: Final = timedelta(minutes=1)
"""Kept for so long after its end: another host, whose clock is behind, may still take the signature."""

_LOCK = text("LOCK TABLE nonces IN SHARE ROW EXCLUSIVE MODE")
_OF_KEY = nonces.c.key == bindparam("key")
_KNOWN = select(nonces.c.nonce).where(_OF_KEY, nonces.c.nonce == bindparam("nonce"))
_COUNT = select(func.count()).select_from(nonces).where(_OF_KEY)


class SqlNonces:
    """Implements `workflows.signed_request.Nonces`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def remember(self, key: str, nonce: str, until: datetime, at: datetime) -> bool:
        with writing(self._engine, _LOCK) as connection:
            connection.execute(delete(nonces).where(nonces.c.until <= timestamp(at - SLACK)))
            if connection.execute(_KNOWN, {"key": key, "nonce": nonce}).one_or_none():
                return False
            if (connection.scalar(_COUNT, {"key": key}) or 0) >= MOST:
                raise Rejection("nonce-used", f"The key has signed {MOST} requests that are still good: wait a little.")
            connection.execute(insert(nonces), {"key": key, "nonce": nonce, "until": timestamp(until)})
        return True
