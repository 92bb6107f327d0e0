"""CRLs and OCSP responses in the database. Two that keep the same one find it kept."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, func, insert, or_, select, text, update

from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.trust import Held, Kind
from edi_gateway.storage.engine import reading, writing
from edi_gateway.storage.tables import directory
from edi_gateway.storage.trust_tables import revocations
from edi_gateway.workflows.trust_ports import About

_LOCK = text("LOCK TABLE revocations IN SHARE ROW EXCLUSIVE MODE")
_r = revocations.c
_ALL = select(revocations)
_ABOUT = (_r.kind, _r.digest, _r.issuer, _r.serial, _r.this_update, _r.next_update, _r.added_at, _r.source)
_COUNTED = update(directory).values(revocations=directory.c.revocations + 1)
# Made once: it is asked for each certificate of a document's signer.
_ABOUT_ONE = (
    select(_r.digest)
    .where(_r.kind == bindparam("kind"), _r.issuer == bindparam("issuer"), _r.this_update <= bindparam("at"))
    .where(or_(_r.serial.is_(None), _r.serial == bindparam("serial")))
    .order_by(_r.this_update.desc())
    .limit(bindparam("limit"))
)


class SqlRevocations:
    """Implements `workflows.trust_ports.Revocations`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, held: Held, about: About) -> bool:
        row = {
            "digest": held.digest,
            "kind": held.kind,
            "octets": held.octets,
            "issuer": about.issuer,
            "serial": about.serial,
            "this_update": timestamp(about.this_update),
            "next_update": timestamp(about.next_update) if about.next_update else None,
            "added_at": timestamp(about.added_at),
            "source": about.source,
        }
        with writing(self._engine, _LOCK) as connection:
            if connection.execute(select(_r.digest).where(_r.digest == held.digest)).one_or_none():
                return False
            connection.execute(insert(revocations), row)
            connection.execute(_COUNTED)
        return True

    def copy_from(self, other: "SqlRevocations") -> None:
        """Keep what another gateway has kept, one by one: they may be large."""
        with reading(other._engine) as connection:
            digests = list(connection.scalars(select(_r.digest).order_by(_r.added_at)))
        for digest in digests:
            with reading(other._engine) as connection, writing(self._engine, _LOCK) as copy:
                copy.execute(insert(revocations), connection.execute(_ALL.where(_r.digest == digest)).one()._asdict())

    def about(self, kind: Kind, issuer: str, serial: str, at: datetime, limit: int) -> list[str]:
        asked = {"kind": kind, "issuer": issuer, "serial": serial, "at": timestamp(at), "limit": limit}
        with reading(self._engine) as connection:
            return list(connection.scalars(_ABOUT_ONE, asked))

    def next_issued(self, issuers: Collection[str], at: datetime) -> datetime | None:
        query = select(func.min(_r.this_update)).where(_r.issuer.in_(issuers), _r.this_update > timestamp(at))
        with reading(self._engine) as connection:
            found = connection.scalar(query)
        return parse_timestamp(found) if found else None

    def named(self, digest: str) -> Held | None:
        query = select(_r.kind, _r.digest, _r.octets).where(_r.digest == digest)
        with reading(self._engine) as connection:
            found = connection.execute(query).one_or_none()
        return Held(*found) if found else None

    def newest(self, limit: int) -> list[tuple[Held, About]]:
        query = select(*_ABOUT).order_by(_r.added_at.desc(), _r.digest).limit(limit)
        with reading(self._engine) as connection:
            return [(Held(row.kind, row.digest, b""), _about(row)) for row in connection.execute(query)]


def _about(row: Any) -> About:
    return About(
        issuer=row.issuer,
        serial=row.serial,
        this_update=parse_timestamp(row.this_update),
        next_update=parse_timestamp(row.next_update) if row.next_update else None,
        added_at=parse_timestamp(row.added_at),
        source=row.source,
    )
