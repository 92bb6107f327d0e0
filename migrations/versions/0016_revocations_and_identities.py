"""CRLs are counted, so that a running worker sees new ones; and who took a step, to an issuer of identities."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    comment = "CRLs and OCSP responses, counted"
    counted = sa.Column("revocations", sa.BigInteger, nullable=False, server_default="0", comment=comment)
    op.add_column("directory", counted)
    for table in ("key_events", "trust_steps"):
        op.add_column(table, sa.Column("identity", sa.String, comment="who that is to an issuer of identities"))
