"""Timestamps are taken, kept and renewed, whatever the authorities do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from edi_gateway.errors import Fault, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.model.publication import Publication, Timestamp
from edi_gateway.timestamps.token import Token
from edi_gateway.workflows.timestamp import (
    RENEWALS,
    chain_of,
    check_stored,
    digest,
    stamped_from,
)
from tests.support import tsa as tsas
from tests.support.gateway import suspend
from tests.support.tsa import NOW, YEAR, Authority, Clock, make_authority

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def tsa() -> Authority:
    return make_authority(until=NOW + YEAR)


@pytest.fixture
def clock(tsa: Authority) -> Clock:
    return Clock("clock", tsa)


def publish(gateway: Gateway) -> Publication:
    gateway.publisher.publish()
    newest = gateway.publications.newest()
    assert newest is not None
    return newest


Take = Callable[[datetime], list[Timestamp]]


@pytest.fixture
def take(gateway: Gateway, clock: Clock) -> Take:
    """Take timestamps at a time, which is also the authority's."""

    def at(now: datetime) -> list[Timestamp]:
        clock.at = now
        return tsas.take(gateway, now, clock)

    return at


def test_the_newest_publication_is_stamped_once(gateway: Gateway, clock: Clock, take: Take, tsa: Authority) -> None:
    assert take(NOW) == []
    published = publish(gateway)
    (one,) = take(NOW)
    assert (one.size, one.authority, one.covers) == (published.size, "clock", None)
    assert (one.gen_time, one.expires_at) == (NOW, NOW + YEAR)
    assert gateway.timestamps.of(published.size) == (one,)
    assert check_stored(published, [one], tsa.roots)[0].gen_time == NOW
    assert take(NOW + DAY) == []
    assert clock.asked == 1


def test_a_publication_that_came_since_is_stamped_when_it_is_time_again(gateway: Gateway, take: Take) -> None:
    first = publish(gateway)
    take(NOW)
    suspend(gateway, "acme")
    second = publish(gateway)
    assert take(NOW + timedelta(minutes=59)) == []
    (one,) = take(NOW + timedelta(minutes=60))
    assert one.size == second.size > first.size
    assert gateway.timestamps.newest_of("clock") == one
    assert [stamped.size for stamped in gateway.timestamps.newest(10)] == [second.size, first.size]


def test_a_token_is_renewed_before_its_certificate_ends_and_the_older_one_is_covered(
    gateway: Gateway, take: Take, tsa: Authority
) -> None:
    published = publish(gateway)
    (first,) = take(NOW)
    assert take(NOW + YEAR - 31 * DAY) == []
    (renewal,) = take(NOW + YEAR - 29 * DAY)
    assert renewal.covers == digest(first.token)
    stored = chain_of(gateway.timestamps.of(published.size), "clock")
    assert stored == (first, renewal)
    assert [token.gen_time for token in check_stored(published, stored, tsa.roots)] == [NOW, renewal.gen_time]


def test_a_renewed_token_is_not_renewed_again_and_one_that_has_ended_no_more(gateway: Gateway, clock: Clock) -> None:
    publish(gateway)
    tsas.take(gateway, NOW, clock)
    clock.tsa = make_authority("next", until=NOW + 3 * YEAR)
    clock.at = NOW + YEAR - DAY
    assert len(tsas.take(gateway, clock.at, clock)) == 1
    assert tsas.take(gateway, clock.at + timedelta(hours=1), clock) == []
    assert gateway.timestamps.next_end("clock", clock.at) == NOW + 3 * YEAR
    assert tsas.take(gateway, NOW + 4 * YEAR, clock) == []


def test_a_chain_from_after_the_end_of_its_first_token_does_not_hold(gateway: Gateway, tsa: Authority) -> None:
    published = publish(gateway)
    late = make_authority("late", since=NOW, until=NOW + 3 * YEAR)
    first = tsa.token(published.note)
    stamped = []
    for at in (NOW + YEAR - DAY, NOW + YEAR):
        renewal = late.token(first, at)
        stamped.append(
            (
                Timestamp(published.size, "clock", first, None, NOW, NOW + YEAR),
                Timestamp(published.size, "clock", renewal, digest(first), at, NOW + 3 * YEAR),
            )
        )
    roots = tsa.roots + late.roots
    assert len(check_stored(published, stamped[0], roots)) == 2
    with pytest.raises(Unproven, match="had ended"):
        check_stored(published, stamped[1], roots)
    first_kept, renewal_kept = stamped[0]
    with pytest.raises(Unproven, match="Mismatch"):
        check_stored(published, [first_kept, replace(renewal_kept, covers=None)], roots)
    with pytest.raises(Unproven, match="not kept"):
        check_stored(published, [renewal_kept], roots)
    with pytest.raises(Unproven, match="not kept"):
        check_stored(published, [replace(first_kept, covers=digest(first)), renewal_kept], roots)


def test_tokens_kept_with_other_words_than_their_own_are_found(gateway: Gateway, take: Take, tsa: Authority) -> None:
    published = publish(gateway)
    (one,) = take(NOW)
    for altered in (
        replace(one, size=one.size + 1),
        replace(one, gen_time=NOW - DAY),
        replace(one, expires_at=NOW + 9 * YEAR),
    ):
        with pytest.raises(Unproven):
            check_stored(published, [altered], tsa.roots)


def test_an_authority_that_fails_keeps_no_other_from_being_asked(gateway: Gateway, tsa: Authority) -> None:
    published = publish(gateway)
    broken, sound, other = (Clock(name, tsa) for name in ("broken", "sound", "other"))
    broken.fails, other.fails = "broken is down.", "other is down, too."
    with pytest.raises(Fault, match=r"broken is down\. other is down, too\."):
        tsas.take(gateway, NOW, broken, sound, other)
    assert [one.authority for one in gateway.timestamps.of(published.size)] == ["sound"]
    broken.fails = other.fails = None
    assert [one.authority for one in tsas.take(gateway, NOW, broken, sound, other)] == ["broken", "other"]


def test_a_failing_renewal_does_not_cost_the_stamp_of_the_newest(gateway: Gateway, clock: Clock, take: Take) -> None:
    publish(gateway)
    take(NOW)
    suspend(gateway, "acme")
    newest = publish(gateway)
    real = clock.stamp
    answers = iter([real])

    def only_once(message: bytes) -> tuple[bytes, Token]:
        for answer in answers:
            return answer(message)
        raise Fault("enough for today")

    clock.stamp = only_once
    with pytest.raises(Fault, match="enough for today"):
        take(NOW + YEAR - DAY)
    assert [one.size for one in gateway.timestamps.of(newest.size)] == [newest.size]


def test_many_tokens_are_renewed_over_several_rounds(sqlite_gateway: Gateway, clock: Clock, tsa: Authority) -> None:
    gateway, head = sqlite_gateway, sqlite_gateway.ledger.head()
    token = tsa.token(b"any note")
    for size in range(1, RENEWALS + 6):
        gateway.publications.publish(Publication(size, head.root, b"any note", NOW))
        gateway.timestamps.keep(Timestamp(size, "clock", token, None, NOW, NOW + YEAR))
    clock.tsa, clock.at = make_authority("next", until=NOW + 3 * YEAR), NOW + YEAR - DAY
    rounds = [len(tsas.take(gateway, clock.at, clock)) for _ in range(3)]
    assert rounds == [RENEWALS, 5, 0]


def test_the_same_timestamp_is_kept_once(gateway: Gateway, take: Take) -> None:
    publish(gateway)
    (one,) = take(NOW)
    assert gateway.timestamps.keep(replace(one, token=b"another")) is False
    assert gateway.timestamps.of(one.size) == (one,)


def test_two_hosts_that_stamp_at_once_leave_one_chain(gateway: Gateway, tsa: Authority) -> None:
    published = publish(gateway)
    tokens = [tsa.token(published.note, NOW + timedelta(seconds=second)) for second in range(2)]
    for second, token in enumerate(tokens):
        gateway.timestamps.keep(
            Timestamp(published.size, "clock", token, None, NOW + timedelta(seconds=second), NOW + YEAR)
        )
    clock = Clock("clock", tsa)
    clock.at = NOW + YEAR - DAY
    (renewal,) = tsas.take(gateway, clock.at, clock)
    assert renewal.covers == digest(tokens[0])
    chain = chain_of(gateway.timestamps.of(published.size), "clock")
    assert [one.token for one in chain] == [tokens[0], renewal.token]
    assert len(check_stored(published, gateway.timestamps.of(published.size), tsa.roots)) == 3


def test_whether_an_entry_has_a_time_depends_on_publication_and_certificate(gateway: Gateway, take: Take) -> None:
    size = publish(gateway).size
    assert stamped_from(gateway.timestamps, 1, NOW) is None
    take(NOW)
    assert stamped_from(gateway.timestamps, 1, NOW) == size
    assert stamped_from(gateway.timestamps, size, NOW) == size
    assert stamped_from(gateway.timestamps, size + 1, NOW) is None
    assert stamped_from(gateway.timestamps, size, NOW + YEAR) is None


def test_clocks_far_apart_are_logged(gateway: Gateway, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    publish(gateway)
    clock.at = NOW + timedelta(minutes=3)
    tsas.take(gateway, NOW, clock)
    assert "the clock of clock says" in caplog.text
