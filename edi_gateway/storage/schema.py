"""The database's schema: made and brought up to date by Alembic, compared at every start."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from edi_gateway.errors import Misuse
from edi_gateway.storage.engine import reading, writing


def _config() -> Config:
    package = Path(__file__).resolve().parents[1]
    folder = next(f for f in (package / "migrations", package.parent / "migrations") if f.is_dir())
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine) -> None:
    """Create the tables or bring them to the newest form. All of it in one transaction."""
    config = _config()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def version(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one. Raises Fault when it can't be reached."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(engine: Engine) -> None:
    """Raise Misuse, naming the command that helps, unless the database is at the newest revision."""
    found, wanted = version(engine), _newest()
    if found is None:
        raise Misuse("There is no gateway here yet: run `edi-gateway init`.")
    if found != wanted:
        raise Misuse(f"The database is at revision {found}, not {wanted}: run `edi-gateway db upgrade`.")


@cache
def _newest() -> str | None:
    # Alembic reads and compiles every migration to say so; a process keeps the ones that it began with.
    return ScriptDirectory.from_config(_config()).get_current_head()
