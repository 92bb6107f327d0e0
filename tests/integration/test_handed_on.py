"""Tests on PostgreSQL hand their tables on: whatever one has changed, the next one has those of a new database."""

import pytest
from sqlalchemy import text

from edi_gateway.storage import schema
from edi_gateway.storage.engine import connect
from tests.support.copies import open_copy
from tests.support.kept_tables import Tables

_CHANGES = {
    "a trigger that is off": "ALTER TABLE entries DISABLE TRIGGER ALL",
    "a trigger that is gone": "DROP TRIGGER trail_no_rewriting ON trail",
    "a function that does nothing": "CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RETURN NULL; END'",
    "another column": "ALTER TABLE trail ADD COLUMN extra text",
    "a column that may be null": "ALTER TABLE entries ALTER COLUMN party DROP NOT NULL",
    "another table": "CREATE TABLE extra (id int)",
    "a key that is gone": "ALTER TABLE payloads DROP CONSTRAINT payloads_pkey CASCADE",
    "another row": "UPDATE head SET size = 7",
    "rows that are gone": "SET session_replication_role = replica; DELETE FROM head; DELETE FROM alembic_version",
}

_SEEN = text("""
    SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable) FROM information_schema.columns
        WHERE table_schema = 'public'
    UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, contype) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT head::text FROM head
    UNION ALL SELECT version_num FROM alembic_version
""")


@pytest.mark.parametrize("change", _CHANGES)
def test_whatever_a_test_changes_is_not_there_for_the_next(
    postgresql_url: str, postgresql_database: tuple[str, Tables], change: str
) -> None:
    _, tables = postgresql_database
    engine = connect(postgresql_url)
    schema.upgrade(engine)
    with engine.connect() as connection:
        new = sorted(connection.scalars(_SEEN))
        connection.rollback()
        connection.execute(text(_CHANGES[change]))
        connection.commit()
    engine.dispose()
    tables.empty()
    assert schema.version(engine) is None
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert sorted(connection.scalars(_SEEN)) == new
    engine.dispose()


def test_a_copy_begins_where_the_first_of_its_kind_did(
    postgresql_url: str, postgresql_database: tuple[str, Tables], tmp_path_factory: pytest.TempPathFactory
) -> None:
    heads = []
    for name in ("first", "second"):
        gateway = open_copy(tmp_path_factory.mktemp(name), url=postgresql_url)
        heads.append(gateway.ledger.head())
        gateway.close()
        postgresql_database[1].empty()
    assert heads[0].size == 4
    assert heads[0] == heads[1]
