"""Erasures and holds; and triggers that let go of a document where, and only where, the ledger says so."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# What an erasure takes away, in the order in which foreign keys let it.
ERASABLE = ("payloads", "documents", "statements")
# Each new table with all that is unique in it.
APPEND_ONLY = {"erasures": ("leaf_index", "id", "erased_by"), "holds": ("leaf_index",)}

# An erasure names a document with its entry, which no hold forbids, and the entry that records it, in the same chain.
LAWFUL = """
    EXISTS (
        SELECT 1 FROM documents d
        JOIN statements s ON s.leaf_index = d.leaf_index AND s.id = d.id
        JOIN entries e ON e.leaf_index = d.leaf_index
        JOIN entries a ON a.leaf_index = NEW.erased_by AND a.leaf_index > d.leaf_index AND a.party = e.party
        JOIN statements r ON r.leaf_index = a.leaf_index AND r.type = 'document.erased'
        WHERE d.id = NEW.id AND d.leaf_index = NEW.leaf_index
    ) AND NOT EXISTS (
        SELECT 1 FROM holds h WHERE h.document = NEW.id AND h.held
        AND NOT EXISTS (SELECT 1 FROM holds n WHERE n.document = h.document AND n.leaf_index > h.leaf_index)
    )
"""
UNNAMED = "NOT EXISTS (SELECT 1 FROM erasures WHERE id = OLD.id)"


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("leaf_index", INDEX, sa.ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("erased_by", INDEX, sa.ForeignKey("entries.leaf_index"), nullable=False, unique=True),
        comment="documents that are no more; only what is named here may be deleted",
    )
    op.create_table(
        "holds",
        sa.Column("leaf_index", INDEX, sa.ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
        sa.Column("document", sa.String(36), nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        comment="each time that a document was put on hold or released: the newest row counts",
    )
    op.create_index("holds_by_document", "holds", ["document", "leaf_index"])
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
        _erasable_sqlite()
    else:
        _append_only_postgresql()
        _erasable_postgresql()


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


def _erasable_sqlite() -> None:
    op.execute(
        f"CREATE TRIGGER erasures_are_lawful BEFORE INSERT ON erasures WHEN NOT ({LAWFUL}) "
        "BEGIN SELECT RAISE(ABORT, 'erasures is append-only: there is no such document, or a hold forbids it'); END"
    )
    for table in ERASABLE:
        op.execute(f"DROP TRIGGER {table}_no_delete")
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN {UNNAMED} "
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


def _erasable_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_unlawful_erasure() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {LAWFUL} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION 'erasures is append-only: there is no such document, or a hold forbids it'; END $$"
    )
    op.execute(
        "CREATE TRIGGER erasures_are_lawful BEFORE INSERT ON erasures "
        "FOR EACH ROW EXECUTE FUNCTION refuse_unlawful_erasure()"
    )
    op.execute(
        "CREATE FUNCTION refuse_deleting_unless_erased() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF EXISTS (SELECT 1 FROM erasures WHERE id = OLD.id) THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in ERASABLE:
        op.execute(f"DROP TRIGGER {table}_no_rewriting ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_deleting BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_deleting_unless_erased()"
        )
