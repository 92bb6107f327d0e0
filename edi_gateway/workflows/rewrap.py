"""Exchanging a payload key: data keys are wrapped anew, page by page, and documents stay as they are.

Once another key is in force nothing new is wrapped by the old one, so that there is an end to it. Whoever serves goes
on: each data key says which payload key it takes. What was interrupted goes on where it was.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.workflows.payload_ports import PayloadKey, PayloadKeys, Rewrapper, WrappedKey

PAGE = 500
"""Data keys wrapped anew in one commit."""

MAX_NAMED = 10
"""Documents that are named whose data keys don't unwrap."""


def in_force(keys: PayloadKeys) -> PayloadKey:
    """Raises Misuse where there is none yet."""
    found = next((one for one in keys.known() if one.in_force), None)
    if found is None:
        raise Misuse("There is no payload key yet: run `edi-gateway payload-key create`.")
    return found


def going(keys: PayloadKeys) -> tuple[PayloadKey, ...]:
    """Those that are in force no more, but may still wrap data keys."""
    return tuple(one for one in keys.known() if not one.in_force and one.retired_at is None)


def rewrap(
    old: str, keys: PayloadKeys, opened: Rewrapper, at: datetime, told: Callable[[int], object] = lambda _: None
) -> int:
    """Have the key in force wrap all that `old` wraps, and retire that; returns how many data keys these were.

    `told` hears of each page how many they are by then. Raises Unproven for data keys that don't unwrap, once all
    others are done; `old` isn't retired then.
    """
    new, count, damaged = in_force(keys).id, 0, list[str]()
    for page in _pages(old, keys):
        rewrapped = [again for one in page if (again := _again(one, old, new, opened, damaged))]
        keys.rewrap(old, new, rewrapped)
        count += len(rewrapped)
        told(count)
    if damaged:
        named = ", ".join(damaged[:MAX_NAMED])
        raise Unproven(f"{len(damaged)} data keys don't unwrap, so that {old} can't be retired; of {named}")
    keys.retire(old, at)
    return count


def _pages(old: str, keys: PayloadKeys) -> Iterator[list[WrappedKey]]:
    after = ""
    while page := keys.wrapped_by(old, after, PAGE):
        yield page
        after = page[-1].document


def _again(one: WrappedKey, old: str, new: str, opened: Rewrapper, damaged: list[str]) -> WrappedKey | None:
    try:
        data_key = opened.unwrap(old, one.wrapped)
    except Unproven:
        damaged.append(one.document)
        return None
    return WrappedKey(one.document, opened.wrap(new, data_key))
