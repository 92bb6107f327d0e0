"""What contract records say, encrypted where their documents are, and a trigger that lets that go in place of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# All that a contract's row has, but its content and title: what sealing leaves as it is.
KEPT = (
    *("leaf_index", "id", "parties", "pdf", "contract_id", "version", "purpose", "parent"),
    *("valid_from", "valid_until", "terms"),
)
HAS_KEY = "EXISTS (SELECT 1 FROM data_keys WHERE data_keys.id = OLD.id)"
SEALING = (
    "OLD.content IS NOT NULL AND NEW.content IS NULL AND NEW.title IS NULL "
    f"AND OLD.sealed IS NULL AND NEW.sealed IS NOT NULL AND {HAS_KEY}"
)


def upgrade() -> None:
    comment = "the content: nonce, ciphertext, tag, under the document's data key; content and title are NULL then"
    op.add_column("contracts", sa.Column("sealed", sa.LargeBinary, comment=comment))
    if op.get_bind().dialect.name == "sqlite":
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT)
        op.execute("DROP TRIGGER contracts_no_update")
        op.execute(
            f"CREATE TRIGGER contracts_no_update BEFORE UPDATE ON contracts WHEN NOT ({same} AND {SEALING}) "
            "BEGIN SELECT RAISE(ABORT, 'contracts is append-only'); END"
        )
        return
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in KEPT)
    op.execute(
        "CREATE FUNCTION refuse_rewriting_unless_contract_sealed() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {same} AND {SEALING} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute("DROP TRIGGER contracts_no_rewriting ON contracts")
    op.execute(
        "CREATE TRIGGER contracts_no_rewriting BEFORE UPDATE ON contracts "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_unless_contract_sealed()"
    )
