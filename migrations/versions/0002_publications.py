"""Published checkpoints, and what witnesses and timestamp authorities said of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# Each table with all that is unique in it. SQLite has a rowid beside the primary key, which an INSERT may name.
APPEND_ONLY = {
    "publications": ("size",),
    "cosignatures": ("rowid", "size, witness"),
    "timestamps": ("rowid", "size, authority, gen_time"),
}
# Only a column declared INTEGER is SQLite's own row number, and needs no index beside the table.
INDEX = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("size", INDEX, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column(
            "note", sa.LargeBinary, nullable=False, comment="the signed checkpoint, verbatim, without cosignatures"
        ),
        sa.Column("published_at", sa.String(24), nullable=False),
        comment="checkpoints given out for witnesses and timestamp authorities to vouch for",
    )
    op.create_table(
        "cosignatures",
        sa.Column("size", INDEX, sa.ForeignKey("publications.size"), primary_key=True, autoincrement=False),
        sa.Column("witness", sa.String, primary_key=True, comment="name and key id of the witness's key"),
        sa.Column("line", sa.String, nullable=False, comment="the line of the note, verified"),
        sa.Column("at", sa.String(24), nullable=False),
    )
    op.create_index("cosignatures_by_witness", "cosignatures", ["witness", "size"])
    op.create_table(
        "timestamps",
        sa.Column("size", INDEX, sa.ForeignKey("publications.size"), primary_key=True, autoincrement=False),
        sa.Column("authority", sa.String, primary_key=True),
        sa.Column("gen_time", sa.String(24), primary_key=True),
        sa.Column("token", sa.LargeBinary, nullable=False, comment="RFC 3161 TimeStampToken, DER"),
        sa.Column(
            "covers", sa.String, comment="digest of the token that this one renews; NULL: it covers the note itself"
        ),
        sa.Column("expires_at", sa.String(24), nullable=False, comment="when the authority's certificate ends"),
    )
    op.create_index("timestamps_by_end", "timestamps", ["authority", "expires_at"])
    for table, keys in APPEND_ONLY.items():
        if op.get_bind().dialect.name == "sqlite":
            _append_only_sqlite(table, keys)
        else:
            _append_only_postgresql(table)


def _append_only_sqlite(table: str, keys: Sequence[str]) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    # INSERT OR REPLACE deletes without firing the DELETE trigger, unless recursive triggers are on.
    same = (" AND ".join(f"{column} = NEW.{column}" for column in key.split(", ")) for key in keys)
    found = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {condition})" for condition in same)  # noqa: S608 - our names
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {found} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _append_only_postgresql(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncating BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
