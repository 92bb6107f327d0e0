"""The keys that have signed for the ledger, from which size to which, and the signatures of those that are gone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "head",
        sa.Column(
            "keys_version",
            sa.BigInteger,
            nullable=False,
            server_default="0",
            comment="counts the changes of ledger_keys, so that whoever appends sees them with the head",
        ),
    )
    op.create_table(
        "ledger_keys",
        sa.Column("key_id", sa.String(8), primary_key=True, comment="of the signed note, in hex"),
        sa.Column("vkey", sa.String, nullable=False),
        sa.Column("from_size", sa.BigInteger, nullable=False),
        sa.Column("until_size", sa.BigInteger, comment="the last tree size that it signs; NULL: it signs now"),
        sa.Column("source", sa.String, nullable=False, comment="where the private key is"),
        sa.Column("added_at", sa.String(24), nullable=False),
        sa.Column("kept", sa.Boolean, nullable=False, comment="all its signatures are in head_signatures"),
    )
    op.create_table(
        "head_signatures",
        sa.Column("key_id", sa.String(8), sa.ForeignKey("ledger_keys.key_id"), primary_key=True),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("signature", sa.LargeBinary, nullable=False, comment="Ed25519, of the checkpoint's text"),
        comment="what a retired key has signed, so that its receipts can be repeated without it",
    )
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _append_only_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER head_signatures_no_{verb.lower()} BEFORE {verb} ON head_signatures "
            "BEGIN SELECT RAISE(ABORT, 'head_signatures is append-only'); END"
        )
    # INSERT OR REPLACE deletes without firing the DELETE trigger, unless recursive triggers are on.
    op.execute(
        "CREATE TRIGGER head_signatures_no_replace BEFORE INSERT ON head_signatures "
        "WHEN EXISTS (SELECT 1 FROM head_signatures WHERE key_id = NEW.key_id AND size = NEW.size) "
        "OR EXISTS (SELECT 1 FROM head_signatures WHERE rowid = NEW.rowid) "
        "BEGIN SELECT RAISE(ABORT, 'head_signatures is append-only'); END"
    )


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER head_signatures_no_rewriting BEFORE UPDATE OR DELETE ON head_signatures "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    )
    op.execute(
        "CREATE TRIGGER head_signatures_no_truncating BEFORE TRUNCATE ON head_signatures "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
