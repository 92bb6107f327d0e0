"""What was agreed with a partner, version by version: who agreed to it, when, and why."""

import json
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A version of a partner's profile as it is kept (JSON), and its entry's place in the ledger."""

    index: int
    partner: str
    version: int
    content: bytes


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """A version, and the statement of its entry (JSON)."""

    stored: StoredProfile
    statement: bytes


class ProfileArchive(Protocol):
    def profiles(self, partner: str) -> list[ProfileEntry]:
        """All versions of a partner's profile, oldest first. Raises Fault."""


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """A version; `profile` in plain values. What nobody said is None."""

    version: int
    profile: dict[str, Any]
    index: int
    recorded_at: str
    by: str | None
    reason: str | None
    changed: tuple[str, ...]


def versions(archive: ProfileArchive, partner: str) -> list[ProfileVersion]:
    """Oldest first. Raises Fault."""
    return [_version(each, json.loads(each.statement)) for each in archive.profiles(partner)]


def _version(entry: ProfileEntry, statement: dict[str, Any]) -> ProfileVersion:
    return ProfileVersion(
        version=entry.stored.version,
        profile=json.loads(entry.stored.content),
        index=entry.stored.index,
        recorded_at=statement["recordedAt"],
        by=statement.get("by"),
        reason=statement.get("reason"),
        changed=tuple(statement.get("changed", ())),
    )
