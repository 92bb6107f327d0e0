"""The first tables, and the triggers that keep the ledger's own from being rewritten."""

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Each table with all that is unique in it. SQLite has a rowid beside the primary key, which an INSERT may name.
APPEND_ONLY = {
    "entries": ("leaf_index", "party, party_sequence"),
    "statements": ("leaf_index", "id"),
    "tiles": ("rowid", "level, number"),
    "documents": ("leaf_index", "id"),
    "payloads": ("rowid", "id"),
}
# Only a column declared INTEGER is SQLite's own row number, and needs no index beside the table.
INDEX = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ACCEPTED = {
    "accepted_number": ("sender", "type", "number"),
    "accepted_digest": ("sender", "document_digest"),
    "accepted_idempotency": ("sender", "idempotency_key"),
}


def upgrade() -> None:
    _ledger()
    _documents()
    _partners()
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _ledger() -> None:
    head = op.create_table(
        "head",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column(
            "frontier",
            sa.LargeBinary,
            nullable=False,
            comment="complete subtrees' roots, 32 bytes each, largest first",
        ),
        comment="one row: where the ledger ends; whoever appends holds its lock",
    )
    # RFC 6962 §2.1: the root of the empty tree is the hash of the empty string.
    op.bulk_insert(head, [{"id": 1, "size": 0, "root": hashlib.sha256(b"").digest(), "frontier": b""}])
    op.create_table(
        "entries",
        sa.Column("leaf_index", INDEX, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.LargeBinary, nullable=False, comment="the commitment to the statement"),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.Column("party", sa.String, nullable=False),
        sa.Column("party_sequence", sa.BigInteger, nullable=False),
        sa.Column(
            "tree_size",
            sa.BigInteger,
            nullable=False,
            comment="the tree's size after the commit that recorded the entry",
        ),
        sa.UniqueConstraint("party", "party_sequence"),
    )
    op.create_table(
        "statements",
        sa.Column("leaf_index", INDEX, sa.ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False, comment="canonical JSON (RFC 8785)"),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False, comment="256 hashes; only full tiles are stored"),
        sa.Column("root", sa.LargeBinary, nullable=False, comment="the tile's own Merkle root: its hash one level up"),
    )


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("leaf_index", INDEX, sa.ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("code", sa.String),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("receiver", sa.String),
        sa.Column("format", sa.String),
        sa.Column("type", sa.String),
        sa.Column("number", sa.String),
        sa.Column("issue_date", sa.String(10)),
        sa.Column("currency", sa.String),
        sa.Column("payable", sa.String),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("document_digest", sa.String, nullable=False),
        sa.Column("idempotency_key", sa.String),
        sa.Column("report", sa.LargeBinary, nullable=False, comment="what validation said, as JSON"),
        comment="one row for each transmission of an identified sender, whatever the verdict",
    )
    op.create_index("documents_by_sender", "documents", ["sender", "id"])
    op.create_index("documents_by_receiver", "documents", ["receiver", "id"])
    op.create_index("documents_by_number", "documents", ["number"])
    # Only accepted documents count as duplicates or conflicts: a refused one may be sent again, corrected.
    for name, columns in ACCEPTED.items():
        present = " AND idempotency_key IS NOT NULL" if "idempotency_key" in columns else ""
        where = sa.text(f"verdict = 'accepted'{present}")
        op.create_index(name, "documents", list(columns), unique=True, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "payloads",
        sa.Column("id", sa.String(36), sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="exactly as received"),
        sa.Column("headers", sa.LargeBinary, nullable=False, comment="JSON, as received"),
    )


def _partners() -> None:
    op.create_table(
        "partners",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("suspended", sa.Boolean, nullable=False),
        sa.Column("added_at", sa.String(24), nullable=False),
    )
    op.create_table(
        "identifiers",
        sa.Column("scheme", sa.String, primary_key=True),
        sa.Column("value", sa.String, primary_key=True),
        sa.Column("partner", sa.String, sa.ForeignKey("partners.id"), nullable=False),
    )
    op.create_table(
        "partner_keys",
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("partner", sa.String, sa.ForeignKey("partners.id"), nullable=False),
        sa.Column("spki", sa.LargeBinary, nullable=False),
        sa.Column("certificate", sa.LargeBinary),
        sa.Column("valid_from", sa.String(24)),
        sa.Column("valid_until", sa.String(24)),
        sa.Column("added_at", sa.String(24), nullable=False),
    )
    directory = op.create_table(
        "directory",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        comment="one row: counts the changes of partners and keys, so that a running worker sees them",
    )
    op.bulk_insert(directory, [{"id": 1, "version": 0}])
    op.create_table(
        "tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("partner", sa.String, sa.ForeignKey("partners.id")),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("expires_at", sa.String(24), nullable=False),
    )


def _append_only_sqlite() -> None:
    for table, keys in APPEND_ONLY.items():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        # INSERT OR REPLACE deletes without firing the DELETE trigger, unless recursive triggers are on.
        conditions = [_same(key.split(", ")) for key in keys]
        if table == "documents":
            conditions += [
                f"verdict = 'accepted' AND NEW.verdict = 'accepted' AND {_same(k)}" for k in ACCEPTED.values()
            ]
        found = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {condition})" for condition in conditions)  # noqa: S608 - our names
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {found} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _same(columns: Sequence[str]) -> str:
    return " AND ".join(f"{column} = NEW.{column}" for column in columns)


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncating BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
