"""The JSON of partners' profiles, as they are posted and told."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from edi_gateway.api.scalars import Text


class ProfileIn(BaseModel):
    """What is agreed with a partner, and why: kept for good."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: dict[str, Any] = Field(description="The whole profile, as docs/partners.md describes it.")
    reason: Text | None = None


class ProfileOut(BaseModel):
    """A version of what was agreed: `index` is that of its entry. `changed` are the members that it changed."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    partner: str
    version: int
    profile: dict[str, Any]
    index: int | None = None
    recorded_at: str | None = None
    by: str | None = None
    reason: str | None = None
    changed: list[str] = []
