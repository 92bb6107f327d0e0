"""Trusted time: authorities other than the gateway say since when a published checkpoint has been there (RFC 3161).

A token over a checkpoint covers every entry that the checkpoint covers. It shows an upper bound: recorded at that time
or earlier. As long as its authority's certificate lasts it is good by itself; before that ends it is renewed.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from edi_gateway.errors import Fault, Unproven
from edi_gateway.model.publication import Publication, Timestamp
from edi_gateway.timestamps.chain import check_chain
from edi_gateway.timestamps.token import Roots, Token
from edi_gateway.workflows.check_timestamps import timestamp_files
from edi_gateway.workflows.evidence import Attested
from edi_gateway.workflows.ports import Publications, TimestampAuthority, Timestamps

RENEWALS = 10
"""Renewals of one authority in one round: an authority that gets thousands of questions at once stops answering."""

CLOCKS_APART = timedelta(minutes=2)
"""More than this between an authority's clock and the gateway's is worth a look."""

log = logging.getLogger("edi_gateway.timestamps")


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """Whom to ask for timestamps, and when.

    `interval` is the least between two of one authority, `renewal` how long before a certificate ends tokens are
    renewed.
    """

    publications: Publications
    timestamps: Timestamps
    authorities: Sequence[TimestampAuthority]
    interval: timedelta
    renewal: timedelta


def take_timestamps(keeping: Timekeeping, now: datetime) -> list[Timestamp]:
    """Have the newest publication stamped by each authority whose turn it is, and renew what ends soon.

    Returns what was kept. An authority that fails keeps none of the others from being asked; then it raises Fault, with
    the reasons of all that failed.
    """
    taken: list[Timestamp] = []
    failures: list[str] = []
    newest = keeping.publications.newest()
    for authority in keeping.authorities:
        try:
            taken += _stamp(keeping, authority, newest, now) if newest else []
            taken += _renew(keeping, authority, now)
        except Fault as error:
            failures.append(str(error))
    if failures:
        raise Fault(" ".join(failures))
    return taken


def _stamp(keeping: Timekeeping, authority: TimestampAuthority, one: Publication, now: datetime) -> list[Timestamp]:
    last = keeping.timestamps.newest_of(authority.name)
    if last and (last.size >= one.size or now < last.gen_time + keeping.interval):
        return []
    return _ask(keeping, authority, one.size, one.note, None, now)


def _renew(keeping: Timekeeping, authority: TimestampAuthority, now: datetime) -> list[Timestamp]:
    """Stamp the newest token of each chain that ends soon; one that has ended can't be helped any more."""
    renewed: list[Timestamp] = []
    for size in keeping.timestamps.ending(authority.name, now, now + keeping.renewal, RENEWALS):
        for last in chain_of(keeping.timestamps.of(size), authority.name)[-1:]:
            renewed += _ask(keeping, authority, size, last.token, digest(last.token), now)
    return renewed


def _ask(
    keeping: Timekeeping, authority: TimestampAuthority, size: int, message: bytes, covers: str | None, now: datetime
) -> list[Timestamp]:
    token, checked = authority.stamp(message)
    if abs(checked.gen_time - now) > CLOCKS_APART:
        log.warning("the clock of %s says %s, the gateway's %s", authority.name, checked.gen_time, now)
    one = Timestamp(size, authority.name, token, covers, checked.gen_time, checked.expires_at)
    return [one] if keeping.timestamps.keep(one) else []


def digest(token: bytes) -> str:
    """What a renewal names the token by."""
    return f"sha256:{sha256(token).hexdigest()}"


def chain_of(stamped: Iterable[Timestamp], authority: str) -> tuple[Timestamp, ...]:
    """An authority's first token of a publication, and what renewed it, each by its oldest renewal."""
    ordered = sorted((one for one in stamped if one.authority == authority), key=lambda one: one.gen_time)
    renewals = {one.covers: one for one in reversed(ordered)}
    chain: list[Timestamp] = []
    following = renewals.get(None)
    while following and following not in chain:
        chain.append(following)
        following = renewals.get(digest(following.token))
    return tuple(chain)


def stamped_from(timestamps: Timestamps, size: int, now: datetime) -> int | None:
    """The size of the smallest publication of at least `size` with a timestamp that is still good. Raises Fault."""
    return timestamps.first_from(size, now)


def attested_times(
    publications: Publications, timestamps: Timestamps, now: datetime, size: int
) -> tuple[Attested, ...]:
    """The oldest publication of at least `size` with timestamps that are still good, and these. Raises Fault."""
    stamped = stamped_from(timestamps, size, now)
    publication = publications.at(stamped) if stamped is not None else None
    if publication is None:
        return ()
    files: dict[str, bytes] = {}
    kept = timestamps.of(publication.size)
    for authority in sorted({one.authority for one in kept}):
        chain = chain_of(kept, authority)
        if chain and chain[-1].expires_at > now:
            files |= timestamp_files(publication.size, authority, [one.token for one in chain])
    return (Attested(publication.size, publication.note, files),)


def check_stored(publication: Publication, stamped: Sequence[Timestamp], roots: Roots) -> tuple[Token, ...]:
    """Check all that is kept of one authority and publication, each over what it says. Raises Unproven.

    There may be several chains: hosts that stamp at once, or renew at once, leave one each.
    """
    kept = {digest(one.token): one for one in stamped}
    return tuple(_checked(publication, one, kept, roots) for one in stamped)


def _checked(publication: Publication, one: Timestamp, kept: Mapping[str, Timestamp], roots: Roots) -> Token:
    chain = [one]
    while (covered := chain[0].covers) is not None:
        if covered not in kept or kept[covered] in chain:
            raise Unproven(f"a timestamp of size {one.size} renews one that is not kept")
        chain.insert(0, kept[covered])
    token = check_chain([each.token for each in chain], publication.note, roots)[-1]
    if one.size != publication.size:
        raise Unproven(f"a timestamp of size {publication.size} is kept as one of size {one.size}")
    if (one.gen_time, one.expires_at) != (_to_ms(token.gen_time), _to_ms(token.expires_at)):
        raise Unproven(f"a timestamp of size {one.size} gives other times than those kept with it")
    return token


def _to_ms(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
