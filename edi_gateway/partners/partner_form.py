"""Partners in plain values, as an operator's file has them: who they are, their keys, and what was agreed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, get_args

from edi_gateway.errors import Misuse
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import Identifier, Partner, PartnerKey, Purpose
from edi_gateway.model.profile import Profile
from edi_gateway.partners.enrolment import pem
from edi_gateway.partners.profile_form import listed, members_of, moment, read_profile, text, write_profile

MAX_PARTNERS: Final = 10_000

_FILE: Final = ("partners",)
_PARTNER: Final = ("id", "name", "identifiers", "suspended", "profile", "keys")
_KEY: Final = ("file", "pem", "from", "until", "purpose")

Load = Callable[[str], bytes]
"""The content of a file that is named beside a partner. Raises OSError."""


@dataclass(frozen=True, slots=True)
class WantedKey:
    """A key that a partner is to have: PEM or DER, its window, its purpose."""

    data: bytes
    window: tuple[datetime | None, datetime | None]
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a partner is to be. What is None stays as it is; keys that aren't named, too."""

    id: str
    name: str | None
    identifiers: tuple[Identifier, ...] | None
    suspended: bool | None
    profile: Profile | None
    keys: tuple[WantedKey, ...]


def read_partners(plain: object, load: Load) -> list[Wanted]:
    """One partner, or several in a list `partners`. Raises Misuse, `UnknownField` for a name that there isn't."""
    if not isinstance(plain, Mapping) or "partners" not in plain:
        return [_partner(plain, "partner", load)]
    partners = members_of(plain, _FILE, "file")["partners"]
    if not isinstance(partners, list) or len(partners) > MAX_PARTNERS:
        raise Misuse(f"partners: this is to be a list of at most {MAX_PARTNERS} partners.")
    wanted = [_partner(each, f"partners[{number}]", load) for number, each in enumerate(partners)]
    if len({each.id for each in wanted}) != len(wanted):
        raise Misuse("partners: one id stands there twice.")
    return wanted


def write_partner(partner: Partner, keys: Sequence[PartnerKey]) -> dict[str, Any]:
    """What `read_partners` reads; of the keys, those that are given, each with the newest of its terms."""
    plain: dict[str, Any] = {"id": partner.id, "name": partner.name, "identifiers": list(map(str, partner.identifiers))}
    if partner.suspended:
        plain["suspended"] = True
    if partner.profile is not None:
        plain["profile"] = write_profile(partner.profile)
    if keys:
        plain["keys"] = [_write_key(key) for key in keys]
    return plain


def _partner(plain: object, where: str, load: Load) -> Wanted:
    given = members_of(plain, _PARTNER, where)
    if "id" not in given:
        raise Misuse(f"{where}: there is something missing: id.")
    id = text(given["id"], f"{where}.id")
    suspended = given.get("suspended")
    if not isinstance(suspended, bool | None):
        raise Misuse(f"{where}.suspended: this is to be true or false.")
    keys = given.get("keys", [])
    return Wanted(
        id=id,
        name=text(given["name"], f"{id}.name") if "name" in given else None,
        identifiers=listed(given["identifiers"], f"{id}.identifiers", _identifier) if "identifiers" in given else None,
        suspended=suspended,
        profile=read_profile(given["profile"], f"{id}.profile") if "profile" in given else None,
        keys=listed(keys, f"{id}.keys", lambda one, at: _key(one, at, load)) if keys != [] else (),
    )


def _identifier(value: object, where: str) -> Identifier:
    try:
        return Identifier.parse(text(value, where))
    except ValueError as error:
        raise Misuse(f"{where}: {error}.") from error


def _key(plain: object, where: str, load: Load) -> WantedKey:
    given = members_of(plain, _KEY, where)
    file, data = given.get("file"), given.get("pem")
    if (file is None) == (data is None) or not isinstance(file or data, str):
        raise Misuse(f"{where}: a key is given either by its file or as pem.")
    purpose = given.get("purpose", "document-signature")
    if purpose not in get_args(Purpose):
        raise Misuse(f"{where}.purpose: there is no {str(purpose)[:40]!r}; there is {', '.join(get_args(Purpose))}.")
    window = tuple(moment(given[name], f"{where}.{name}") if name in given else None for name in ("from", "until"))
    loaded = load(str(file)) if file is not None else str(data).encode()
    return WantedKey(loaded, (window[0], window[1]), purpose)  # type: ignore[arg-type] # it is one of Purpose's


def _write_key(key: PartnerKey) -> dict[str, str]:
    term = key.terms[-1]
    key = replace(key, certificate=term.certificate, valid_from=term.valid_from, valid_until=term.valid_until, steps=())
    plain = {"pem": pem(key).decode()}
    for name, at in (("from", key.valid_from), ("until", key.valid_until)):
        if at is not None:
            plain[name] = timestamp(at)
    if key.purpose != "document-signature":
        plain["purpose"] = key.purpose
    return plain
