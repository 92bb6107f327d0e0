"""Nonces of signed requests: none is taken twice."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "nonces",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("nonce", sa.String, primary_key=True),
        sa.Column("until", sa.String(24), nullable=False),
        comment="of requests that partners have signed, for as long as their signatures are good",
    )
    op.create_index("nonces_by_end", "nonces", ["until"])
