"""The database's schema: made and brought up to date by Alembic, compared at every start."""

from functools import cache
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from edi_gateway.errors import Misuse
from edi_gateway.storage.engine import reading, writing

_VERSIONS = "versions/[0-9][0-9][0-9][0-9]_*.py"


def upgrade(engine: Engine) -> None:
    """Create the tables or bring them to the newest form. All of it in one transaction."""
    # Alembic is loaded by whoever upgrades, and not whenever a command starts.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def version(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one. Raises Fault when it can't be reached."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def require_current(engine: Engine) -> None:
    """Raise Misuse, naming the command that helps, unless the database is at the newest revision."""
    found, wanted = version(engine), _newest()
    if found is None:
        raise Misuse("There is no gateway here yet: run `edi-gateway init`.")
    if found != wanted:
        raise Misuse(f"The database is at revision {found}, not {wanted}: run `edi-gateway db upgrade`.")


@cache
def _newest() -> str:
    """Migrations are one chain, and begin the names of their files with their numbers."""
    return max(file.name for file in _migrations().glob(_VERSIONS)).partition("_")[0]


def _migrations() -> Path:
    package = Path(__file__).resolve().parents[1]
    return next(f for f in (package / "migrations", package.parent / "migrations") if f.is_dir())
