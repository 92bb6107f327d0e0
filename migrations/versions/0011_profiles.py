"""What was agreed with partners, version by version."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "profiles",
        sa.Column("leaf_index", INDEX, sa.ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
        sa.Column("partner", sa.String, sa.ForeignKey("partners.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="canonical JSON, whose digest the entry names"),
        sa.UniqueConstraint("partner", "version"),
        comment="each version of what was agreed with a partner: the newest counts",
    )
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _append_only_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER profiles_no_{verb.lower()} BEFORE {verb} ON profiles "
            "BEGIN SELECT RAISE(ABORT, 'profiles is append-only'); END"
        )
    # INSERT OR REPLACE takes away whatever shares anything that is unique.
    op.execute(
        "CREATE TRIGGER profiles_no_replace BEFORE INSERT ON profiles "
        "WHEN EXISTS (SELECT 1 FROM profiles WHERE leaf_index = NEW.leaf_index"
        " OR (partner = NEW.partner AND version = NEW.version)) "
        "BEGIN SELECT RAISE(ABORT, 'profiles is append-only'); END"
    )


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER profiles_no_rewriting BEFORE UPDATE OR DELETE ON profiles "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    )
    op.execute(
        "CREATE TRIGGER profiles_no_truncating BEFORE TRUNCATE ON profiles "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
