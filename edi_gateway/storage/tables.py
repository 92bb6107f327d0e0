"""The tables. Times are RFC 3339 text in UTC with milliseconds, which sorts as it is; amounts are decimal text.

The ledger's own tables (`APPEND_ONLY`) only ever grow: triggers, made by the migrations, refuse UPDATE and DELETE; all
but the DELETE of what a row of `erasures` names, or what stands in `sealed_payloads` instead.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from edi_gateway.storage.columns import INDEX as _INDEX
from edi_gateway.storage.columns import metadata
from edi_gateway.storage.contract_tables import CONTRACT_TABLES
from edi_gateway.storage.payload_tables import sealed_payloads
from edi_gateway.storage.trust_tables import TRUST_TABLES

head = Table(
    "head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False, comment="complete subtrees' roots, 32 bytes each, largest first"),
    Column("recorded_at", String(24), comment="the moment of the newest entry"),
    Column(
        "keys_version",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="counts the changes of ledger_keys, so that whoever appends sees them with the head",
    ),
    Column("payload_key", String(16), comment="which payload key wraps new data keys"),
    comment="one row: where the ledger ends; whoever appends holds its lock",
)

entries = Table(
    "entries",
    metadata,
    Column("leaf_index", _INDEX, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False, comment="the commitment to the statement"),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("party", String, nullable=False),
    Column("party_sequence", BigInteger, nullable=False),
    Column("tree_size", BigInteger, nullable=False, comment="the tree's size after the commit that recorded the entry"),
    UniqueConstraint("party", "party_sequence"),
)

statements = Table(
    "statements",
    metadata,
    Column("leaf_index", _INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("type", String, nullable=False),
    Column("statement", LargeBinary, nullable=False, comment="canonical JSON (RFC 8785)"),
    Column("salt", LargeBinary, nullable=False),
)

tiles = Table(
    "tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False, comment="256 hashes; only full tiles are stored"),
    Column("root", LargeBinary, nullable=False, comment="the tile's own Merkle root: its hash one level up"),
)

documents = Table(
    "documents",
    metadata,
    Column("leaf_index", _INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("verdict", String, nullable=False),
    Column("code", String),
    Column("sender", String, nullable=False),
    Column("receiver", String),
    Column("format", String),
    Column("type", String),
    Column("number", String),
    Column("issue_date", String(10)),
    Column("currency", String),
    Column("payable", String),
    Column("received_at", String(24), nullable=False),
    Column("document_digest", String, nullable=False),
    Column("idempotency_key", String),
    Column("report", LargeBinary, nullable=False, comment="what validation said, as JSON"),
    Index("documents_by_sender", "sender", "id"),
    Index("documents_by_receiver", "receiver", "id"),
    Index("documents_by_number", "number"),
    comment="one row for each transmission of an identified sender, whatever the verdict",
)

for name, columns, where in (
    ("accepted_number", ("sender", "type", "number"), text("verdict = 'accepted'")),
    ("accepted_digest", ("sender", "document_digest"), text("verdict = 'accepted'")),
    (
        "accepted_idempotency",
        ("sender", "idempotency_key"),
        text("verdict = 'accepted' AND idempotency_key IS NOT NULL"),
    ),
):
    Index(name, *(documents.c[c] for c in columns), unique=True, sqlite_where=where, postgresql_where=where)

payloads = Table(
    "payloads",
    metadata,
    Column("id", String(36), ForeignKey("documents.id"), primary_key=True),
    Column("body", LargeBinary, nullable=False, comment="exactly as received"),
    Column("headers", LargeBinary, nullable=False, comment="JSON, as received"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("leaf_index", _INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("erased_by", _INDEX, ForeignKey("entries.leaf_index"), nullable=False, unique=True),
    comment="documents that are no more; only what is named here may be deleted",
)

holds = Table(
    "holds",
    metadata,
    Column("leaf_index", _INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column("document", String(36), nullable=False),
    Column("held", Boolean, nullable=False),
    Index("holds_by_document", "document", "leaf_index"),
    comment="each time that a document was put on hold or released: the newest row counts",
)

partners = Table(
    "partners",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("added_at", String(24), nullable=False),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("scheme", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("partner", String, ForeignKey("partners.id"), nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("leaf_index", _INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column("partner", String, ForeignKey("partners.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="canonical JSON, whose digest the entry names"),
    UniqueConstraint("partner", "version"),
    comment="each version of what was agreed with a partner: the newest counts",
)

partner_keys = Table(
    "partner_keys",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("partner", String, ForeignKey("partners.id"), nullable=False),
    Column("spki", LargeBinary, nullable=False),
    Column("certificate", LargeBinary),
    Column("valid_from", String(24)),
    Column("valid_until", String(24)),
    Column("added_at", String(24), nullable=False),
    Column("purpose", String, nullable=False, server_default="document-signature"),
)

key_events = Table(
    "key_events",
    metadata,
    Column("leaf_index", _INDEX, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), ForeignKey("partner_keys.fingerprint"), nullable=False),
    Column("type", String, nullable=False),
    Column("actor", String, comment="who did it, where that is known"),
    Column("identity", String, comment="who that is to an issuer of identities"),
    Column("applies_from", String(24), comment="of an end, retired or revoked: from when it counts"),
    Column("certificate", LargeBinary, comment="that a renewal brings"),
    Column("valid_from", String(24), comment="the window that a renewal brings"),
    Column("valid_until", String(24)),
    comment="each step in the life of a partner's key",
)

directory = Table(
    "directory",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("revocations", BigInteger, nullable=False, server_default="0", comment="CRLs and OCSP responses, counted"),
    comment="one row: counts the changes of partners and keys, so that a running worker sees them",
)

publications = Table(
    "publications",
    metadata,
    Column("size", _INDEX, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False, comment="the signed checkpoint, verbatim, without cosignatures"),
    Column("published_at", String(24), nullable=False),
    comment="checkpoints given out for witnesses and timestamp authorities to vouch for",
)

cosignatures = Table(
    "cosignatures",
    metadata,
    Column("size", _INDEX, ForeignKey("publications.size"), primary_key=True, autoincrement=False),
    Column("witness", String, primary_key=True, comment="name and key id of the witness's key"),
    Column("line", String, nullable=False, comment="the line of the note, verified"),
    Column("at", String(24), nullable=False),
    Index("cosignatures_by_witness", "witness", "size"),
)

timestamps = Table(
    "timestamps",
    metadata,
    Column("size", _INDEX, ForeignKey("publications.size"), primary_key=True, autoincrement=False),
    Column("authority", String, primary_key=True),
    Column("gen_time", String(24), primary_key=True),
    Column("token", LargeBinary, nullable=False, comment="RFC 3161 TimeStampToken, DER"),
    Column("covers", String, comment="digest of the token that this one renews; NULL: it covers the note itself"),
    Column("expires_at", String(24), nullable=False, comment="when the authority's certificate ends"),
    Index("timestamps_by_end", "authority", "expires_at"),
)

ledger_keys = Table(
    "ledger_keys",
    metadata,
    Column("key_id", String(8), primary_key=True, comment="of the signed note, in hex"),
    Column("vkey", String, nullable=False),
    Column("from_size", BigInteger, nullable=False),
    Column("until_size", BigInteger, comment="the last tree size that it signs; NULL: it signs now"),
    Column("source", String, nullable=False, comment="where the private key is"),
    Column("added_at", String(24), nullable=False),
    Column("kept", Boolean, nullable=False, comment="all its signatures are in head_signatures"),
)

head_signatures = Table(
    "head_signatures",
    metadata,
    Column("key_id", String(8), ForeignKey("ledger_keys.key_id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("signature", LargeBinary, nullable=False, comment="Ed25519, of the checkpoint's text"),
    comment="what a retired key has signed, so that its receipts can be repeated without it",
)

APPEND_ONLY = (
    "entries",
    "statements",
    "tiles",
    "documents",
    "payloads",
    sealed_payloads.name,
    "erasures",
    "holds",
    "profiles",
    "partner_keys",
    "key_events",
    "publications",
    "cosignatures",
    "timestamps",
    "head_signatures",
    "trail",
    *(table.name for table in (*TRUST_TABLES, *CONTRACT_TABLES)),
)
