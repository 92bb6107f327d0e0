"""The tables of payloads that are encrypted, and of the keys that do it. Of these only data keys are ever changed."""

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table

from edi_gateway.storage.columns import metadata

payload_keys = Table(
    "payload_keys",
    metadata,
    Column("id", String(16), primary_key=True, comment="follows from the key itself"),
    Column("source", String, nullable=False, comment="where the key is"),
    Column("added_at", String(24), nullable=False),
    Column("retired_at", String(24), comment="when no data key was wrapped by it any more"),
    comment="the keys that wrap data keys",
)

sealed_payloads = Table(
    "sealed_payloads",
    metadata,
    Column("id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("body", LargeBinary, nullable=False, comment="nonce, ciphertext, tag: AES-256-GCM"),
    Column("headers", LargeBinary, nullable=False, comment="likewise"),
    Column("report", LargeBinary, nullable=False, comment="likewise; the document's own is empty then"),
    comment="what is stored encrypted, in place of payloads and reports",
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", String(36), ForeignKey("sealed_payloads.id"), primary_key=True),
    Column("payload_key", String(16), ForeignKey("payload_keys.id"), nullable=False),
    Column("wrapped", LargeBinary, nullable=False, comment="RFC 3394"),
    comment="each sealed payload's own key, wrapped: all that a rotation writes anew",
)
