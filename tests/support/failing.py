"""A database that fails at one statement, before or after the statement took effect."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Engine, event

Moment = Literal["before", "after"]


@dataclass
class Statements:
    """The statements that were seen, in order; those of PostgreSQL end with a COMMIT that is none."""

    seen: list[str] = field(default_factory=list)


@contextmanager
def failing(engine: Engine, at: int | None, moment: Moment = "before") -> Iterator[Statements]:
    """Let the statement number `at` fail, counted from 0; none where it is None."""
    statements = Statements()

    def run(name: str, effect: Callable[[], object]) -> bool:
        number = len(statements.seen)
        statements.seen.append(name)
        if number == at and moment == "before":
            raise error(engine)
        effect()
        if number == at:
            raise error(engine)
        return True

    def execute(cursor: Any, statement: str, parameters: Any, context: object) -> bool:
        return run(statement, lambda: cursor.execute(statement, parameters))

    def executemany(cursor: Any, statement: str, parameters: Any, context: object) -> bool:
        return run(statement, lambda: cursor.executemany(statement, parameters))

    def execute_alone(cursor: Any, statement: str, context: object) -> bool:
        return run(statement, lambda: cursor.execute(statement))

    listeners = {"do_execute": execute, "do_executemany": executemany, "do_execute_no_params": execute_alone}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    commit = engine.dialect.do_commit
    if engine.dialect.name != "sqlite":
        # SQLite is told to COMMIT in a statement.
        engine.dialect.do_commit = lambda connection: run("COMMIT", lambda: commit(connection)) and None
    try:
        yield statements
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
        engine.dialect.do_commit = commit


def error(engine: Engine) -> Exception:
    """What the driver raises when the disk or the network fails."""
    return engine.dialect.loaded_dbapi.OperationalError("the disk is on fire")
