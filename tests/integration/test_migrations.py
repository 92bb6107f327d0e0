"""The schema: what the migrations make is what the tables say, and an old one is refused in words that help."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from edi_gateway.access import Denied, admit, create_token, revoke_token, token_id
from edi_gateway.errors import Fault, Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.tree import EMPTY_HEAD
from edi_gateway.model.caller import Caller
from edi_gateway.storage import schema
from edi_gateway.storage.engine import connect
from edi_gateway.storage.ledger import SqlLedger
from edi_gateway.storage.tables import metadata
from edi_gateway.workflows.verify import verify_ledger
from tests.support import keys
from tests.support.older import before_key_life, before_trail

pytestmark = pytest.mark.usefixtures("by_alembic")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    yield engine
    engine.dispose()


def test_the_migrations_make_exactly_the_tables_that_the_gateway_speaks_of(engine: Engine):
    schema.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_partial_indexes_are_made_as_the_tables_have_them(engine: Engine):
    # Alembic does not compare the conditions of indexes.
    schema.upgrade(engine)
    made = {index["name"]: index for index in inspect(engine).get_indexes("documents")}
    for name in ("accepted_number", "accepted_digest", "accepted_idempotency"):
        condition = str(made[name]["dialect_options"][f"{engine.dialect.name}_where"])
        assert "verdict" in condition
        assert "'accepted'" in condition


def test_the_newest_migration_is_the_one_that_alembic_ends_with(engine: Engine):
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == schema.version(engine)
    schema.require_current(engine)


def test_a_new_database_holds_the_empty_ledger(engine: Engine):
    schema.upgrade(engine)
    assert SqlLedger(engine).head() == EMPTY_HEAD


def test_upgrading_what_is_current_changes_nothing(engine: Engine):
    schema.upgrade(engine)
    before = schema.version(engine)
    schema.upgrade(engine)
    assert schema.version(engine) == before
    schema.require_current(engine)


def test_an_empty_database_is_refused_with_the_command_that_helps(engine: Engine):
    assert schema.version(engine) is None
    with pytest.raises(Misuse, match="edi-gateway init"):
        schema.require_current(engine)


def test_an_old_database_is_refused_with_the_command_that_helps(engine: Engine):
    schema.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(Misuse, match="edi-gateway db upgrade"):
        schema.require_current(engine)


def test_an_upgrade_that_fails_leaves_nothing_behind(engine: Engine):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tokens (hash TEXT)"))
    with pytest.raises(Fault):
        schema.upgrade(engine)
    assert inspect(engine).get_table_names() == ["tokens"]
    assert schema.version(engine) is None


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "oracle://x", "nonsense"], ids=str
)
def test_a_database_that_is_not_spoken_is_refused(url: str):
    with pytest.raises(Misuse):
        connect(url)


def test_a_server_that_loses_commits_is_refused(postgresql_url: str, postgresql_server: str):
    engine = connect(postgresql_url)
    name = engine.url.database
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    engine.dispose()
    try:
        with pytest.raises(Fault, match="synchronous_commit"):
            schema.version(engine)
    finally:
        engine.dispose()
        # Through another database: this one can't be connected to any more.
        server = connect(postgresql_server)
        with server.begin() as connection:
            connection.execute(text(f"ALTER DATABASE {name} RESET synchronous_commit"))
        server.dispose()


def test_keys_from_before_their_lives_were_told_have_been_added_and_no_more(gateway: Gateway):
    keys.add(gateway, "acme's next", by="anna")
    told = "SELECT leaf_index, fingerprint, type, actor, applies_from FROM key_events ORDER BY leaf_index"
    with gateway.engine.begin() as connection:
        before = connection.execute(text(told)).all()
        before_key_life(connection)
    schema.upgrade(gateway.engine)
    with gateway.engine.connect() as connection:
        assert connection.execute(text(told)).all() == before
    assert [row.actor for row in before] == [None, None, "anna"]
    assert verify_ledger(gateway.ledger, "localhost/ledger", full=True).head.size == 5
    keys.retire(gateway, keys.of(gateway, "acme"))


def test_tokens_that_were_made_before_they_could_be_revoked_are_still_good(gateway: Gateway):
    token = create_token(gateway, "officer", "audit")
    with gateway.engine.begin() as connection:
        before_trail(connection)
    schema.upgrade(gateway.engine)
    assert admit(gateway, token, "documents.read") == Caller("audit", "officer")
    revoke_token(gateway, token_id(token))
    with pytest.raises(Denied, match="token-invalid"):
        admit(gateway, token, "documents.read")
