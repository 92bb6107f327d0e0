"""Databases as earlier versions of the gateway left them, made from present ones."""

from sqlalchemy import Connection, text


def before_key_life(connection: Connection) -> None:
    """Revision 0005: a key was added, and nothing else could become of it."""
    sqlite = connection.dialect.name == "sqlite"
    names = ("no_update", "no_delete", "no_replace") if sqlite else ("no_rewriting", "no_truncating")
    connection.execute(text("DROP TABLE key_events"))
    for name in names:
        connection.execute(text(f"DROP TRIGGER partner_keys_{name}" + ("" if sqlite else " ON partner_keys")))
    connection.execute(text("ALTER TABLE partner_keys DROP COLUMN purpose"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
