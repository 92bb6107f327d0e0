"""Accounts of people, and how often somebody failed to use one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column(
            "password", sa.String, nullable=False, comment="Argon2id, as the encoded hash with its parameters and salt"
        ),
        sa.Column("code_secret", sa.LargeBinary, comment="of the codes (RFC 6238); NULL: no code is asked for"),
        sa.Column("code_wrapped", sa.Boolean, nullable=False, comment="whether that is under the passphrase"),
        sa.Column("code_step", sa.BigInteger, comment="the newest one used: no code counts twice"),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("added_at", sa.String(24), nullable=False),
        comment="people who may begin sessions",
    )
    op.create_table(
        "attempts",
        sa.Column("subject", sa.String(64), primary_key=True, comment="SHA-256 of a name, an address, or both"),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("retry_at", sa.String(24), nullable=False),
        sa.Column("last_at", sa.String(24), nullable=False),
        sa.Column("succeeded_at", sa.String(24)),
        comment="to begin sessions: how often it failed of late",
    )
    op.create_index("attempts_by_time", "attempts", ["last_at"])
