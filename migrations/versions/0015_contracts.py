"""Contracts that parties have signed, and triggers that let go of what they say where the document was erased."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Each table with what is unique in it. SQLite has a rowid beside a primary key of several columns.
UNIQUE = {
    "contracts": "leaf_index = NEW.leaf_index OR id = NEW.id",
    "contract_parties": "rowid = NEW.rowid OR (partner = NEW.partner AND leaf_index = NEW.leaf_index)",
    "contract_signatures": "rowid = NEW.rowid OR (leaf_index = NEW.leaf_index AND offer = NEW.offer)",
}
ERASABLE = ("contracts", "contract_parties")
UNNAMED = "NOT EXISTS (SELECT 1 FROM erasures WHERE leaf_index = OLD.leaf_index)"


def upgrade() -> None:
    op.create_table(
        "contracts",
        _entry("leaf_index"),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("parties", sa.String, nullable=False, comment="partners' ids, sorted, as JSON"),
        sa.Column("pdf", sa.String(64), comment="hex SHA-256 of the PDF that the record names, or the document is"),
        sa.Column("contract_id", sa.String, comment="NULL in this and all that follow: the document is a PDF"),
        sa.Column("version", sa.Integer),
        sa.Column("purpose", sa.String),
        sa.Column("parent", sa.String),
        sa.Column("title", sa.String),
        sa.Column("valid_from", sa.String(10)),
        sa.Column("valid_until", sa.String(10)),
        sa.Column("terms", sa.String(71), comment="digest of the content"),
        sa.Column("content", sa.LargeBinary, comment="what all parties sign alike, as canonical JSON"),
        comment="one row for each accepted document that is about a contract; goes with it",
    )
    op.create_index("contracts_by_id", "contracts", ["contract_id", "parties", "version"])
    for column in ("parent", "terms", "pdf"):
        op.create_index(f"contracts_by_{column}", "contracts", [column])
    op.create_table(
        "contract_parties",
        sa.Column("partner", sa.String, primary_key=True),
        _entry("leaf_index"),
        comment="whom a contract is between, to find it by; goes with it",
    )
    op.create_index("contract_parties_by_entry", "contract_parties", ["leaf_index"])
    op.create_table(
        "contract_signatures",
        _entry("leaf_index"),
        _entry("offer", "the entry whose party was the first to sign the same"),
        sa.Column("signed_at", sa.String(24), nullable=False, comment="the moment since when it counts"),
        comment="which entries signed the same version of a contract; stays",
    )
    op.create_index("contract_signatures_by_offer", "contract_signatures", ["offer"])
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _entry(name: str, comment: str | None = None) -> sa.Column[int]:
    place = sa.ForeignKey("entries.leaf_index")
    return sa.Column(name, INDEX, place, primary_key=True, autoincrement=False, comment=comment)


def _append_only_sqlite() -> None:
    for table, same in UNIQUE.items():
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refusal}")
        unless = f"WHEN {UNNAMED} " if table in ERASABLE else ""
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {unless}{refusal}")
        # INSERT OR REPLACE deletes without firing the DELETE trigger, unless recursive triggers are on.
        found = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our names
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {found} {refusal}")


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_deleting_unless_entry_erased() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF EXISTS (SELECT 1 FROM erasures WHERE leaf_index = OLD.leaf_index) THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in UNIQUE:
        verbs = "UPDATE" if table in ERASABLE else "UPDATE OR DELETE"
        op.execute(
            f"CREATE TRIGGER {table}_no_rewriting BEFORE {verbs} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncating BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
        if table in ERASABLE:
            op.execute(
                f"CREATE TRIGGER {table}_no_deleting BEFORE DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_deleting_unless_entry_erased()"
            )
