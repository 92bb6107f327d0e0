"""Databases as earlier versions of the gateway left them, made from present ones."""

from sqlalchemy import Connection, text


def before_sealed_contracts(connection: Connection) -> None:
    """Revision 0016: what contract records say was stored in plain."""
    sqlite = connection.dialect.name == "sqlite"
    name = "contracts_no_update" if sqlite else "contracts_no_rewriting"
    connection.execute(text(f"DROP TRIGGER {name}" + ("" if sqlite else " ON contracts")))
    connection.execute(text("ALTER TABLE contracts DROP COLUMN sealed"))
    refusal = "BEGIN SELECT RAISE(ABORT, 'contracts is append-only'); END"
    refusing = refusal if sqlite else "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    connection.execute(text(f"CREATE TRIGGER {name} BEFORE UPDATE ON contracts {refusing}"))
    if not sqlite:
        connection.execute(text("DROP FUNCTION refuse_rewriting_unless_contract_sealed()"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0016'"))


def before_counting(connection: Connection) -> None:
    """Revision 0015: CRLs were asked for with each document, and people known by their names alone."""
    before_sealed_contracts(connection)
    for table, column in (("directory", "revocations"), ("key_events", "identity"), ("trust_steps", "identity")):
        connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0015'"))


def before_contracts(connection: Connection) -> None:
    """Revision 0014: nobody knew which contracts were in force."""
    before_counting(connection)
    for table in ("contract_signatures", "contract_parties", "contracts"):
        connection.execute(text(f"DROP TABLE {table}"))
    if connection.dialect.name != "sqlite":
        connection.execute(text("DROP FUNCTION refuse_deleting_unless_entry_erased()"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0014'"))


def before_payload_keys(connection: Connection) -> None:
    """Revision 0013: all was stored in plain."""
    before_contracts(connection)
    sqlite = connection.dialect.name == "sqlite"
    for table, verb, name in (
        ("payloads", "DELETE", "no_delete" if sqlite else "no_deleting"),
        ("documents", "UPDATE", "no_update" if sqlite else "no_rewriting"),
    ):
        connection.execute(text(f"DROP TRIGGER {table}_{name}" + ("" if sqlite else f" ON {table}")))
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        refusing = refusal if sqlite else "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        connection.execute(text(f"CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} {refusing}"))
    for table in ("data_keys", "sealed_payloads", "payload_keys"):
        connection.execute(text(f"DROP TABLE {table}"))
    if not sqlite:
        for kind in ("deleting", "rewriting"):
            connection.execute(text(f"DROP FUNCTION refuse_{kind}_unless_sealed()"))
    connection.execute(text("ALTER TABLE head DROP COLUMN payload_key"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0013'"))


def before_notices(connection: Connection) -> None:
    """Revision 0012: nobody was told anything by webhook."""
    before_payload_keys(connection)
    for table in ("deliveries", "notices"):
        connection.execute(text(f"DROP TABLE {table}"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0012'"))


def before_accounts(connection: Connection) -> None:
    """Revision 0011: nobody logged in."""
    before_notices(connection)
    for table in ("users", "attempts"):
        connection.execute(text(f"DROP TABLE {table}"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0011'"))


def before_profiles(connection: Connection) -> None:
    """Revision 0010: nothing was agreed with partners."""
    before_accounts(connection)
    connection.execute(text("DROP TABLE profiles"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0010'"))


def before_trust(connection: Connection) -> None:
    """Revision 0009: every key was enrolled."""
    before_profiles(connection)
    for name in ("trust_steps", "trust_grants", "trust_roots", "revocations"):
        connection.execute(text(f"DROP TABLE {name}"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0009'"))


def before_nonces(connection: Connection) -> None:
    """Revision 0008: partners signed no requests."""
    before_trust(connection)
    connection.execute(text("DROP TABLE nonces"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0008'"))


def before_trail(connection: Connection) -> None:
    """Revision 0007: a token was good for its role until it expired, and nobody noted who read what."""
    before_nonces(connection)
    connection.execute(text("DROP TABLE trail"))
    for column in ("document", "actions", "account", "last_used_at", "revoked_at"):
        connection.execute(text(f"ALTER TABLE tokens DROP COLUMN {column}"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))


def before_key_life(connection: Connection) -> None:
    """Revision 0005: a key was added, and nothing else could become of it."""
    before_trail(connection)
    sqlite = connection.dialect.name == "sqlite"
    names = ("no_update", "no_delete", "no_replace") if sqlite else ("no_rewriting", "no_truncating")
    connection.execute(text("DROP TABLE key_events"))
    for name in names:
        connection.execute(text(f"DROP TRIGGER partner_keys_{name}" + ("" if sqlite else " ON partner_keys")))
    connection.execute(text("ALTER TABLE partner_keys DROP COLUMN purpose"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
