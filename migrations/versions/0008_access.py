"""Tokens that are scoped, revoked and known to be used; and the trail of access."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for column in (
        sa.Column("document", sa.String(36), comment="the one that a guest sees"),
        sa.Column(
            "actions", sa.String, comment="the only ones that it is good for, with commas; NULL: all of the role's"
        ),
        sa.Column("account", sa.String, comment="whose session it is; NULL: it is no session"),
        sa.Column("last_used_at", sa.String(24), comment="brought up to date once a minute at most"),
        sa.Column("revoked_at", sa.String(24)),
    ):
        op.add_column("tokens", column)
    op.create_table(
        "trail",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("credential", sa.String),
        sa.Column("address", sa.String),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("detail", sa.String),
        sa.Column(
            "hash", sa.LargeBinary, nullable=False, comment="of the hash before, and this step as canonical JSON"
        ),
        comment="who read what, and who was given which right",
    )
    op.create_index("trail_by_subject", "trail", ["subject", "number"])
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _append_only_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER trail_no_{verb.lower()} BEFORE {verb} ON trail "
            "BEGIN SELECT RAISE(ABORT, 'trail is append-only'); END"
        )
    # INSERT OR REPLACE deletes without firing the DELETE trigger, unless recursive triggers are on.
    op.execute(
        "CREATE TRIGGER trail_no_replace BEFORE INSERT ON trail "
        "WHEN EXISTS (SELECT 1 FROM trail WHERE rowid = NEW.rowid OR number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'trail is append-only'); END"
    )


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER trail_no_rewriting BEFORE UPDATE OR DELETE ON trail "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    )
    op.execute(
        "CREATE TRIGGER trail_no_truncating BEFORE TRUNCATE ON trail "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
