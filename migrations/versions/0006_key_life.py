"""What a partner's key is for, and each step of its life; keys' own rows are never changed any more."""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Each table with all that is unique in it. SQLite has a rowid beside the primary key, which an INSERT may name.
APPEND_ONLY = {"partner_keys": ("rowid", "fingerprint"), "key_events": ("leaf_index",)}


def upgrade() -> None:
    op.add_column("partner_keys", sa.Column("purpose", sa.String, nullable=False, server_default="document-signature"))
    events = op.create_table(
        "key_events",
        sa.Column("leaf_index", INDEX, sa.ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.String(64), sa.ForeignKey("partner_keys.fingerprint"), nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("actor", sa.String, comment="who did it, where that is known"),
        sa.Column("applies_from", sa.String(24), comment="of an end, retired or revoked: from when it counts"),
        comment="each step in the life of a partner's key",
    )
    if enrolled := _enrolments():
        op.bulk_insert(events, enrolled)
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _enrolments() -> list[dict[str, object]]:
    """Until now a key was added, and nothing else became of it: its entry says by whom."""
    statements = sa.table(
        "statements",
        sa.column("leaf_index", sa.BigInteger),
        sa.column("type", sa.String),
        sa.column("statement", sa.LargeBinary),
    )
    query = sa.select(statements.c.leaf_index, statements.c.statement).where(statements.c.type == "key.added")
    told = [(row.leaf_index, json.loads(row.statement)) for row in op.get_bind().execute(query)]
    return [
        {
            "leaf_index": index,
            "fingerprint": statement["key"]["fingerprint"],
            "type": "key.added",
            "actor": statement.get("by"),
            "applies_from": None,
        }
        for index, statement in told
    ]


def _append_only_sqlite() -> None:
    for table, keys in APPEND_ONLY.items():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        # INSERT OR REPLACE deletes without firing the DELETE trigger, unless recursive triggers are on.
        same = " OR ".join(f"{key} = NEW.{key}" for key in keys)
        found = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our names
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {found} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _append_only_postgresql() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncating BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
