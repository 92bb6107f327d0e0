"""What is told by webhook, and how far that has come."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="JSON, as it is posted"),
    )
    op.create_table(
        "deliveries",
        sa.Column("notice", sa.String(40), sa.ForeignKey("notices.id"), primary_key=True),
        sa.Column("webhook", sa.String, primary_key=True, comment="its name in the settings"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.String(24), comment="when it is tried next; NULL: delivered, or given up"),
        sa.Column("delivered_at", sa.String(24)),
        sa.Column("outcome", sa.String, comment="how the last attempt went"),
    )
    op.create_index("deliveries_by_moment", "deliveries", ["due_at"])
