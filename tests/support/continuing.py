"""A ledger that comes to its end, and goes on under another name."""

from pathlib import Path

from sqlalchemy import make_url, text

from edi_gateway.access import create_token
from edi_gateway.continuation import continue_ledger
from edi_gateway.gateway import Gateway, build
from edi_gateway.model.moment import timestamp
from edi_gateway.settings import Settings, load
from tests.support.gateway import Ticking, contract, suspend, transmission
from tests.support.recording import examined

NEW = "gw.example.com/2"
WORDS = "the disk was lost", "olga"


def ended(old: Gateway) -> bytes:
    """Let it lose an entry, and come to its end; the receipt for the one before that."""
    receipt = old.record(old.examine(transmission(contract(), "acme", "jws"))).receipt
    suspend(old, "globex")
    create_token(old, "officer", "an officer")
    kept, at = old.ledger.head(), old.ledger.recorded_at()
    old.recorder.record([examined("LOST")])
    old.watch.keep()
    with old.engine.begin() as connection:
        _without_triggers(old, connection)
        connection.execute(text("DELETE FROM payloads WHERE id = (SELECT id FROM documents WHERE leaf_index = 6)"))
        for table in ("documents", "statements", "entries"):
            connection.execute(text(f"DELETE FROM {table} WHERE leaf_index = 6"))
        connection.execute(
            text("UPDATE head SET size = :size, root = :root, frontier = :frontier, recorded_at = :at"),
            {"size": kept.size, "root": kept.root, "frontier": b"".join(kept.frontier), "at": timestamp(at)},
        )
    old.close()
    return receipt


def _without_triggers(gateway: Gateway, connection) -> None:
    if connection.dialect.name == "sqlite":
        named = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in named:
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        for table in ("entries", "statements", "documents", "payloads"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def settings(old: Gateway, **more: object) -> Settings:
    url = old.settings.database_url
    return load(data_dir=old.settings.data_dir, database_url=url, **more)


def go_on(old: Gateway, *, sound: bool = False):
    return continue_ledger(settings(old), NEW, WORDS, clock=Ticking(), sound=sound)


def archived(old: Gateway, archive: Path) -> Gateway:
    url = old.settings.database_url
    if url and make_url(url).get_backend_name() == "postgresql":
        url = make_url(url).update_query_dict({"schema": archive.name}).render_as_string(hide_password=False)
    return build(load(data_dir=archive, database_url=url), Ticking(), as_found=True)
