"""Putting a ledger that is at its end aside, untouched, and another in its place: all of it, or to be done again.

What comes in its place is made in a folder beside it (`continuing`) and, on PostgreSQL, in a schema of that name. Once
that is whole a plan is written there, and from then on every step may be repeated: no gateway opens until all are done.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, make_url, text

from edi_gateway.errors import Fault, Misuse
from edi_gateway.settings import Settings
from edi_gateway.storage.anchor import AnchorFile, sync_folder
from edi_gateway.storage.engine import connect, reading, waiting_for_writers, writing
from edi_gateway.storage.ledger import read_head
from edi_gateway.storage.state import StateFile
from edi_gateway.storage.tables import head

STAGE = "continuing"

_KEPT_IN_FILES = ("gateway.db-wal", "gateway.db-shm", "gateway.db", "keys")
_REMEMBERED = ("audit.state", "scrub.state", "scrub-progress.state", "forks.state")
_SESSIONS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)
_SCHEMAS = text("SELECT nspname FROM pg_namespace")
_LOOKS = 100
"""Ten times a second: on a busy machine a session takes seconds to end."""
_RECORDED = (
    "Something was recorded since this began, which would be lost: stop every gateway, take the folder `continuing` "
    "away, and run the command again."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where what was goes: a folder of `archive` and, where there is a `schema`, one of that name.

    `origin` and `vkey` are the new ledger's, `ended` the size of the old one.
    """

    archive: str
    origin: str
    vkey: str
    ended: int
    schema: str | None


def planned(data_dir: Path) -> Plan | None:
    """What was begun here, and has not come to its end."""
    found = _plan_file(data_dir).read()
    return Plan(**json.loads(found)) if found else None


def _plan_file(data_dir: Path) -> StateFile:
    return StateFile(data_dir / STAGE / "plan.json")


def staged(settings: Settings, origin: str) -> Settings:
    """The settings of what is being made. What an earlier try left unfinished is taken away: nobody has seen it."""
    stage = settings.data_dir / STAGE
    url = settings.database_url
    if url:
        with _connected(url) as engine, writing(engine) as connection:
            connection.execute(text(f'DROP SCHEMA IF EXISTS "{STAGE}" CASCADE'))
            connection.execute(text(f'CREATE SCHEMA "{STAGE}"'))
        url = make_url(url).update_query_dict({"schema": STAGE}).render_as_string(hide_password=False)
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    anchor = stage / "ledger.anchor"
    return settings.model_copy(update={"data_dir": stage, "database_url": url, "origin": origin, "anchor_file": anchor})


@contextmanager
def undisturbed(settings: Settings) -> Iterator[None]:
    """While nobody else can record anything, on SQLite; raises Misuse where somebody could, on PostgreSQL."""
    if settings.database_url and make_url(settings.database_url).get_backend_name() == "sqlite":
        raise Misuse(f"Only a SQLite database in the data directory can be continued: move it to {settings.data_dir}.")
    if settings.database_url:
        with _connected(settings.database_url) as engine, reading(engine) as connection:
            _check_alone(connection)
    with waiting_for_writers(settings.database):
        yield


def decide(settings: Settings, name: str, made: tuple[str, str], ended: int) -> Plan:
    """From here on there is no way back: what was made (origin, vkey) takes the place of what was."""
    folder = settings.data_dir / "archive"
    folder.mkdir(mode=0o700, exist_ok=True)
    schema, taken = None, {one.name for one in folder.iterdir()}
    if settings.database_url:
        with _connected(settings.database_url) as engine, reading(engine) as connection:
            schema = connection.scalar(text("SELECT current_schema()"))
            taken |= set(connection.scalars(_SCHEMAS))
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    plan = Plan(next(one for one in names if one not in taken), *made, ended, schema)
    _plan_file(settings.data_dir).write(json.dumps(asdict(plan)).encode())
    sync_folder(settings.data_dir / STAGE)
    return plan


def carry_out(settings: Settings, plan: Plan) -> Path:
    """Put aside what was, and in its place what was made; return the folder of what was. May be repeated.

    Raises Misuse where somebody still records, and Fault.
    """
    archive = settings.data_dir / "archive" / plan.archive
    if plan.schema:
        _exchange_schemas(settings.database_url, plan.schema, plan)
    try:
        archive.mkdir(mode=0o700, exist_ok=True)
        _put_aside(settings, archive)
        _put_in_place(settings)
        (settings.data_dir / STAGE / "plan.json").replace(archive / "continued.json")
    except (OSError, Misuse) as error:
        raise Fault(f"What was can't be put aside: {error}. Run the command again.") from error
    shutil.rmtree(settings.data_dir / STAGE, ignore_errors=True)
    return archive


def _put_aside(settings: Settings, archive: Path) -> None:
    done = archive / "put-aside"
    if done.exists():
        return
    for name in (*_KEPT_IN_FILES, *_REMEMBERED):
        # What is there already was moved before an interruption.
        if (settings.data_dir / name).exists() and not (archive / name).exists():
            (settings.data_dir / name).rename(archive / name)
    if settings.anchor.exists():
        # Beside the folder, where a gateway that looks at it expects its anchor.
        shutil.copyfile(settings.anchor, archive.with_name(f"{archive.name}.anchor"))
    sync_folder(archive)
    done.touch()
    sync_folder(archive)


def _put_in_place(settings: Settings) -> None:
    stage = settings.data_dir / STAGE
    for name in _KEPT_IN_FILES:
        if (stage / name).exists():
            (stage / name).rename(settings.data_dir / name)
    sync_folder(settings.data_dir)
    line, anchor = AnchorFile(stage / "ledger.anchor").newest(), AnchorFile(settings.anchor)
    if line and anchor.newest() != line:
        anchor.begin(line)


def _exchange_schemas(url: str, schema: str, plan: Plan) -> None:
    with _connected(url) as engine, writing(engine) as connection:
        if plan.archive in connection.scalars(_SCHEMAS).all():
            return
        _check_alone(connection)
        connection.execute(head.select().with_for_update())
        if read_head(connection).size != plan.ended:
            raise Misuse(_RECORDED)
        connection.execute(text(f'ALTER SCHEMA "{schema}" RENAME TO "{plan.archive}"'))
        connection.execute(text(f'ALTER SCHEMA "{STAGE}" RENAME TO "{schema}"'))


def _check_alone(connection: Connection) -> None:
    """A session that has ended is seen for a moment longer."""
    for _ in range(_LOOKS):
        # In one transaction, PostgreSQL shows the same sessions again and again.
        connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        if not connection.scalar(_SESSIONS):
            return
        time.sleep(0.1)
    raise Misuse("Somebody else uses the database: stop every gateway, on every machine, first.")


@contextmanager
def _connected(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()
