"""Payloads that are encrypted, the keys that do it, and triggers that let a plain one go where a sealed one stands."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ERASED = "EXISTS (SELECT 1 FROM erasures WHERE id = OLD.id)"
SEALED = (
    "EXISTS (SELECT 1 FROM sealed_payloads JOIN data_keys ON data_keys.id = sealed_payloads.id "
    "WHERE sealed_payloads.id = OLD.id)"
)
# All that a document's row has, but its report: what sealing leaves as it is.
KEPT = (
    "leaf_index",
    "id",
    "verdict",
    "code",
    "sender",
    "receiver",
    "format",
    "type",
    "number",
    "issue_date",
    "currency",
    "payable",
    "received_at",
    "document_digest",
    "idempotency_key",
)


def upgrade() -> None:
    op.add_column("head", sa.Column("payload_key", sa.String(16), comment="which payload key wraps new data keys"))
    op.create_table(
        "payload_keys",
        sa.Column("id", sa.String(16), primary_key=True, comment="follows from the key itself"),
        sa.Column("source", sa.String, nullable=False, comment="where the key is"),
        sa.Column("added_at", sa.String(24), nullable=False),
        sa.Column("retired_at", sa.String(24), comment="when no data key was wrapped by it any more"),
        comment="the keys that wrap data keys",
    )
    op.create_table(
        "sealed_payloads",
        sa.Column("id", sa.String(36), sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="nonce, ciphertext, tag: AES-256-GCM"),
        sa.Column("headers", sa.LargeBinary, nullable=False, comment="likewise"),
        sa.Column("report", sa.LargeBinary, nullable=False, comment="likewise; the document's own is empty then"),
        comment="what is stored encrypted, in place of payloads and reports",
    )
    op.create_table(
        "data_keys",
        sa.Column("id", sa.String(36), sa.ForeignKey("sealed_payloads.id"), primary_key=True),
        sa.Column("payload_key", sa.String(16), sa.ForeignKey("payload_keys.id"), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False, comment="RFC 3394"),
        comment="each sealed payload's own key, wrapped: all that a rotation writes anew",
    )
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _sqlite() -> None:
    for table in ("sealed_payloads", "data_keys"):
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT {ERASED} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        # INSERT OR REPLACE deletes without firing the DELETE trigger, unless recursive triggers are on.
        found = f"EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid OR id = NEW.id)"  # noqa: S608 - our names
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {found} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER sealed_payloads_no_update BEFORE UPDATE ON sealed_payloads "
        "BEGIN SELECT RAISE(ABORT, 'sealed_payloads is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER data_keys_no_update BEFORE UPDATE OF id ON data_keys "
        "BEGIN SELECT RAISE(ABORT, 'data_keys is append-only, but for rotation'); END"
    )
    op.execute("DROP TRIGGER payloads_no_delete")
    op.execute(
        f"CREATE TRIGGER payloads_no_delete BEFORE DELETE ON payloads WHEN NOT ({ERASED} OR {SEALED}) "
        "BEGIN SELECT RAISE(ABORT, 'payloads is append-only'); END"
    )
    same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT)
    op.execute("DROP TRIGGER documents_no_update")
    op.execute(
        "CREATE TRIGGER documents_no_update BEFORE UPDATE ON documents "
        f"WHEN NOT ({same} AND OLD.report <> x'' AND NEW.report = x'' AND {SEALED}) "
        "BEGIN SELECT RAISE(ABORT, 'documents is append-only'); END"
    )


def _postgresql() -> None:
    op.execute(
        "CREATE TRIGGER sealed_payloads_no_rewriting BEFORE UPDATE ON sealed_payloads "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    )
    op.execute(
        "CREATE TRIGGER data_keys_no_rewriting BEFORE UPDATE OF id ON data_keys "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    )
    for table in ("sealed_payloads", "data_keys"):
        op.execute(
            f"CREATE TRIGGER {table}_no_deleting BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_deleting_unless_erased()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncating BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
    op.execute(
        "CREATE FUNCTION refuse_deleting_unless_sealed() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {ERASED} OR {SEALED} THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute("DROP TRIGGER payloads_no_deleting ON payloads")
    op.execute(
        "CREATE TRIGGER payloads_no_deleting BEFORE DELETE ON payloads "
        "FOR EACH ROW EXECUTE FUNCTION refuse_deleting_unless_sealed()"
    )
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in KEPT)
    op.execute(
        "CREATE FUNCTION refuse_rewriting_unless_sealed() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {same} AND OLD.report <> '' AND NEW.report = '' AND {SEALED} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute("DROP TRIGGER documents_no_rewriting ON documents")
    op.execute(
        "CREATE TRIGGER documents_no_rewriting BEFORE UPDATE ON documents "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_unless_sealed()"
    )
