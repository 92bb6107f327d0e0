"""The tables of roots and grants, and of what is known of revocations. All of them only ever grow."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from edi_gateway.storage.columns import INDEX as _INDEX
from edi_gateway.storage.columns import metadata

trust_roots = Table(
    "trust_roots",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("certificate", LargeBinary, nullable=False),
    Column("usages", String, nullable=False, comment="OIDs of extended key usages, between blanks"),
    Column("policy", String),
    Column("path_length", Integer, nullable=False),
    Column("revocation", String, nullable=False),
    Column("grace", BigInteger, nullable=False, comment="seconds"),
    comment="authorities that are trusted to name partners' keys",
)

trust_grants = Table(
    "trust_grants",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("partner", String, ForeignKey("partners.id"), nullable=False),
    Column("root", String(64), ForeignKey("trust_roots.name"), nullable=False),
    Column("kind", String, nullable=False),
    Column("value", String, nullable=False),
    comment="which certificates under a root speak for a partner",
)

trust_steps = Table(
    "trust_steps",
    metadata,
    Column("leaf_index", _INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column("subject", String(64), nullable=False, comment="a root's name, or a grant's id"),
    Column("type", String, nullable=False),
    Column("actor", String, comment="who did it, where that is known"),
    Column("identity", String, comment="who that is to an issuer of identities"),
    comment="each step in the life of a root or a grant",
)

revocations = Table(
    "revocations",
    metadata,
    Column("digest", String(71), primary_key=True),
    Column("kind", String(4), nullable=False),
    Column("octets", LargeBinary, nullable=False, comment="CRL or OCSP response, DER"),
    Column("issuer", String(64), nullable=False, comment="hex SHA-256 of the issuer's DER Name"),
    Column("serial", String, comment="of the one certificate that an OCSP response is about"),
    Column("this_update", String(24), nullable=False),
    Column("next_update", String(24)),
    Column("added_at", String(24), nullable=False),
    Column("source", String, nullable=False, comment="who brought it, or where it was fetched"),
    Index("revocations_by_issuer", "issuer", "this_update"),
)

TRUST_TABLES = (trust_roots, trust_grants, trust_steps, revocations)
