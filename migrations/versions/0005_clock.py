"""The moment of the newest entry, so that a clock that goes backwards is noticed."""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("head", sa.Column("recorded_at", sa.String(24), comment="the moment of the newest entry"))
    statements = sa.table("statements", sa.column("leaf_index", sa.BigInteger), sa.column("statement", sa.LargeBinary))
    newest = sa.select(statements.c.statement).order_by(statements.c.leaf_index.desc()).limit(1)
    statement = op.get_bind().scalar(newest)
    if statement is not None:
        head = sa.table("head", sa.column("recorded_at", sa.String))
        op.execute(head.update().values(recorded_at=json.loads(statement)["recordedAt"]))
