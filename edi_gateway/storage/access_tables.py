"""The tables of who may come in, and of what they did. Of these only the trail is never changed."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from edi_gateway.storage.columns import metadata

tokens = Table(
    "tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("partner", String, ForeignKey("partners.id")),
    Column("created_at", String(24), nullable=False),
    Column("expires_at", String(24), nullable=False),
    Column("document", String(36), comment="the one that a guest sees"),
    Column("actions", String, comment="the only ones that it is good for, with commas; NULL: all of the role's"),
    Column("account", String, comment="whose session it is; NULL: it is no session"),
    Column("last_used_at", String(24), comment="brought up to date once a minute at most"),
    Column("revoked_at", String(24)),
)

trail = Table(
    "trail",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(24), nullable=False),
    Column("event", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("role", String, nullable=False),
    Column("credential", String),
    Column("address", String),
    Column("subject", String, nullable=False),
    Column("detail", String),
    Column("hash", LargeBinary, nullable=False, comment="of the hash before, and this step as canonical JSON"),
    Index("trail_by_subject", "subject", "number"),
    comment="who read what, and who was given which right",
)

nonces = Table(
    "nonces",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("nonce", String, primary_key=True),
    Column("until", String(24), nullable=False),
    Index("nonces_by_end", "until"),
    comment="of requests that partners have signed, for as long as their signatures are good",
)

users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("password", String, nullable=False, comment="Argon2id, as the encoded hash with its parameters and salt"),
    Column("code_secret", LargeBinary, comment="of the codes (RFC 6238); NULL: no code is asked for"),
    Column("code_wrapped", Boolean, nullable=False, comment="whether that is under the passphrase"),
    Column("code_step", BigInteger, comment="the newest one used: no code counts twice"),
    Column("disabled", Boolean, nullable=False),
    Column("added_at", String(24), nullable=False),
    comment="people who may begin sessions",
)

attempts = Table(
    "attempts",
    metadata,
    Column("subject", String(64), primary_key=True, comment="SHA-256 of a name, an address, or both"),
    Column("failures", Integer, nullable=False),
    Column("retry_at", String(24), nullable=False),
    Column("last_at", String(24), nullable=False),
    Column("succeeded_at", String(24)),
    Index("attempts_by_time", "last_at"),
    comment="to begin sessions: how often it failed of late",
)
