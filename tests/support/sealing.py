"""Payload keys, and gateways that store what they are sent encrypted."""

from pathlib import Path

from sqlalchemy import Connection, text

from edi_gateway.gateway import Gateway, build
from edi_gateway.model.moment import Clock
from edi_gateway.model.trail import Actor, Step
from edi_gateway.settings import load
from edi_gateway.storage import wrapping_keys
from edi_gateway.storage.signers import key_access
from edi_gateway.workflows.rewrap import going, rewrap


def put_in_force(gateway: Gateway, source: str | None = None) -> str:
    """Another payload key, by default in a new file; its id."""
    source, key = wrapping_keys.made(source, key_access(gateway.settings))
    key.close()
    step = Step("payload-key.created", Actor("root", "host"), key.id, gateway.clock(), source)
    gateway.vault.keys.put_in_force(key.id, source, step)
    return key.id


def encrypting(gateway: Gateway, clock: Clock | None = None, **settings: object) -> Gateway:
    """The same gateway, as another process has it that encrypts. The caller closes it."""
    if gateway.vault.keys.in_force() is None:
        put_in_force(gateway)
    chosen = load(
        data_dir=gateway.settings.data_dir,
        database_url=gateway.settings.database_url,
        encrypt_payloads=True,
        **settings,
    )
    return build(chosen, clock or gateway.clock)


def finish_rotation(gateway: Gateway) -> int:
    """Have the key in force wrap everything; how many data keys it had not wrapped before."""
    old = going(gateway.vault.keys)
    return sum(rewrap(one.id, gateway.vault.keys, gateway.vault, gateway.clock()) for one in old)


def key_file(gateway: Gateway, id: str) -> Path:
    return gateway.settings.keys_dir / f"payload-{id}.key"


def rows(gateway: Gateway, table: str) -> list[tuple]:
    with gateway.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id"))]


def unguarded(connection: Connection) -> None:
    """Whoever can write to the database can do without its triggers; on PostgreSQL for this transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        connection.execute(text(f"DROP TRIGGER {name}"))
