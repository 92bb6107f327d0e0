"""The tables of what is told by webhook."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from edi_gateway.storage.columns import metadata

notices = Table(
    "notices",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("type", String, nullable=False),
    Column("made_at", String(24), nullable=False),
    Column("body", LargeBinary, nullable=False, comment="JSON, as it is posted"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("notice", String(40), ForeignKey("notices.id"), primary_key=True),
    Column("webhook", String, primary_key=True, comment="its name in the settings"),
    Column("attempts", Integer, nullable=False),
    Column("due_at", String(24), comment="when it is tried next; NULL: delivered, or given up"),
    Column("delivered_at", String(24)),
    Column("outcome", String, comment="how the last attempt went"),
    Index("deliveries_by_moment", "due_at"),
)
