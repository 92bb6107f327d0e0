"""A partner's profile in plain values, as files, the API and the database have it, and back.

Strings, integers, lists and objects only: what is written here goes into canonical JSON as it is. What isn't limited is
left out, never null, and never an empty list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from edi_gateway.errors import Misuse
from edi_gateway.model.moment import parse_timestamp, timestamp
from edi_gateway.model.profile import Contact, Network, Profile, Tolerances, Waiver

MAX_TEXT: Final = 200
MAX_URL: Final = 2000
MAX_LIST: Final = 100
MAX_LEVELS: Final = 1500
MAX_BYTES: Final = 2**40
MAX_PER_MINUTE: Final = 1_000_000
RSA_BITS: Final = (2048, 8192)
"""Shorter keys are not agreed upon with anybody: nothing that they sign can be trusted."""
MAX_TOLERANCE: Final = Decimal(1000)

Read = Callable[[object, str], Any]
Value = TypeVar("Value")


class UnknownField(Misuse):
    """`name` is none that belongs there."""

    def __init__(self, name: str, where: str, known: Sequence[str]) -> None:
        self.name = name
        super().__init__(f"{where}: there is no {name[:MAX_TEXT]!r}; there is {', '.join(known)}.")


class Member(NamedTuple):
    """A member of an object: the attribute that it is in Python, how it is read, and how it is written."""

    attribute: str
    read: Read
    write: Callable[[Any], object] = lambda value: value


def read_profile(plain: object, where: str = "profile") -> Profile:
    """Raises Misuse, naming the place, for whatever isn't a profile; `UnknownField` for a name that there isn't."""
    return Profile(**_read(plain, _PROFILE, where))


def write_profile(profile: Profile) -> dict[str, Any]:
    """The one form that a profile has: what reads the same is written the same."""
    return _write(profile, _PROFILE)


def members_of(plain: object, known: Sequence[str], where: str) -> Mapping[str, object]:
    """An object with no other members than those. Raises Misuse, `UnknownField` for the first other one."""
    if not isinstance(plain, Mapping):
        raise Misuse(f"{where}: this is to be a table of {', '.join(known)}.")
    for name in plain:
        if name not in known:
            raise UnknownField(str(name), where, known)
    return plain


def text(value: object, where: str) -> str:
    """1 to `MAX_TEXT` printable characters. Raises Misuse."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT or not value.isprintable():
        raise Misuse(f"{where}: this is to be text of 1 to {MAX_TEXT} printable characters.")
    return value.strip()


def listed(value: object, where: str, read: Callable[[object, str], Value]) -> tuple[Value, ...]:
    """A list of 1 to `MAX_LIST` values. Raises Misuse."""
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_LIST:
        raise Misuse(f"{where}: this is to be a list of 1 to {MAX_LIST} values; leave it out for no limit.")
    return tuple(read(each, f"{where}[{number}]") for number, each in enumerate(value))


def moment(value: object, where: str) -> datetime:
    """RFC 3339 with a zone, or a date and time that TOML knows, with its zone; whole milliseconds. Raises Misuse."""
    try:
        said = value.isoformat() if isinstance(value, datetime) else value
        return parse_timestamp(timestamp(parse_timestamp(said))) if isinstance(said, str) else _no_time(where)
    except ValueError:
        return _no_time(where)


def _no_time(where: str) -> datetime:
    raise Misuse(f"{where}: this is to be a time such as 2027-06-30T00:00:00Z, with its zone.")


def _read(plain: object, members: Mapping[str, Member], where: str) -> dict[str, Any]:
    given = members_of(plain, tuple(members), where)
    return {members[name].attribute: members[name].read(value, f"{where}.{name}") for name, value in given.items()}


def _write(value: Any, members: Mapping[str, Member]) -> dict[str, Any]:
    unsaid = type(value)()
    said = ((name, member, getattr(value, member.attribute)) for name, member in members.items())
    return {name: member.write(found) for name, member, found in said if found != getattr(unsaid, member.attribute)}


def _set(read: Callable[[object, str], Value]) -> Read:
    """A list whose order doesn't matter, and in which nothing stands twice."""
    return lambda value, where: tuple(sorted(set(listed(value, where, read)), key=_order))


def _order(value: object) -> tuple[int, str]:
    return getattr(value, "version", 0), str(value)


def _list(read: Read) -> Read:
    return lambda value, where: listed(value, where, read)


def _integer(least: int, most: int) -> Read:
    def read(value: object, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Misuse(f"{where}: this is to be a number from {least} to {most}.")
        return value

    return read


def _one_of(*words: str) -> Read:
    def read(value: object, where: str) -> str:
        if value not in words:
            raise Misuse(f"{where}: this is to be one of {', '.join(words)}.")
        return str(value)

    return read


def _network(value: object, where: str) -> Network:
    try:
        return ip_network(text(value, where))
    except ValueError as error:
        raise Misuse(f"{where}: this is to be a network such as 192.0.2.0/24 or 2001:db8::/32: {error}.") from error


def _tolerance(value: object, where: str) -> Decimal:
    said = text(value, where)
    if not said.replace(".", "", 1).isascii() or not said.replace(".", "", 1).isdigit():
        raise Misuse(f'{where}: this is to be an amount in quotes, such as "0.05".')
    amount = Decimal(said).normalize()
    if amount > MAX_TOLERANCE:
        raise Misuse(f"{where}: this is to be {MAX_TOLERANCE} at most.")
    return amount


def _tax_tolerance(value: object, where: str) -> Decimal:
    amount = _tolerance(value, where)
    if not amount:
        raise Misuse(f"{where}: this is to be more than 0: a tax is let pass that is off by less.")
    return amount


def _url(value: object, where: str) -> str:
    url = value if isinstance(value, str) and value.isprintable() and len(value) <= MAX_URL else ""
    try:
        parts = urlsplit(url)
        sound = parts.scheme == "https" and parts.hostname and not parts.username and parts.port != 0
    except ValueError:
        sound = False
    if not sound or " " in url:
        raise Misuse(f"{where}: this is to be an https URL without credentials in it.")
    return url


def _levels(value: object, where: str) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not 1 <= len(value) <= MAX_LEVELS:
        raise Misuse(f'{where}: this is to be a table such as "BR-CO-17" = "warning".')
    return MappingProxyType({name: text(value[name], f"{where}.{name}") for name in sorted(map(str, value))})


def _object(kind: type, members: Mapping[str, Member]) -> Read:
    def read(value: object, where: str) -> Any:
        try:
            return kind(**_read(value, members, where))
        except TypeError as error:
            raise Misuse(f"{where}: there is something missing: {', '.join(_needed(kind))}.") from error

    return read


def _needed(kind: type) -> list[str]:
    # The sentinel of a field without a default is no public class.
    return [each.name for each in fields(kind) if type(each.default).__name__ == "_MISSING_TYPE"]


def _all(members: Mapping[str, Member]) -> Callable[[Sequence[object]], list[dict[str, Any]]]:
    return lambda values: [_said(value, members) for value in values]


def _said(value: object, members: Mapping[str, Member]) -> dict[str, Any]:
    found = {name: (member, getattr(value, member.attribute)) for name, member in members.items()}
    return {name: member.write(each) for name, (member, each) in found.items() if each is not None}


def _texts(values: Sequence[object]) -> list[str]:
    return list(map(str, values))


def _amount(value: Decimal) -> str:
    return f"{value:f}"


_TOLERANCES: Final = {
    "line": Member("line", _tolerance, _amount),
    "total": Member("total", _tolerance, _amount),
    "tax": Member("tax", _tax_tolerance, _amount),
}
_WAIVER: Final = {
    "until": Member("until", moment, timestamp),
    "reason": Member("reason", text),
    "algorithm": Member("algorithm", text),
    "rsaBits": Member("rsa_bits", _integer(*RSA_BITS)),
}
_CONTACT: Final = {name: Member(name, text) for name in ("name", "role", "email", "phone")}
_DELIVERY: Final = {"url": Member("url", _url)}


def _waiver(value: object, where: str) -> Waiver:
    waiver: Waiver = _object(Waiver, _WAIVER)(value, where)
    if (waiver.algorithm is None) == (waiver.rsa_bits is None):
        raise Misuse(f"{where}: a waiver names either an algorithm or rsaBits.")
    return waiver


def _delivery(value: object, where: str) -> str:
    found = _read(value, _DELIVERY, where)
    if "url" not in found:
        raise Misuse(f"{where}: there is something missing: url.")
    return str(found["url"])


_PROFILE: Final[Mapping[str, Member]] = MappingProxyType(
    {
        "types": Member("types", _set(text), list),
        "formats": Member("formats", _set(text), list),
        "signatureFormats": Member("signature_formats", _set(text), list),
        "algorithms": Member("algorithms", _set(text), list),
        "rsaBits": Member("rsa_bits", _integer(*RSA_BITS)),
        "waivers": Member("waivers", _list(_waiver), _all(_WAIVER)),
        "maxBytes": Member("max_bytes", _integer(1, MAX_BYTES)),
        "requestsPerMinute": Member("requests_per_minute", _integer(1, MAX_PER_MINUTE)),
        "networks": Member("networks", _set(_network), _texts),
        "tolerances": Member("tolerances", _object(Tolerances, _TOLERANCES), lambda each: _write(each, _TOLERANCES)),
        "ruleSets": Member("rule_sets", _set(text), list),
        "levels": Member("levels", _levels, dict),
        "contracts": Member("contracts", _one_of("noticed", "required")),
        "delivery": Member("delivery_url", _delivery, lambda url: {"url": url}),
        "contacts": Member("contacts", _list(_object(Contact, _CONTACT)), _all(_CONTACT)),
    }
)
MEMBERS: Final = tuple(_PROFILE)
"""The names of a profile's members."""
