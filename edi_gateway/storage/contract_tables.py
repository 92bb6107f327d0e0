"""The tables of contracts. What parties signed goes with the document; that they signed it stays."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from edi_gateway.storage.columns import INDEX, metadata

contracts = Table(
    "contracts",
    metadata,
    Column("leaf_index", INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("parties", String, nullable=False, comment="partners' ids, sorted, as JSON"),
    Column("pdf", String(64), comment="hex SHA-256 of the PDF that the record names, or the document is"),
    Column("contract_id", String, comment="NULL in this and all that follow: the document is a PDF"),
    Column("version", Integer),
    Column("purpose", String),
    Column("parent", String),
    Column("title", String),
    Column("valid_from", String(10)),
    Column("valid_until", String(10)),
    Column("terms", String(71), comment="digest of the content"),
    Column("content", LargeBinary, comment="what all parties sign alike, as canonical JSON"),
    Column(
        "sealed",
        LargeBinary,
        comment="the content: nonce, ciphertext, tag, under the document's data key; content and title are NULL then",
    ),
    Index("contracts_by_id", "contract_id", "parties", "version"),
    Index("contracts_by_parent", "parent"),
    Index("contracts_by_terms", "terms"),
    Index("contracts_by_pdf", "pdf"),
    comment="one row for each accepted document that is about a contract; goes with it",
)

contract_parties = Table(
    "contract_parties",
    metadata,
    Column("partner", String, primary_key=True),
    Column("leaf_index", INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Index("contract_parties_by_entry", "leaf_index"),
    comment="whom a contract is between, to find it by; goes with it",
)

contract_signatures = Table(
    "contract_signatures",
    metadata,
    Column("leaf_index", INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column(
        "offer",
        INDEX,
        ForeignKey("entries.leaf_index"),
        primary_key=True,
        autoincrement=False,
        comment="the entry whose party was the first to sign the same",
    ),
    Column("signed_at", String(24), nullable=False, comment="the moment since when it counts"),
    Index("contract_signatures_by_offer", "offer"),
    comment="which entries signed the same version of a contract; stays",
)

CONTRACT_TABLES = (contracts, contract_parties, contract_signatures)
