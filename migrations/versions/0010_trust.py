"""Authorities that are trusted to name partners' keys, for whom they speak, and what is known of revocations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Each table with all that is unique in it. SQLite has a rowid beside a primary key of text, which an INSERT may name.
APPEND_ONLY = {
    "trust_roots": ("rowid", "name"),
    "trust_grants": ("rowid", "id"),
    "trust_steps": ("leaf_index",),
    "revocations": ("rowid", "digest"),
}


def upgrade() -> None:
    op.create_table(
        "trust_roots",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("usages", sa.String, nullable=False, comment="OIDs of extended key usages, between blanks"),
        sa.Column("policy", sa.String),
        sa.Column("path_length", sa.Integer, nullable=False),
        sa.Column("revocation", sa.String, nullable=False),
        sa.Column("grace", sa.BigInteger, nullable=False, comment="seconds"),
        comment="authorities that are trusted to name partners' keys",
    )
    op.create_table(
        "trust_grants",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("partner", sa.String, sa.ForeignKey("partners.id"), nullable=False),
        sa.Column("root", sa.String(64), sa.ForeignKey("trust_roots.name"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        comment="which certificates under a root speak for a partner",
    )
    op.create_table(
        "trust_steps",
        sa.Column("leaf_index", INDEX, sa.ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(64), nullable=False, comment="a root's name, or a grant's id"),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("actor", sa.String, comment="who did it, where that is known"),
        comment="each step in the life of a root or a grant",
    )
    _revocations()
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _revocations() -> None:
    op.create_table(
        "revocations",
        sa.Column("digest", sa.String(71), primary_key=True),
        sa.Column("kind", sa.String(4), nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False, comment="CRL or OCSP response, DER"),
        sa.Column("issuer", sa.String(64), nullable=False, comment="hex SHA-256 of the issuer's DER Name"),
        sa.Column("serial", sa.String, comment="of the one certificate that an OCSP response is about"),
        sa.Column("this_update", sa.String(24), nullable=False),
        sa.Column("next_update", sa.String(24)),
        sa.Column("added_at", sa.String(24), nullable=False),
        sa.Column("source", sa.String, nullable=False, comment="who brought it, or where it was fetched"),
    )
    op.create_index("revocations_by_issuer", "revocations", ["issuer", "this_update"])


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
