"""A key can be renewed: a step in its life may bring a certificate and a window."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("key_events", sa.Column("certificate", sa.LargeBinary, comment="that a renewal brings"))
    op.add_column("key_events", sa.Column("valid_from", sa.String(24), comment="the window that a renewal brings"))
    op.add_column("key_events", sa.Column("valid_until", sa.String(24)))
