"""The settings that are tables in `gateway.toml`: neighbours of the gateway, each with what it takes to reach it."""

from base64 import b64decode
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_SECRET_BYTES = (24, 64)


class TimestampAuthority(BaseModel):
    """A timestamp authority: the gateway's own name for it, where it answers, whom to trust for its certificate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    url: str = Field(pattern=r"^https?://[^\s/]+\S*$", max_length=2000)
    roots: Path


class Webhook(BaseModel):
    """Where notices are posted: the gateway's own name for it, its address, the secret that signs, what it is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    url: str = Field(pattern=r"^https?://[^\s/]+\S*$", max_length=2000)
    secret: SecretStr
    events: tuple[Literal["key.expiring", "key.retired-but-used", "key.revoked"], ...] = (
        "key.expiring",
        "key.retired-but-used",
        "key.revoked",
    )

    @field_validator("secret")
    @classmethod
    def _usable(cls, secret: SecretStr) -> SecretStr:
        if not _SECRET_BYTES[0] <= len(_secret(secret)) <= _SECRET_BYTES[1]:
            raise ValueError(f"whsec_ and base64 of {_SECRET_BYTES[0]} to {_SECRET_BYTES[1]} random bytes are needed")
        return secret

    @property
    def key(self) -> bytes:
        """The secret's bytes."""
        return _secret(self.secret)


class RevocationList(BaseModel):
    """Where a CRL, or an OCSP response, is fetched, and the PEM certificate of its issuer where that is no root."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s/]+\S*$", max_length=2000)
    issuer: Path | None = None


def _secret(secret: SecretStr) -> bytes:
    prefix, text = secret.get_secret_value()[:6], secret.get_secret_value()[6:]
    try:
        return b64decode(text, validate=True) if prefix == "whsec_" else b""
    except ValueError:
        return b""
