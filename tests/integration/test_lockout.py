"""Whoever guesses waits, whoever is attacked comes in all the same, and nobody learns from how they are answered."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import func, select

from edi_gateway.access import passwords
from edi_gateway.access.accounts import enable_user
from edi_gateway.access.sessions import LoginRefused, TooOften
from edi_gateway.gateway import Gateway
from edi_gateway.storage import attempts as storage
from edi_gateway.storage.access_tables import attempts
from tests.support.copies import nothing, open_copy
from tests.support.gateway import Ticking
from tests.support.people import ELSEWHERE, PASSWORD, ROOT, added, fail, hash_quickly, log_in


@pytest.fixture(autouse=True)
def _quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_quickly(monkeypatch)


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def gateway(tmp_path: Path, database_url: str, clock: Ticking) -> Iterator[Gateway]:
    gateway = open_copy(tmp_path, nothing, database_url, clock)
    yield gateway
    gateway.close()


@pytest.fixture
def codes(gateway: Gateway) -> pyotp.TOTP:
    return added(gateway, "anna")


def test_whoever_fails_waits_twice_as_long_each_time(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    fail(gateway, 4)
    for seconds in (1, 2, 4, 8):
        with pytest.raises(TooOften) as told:
            log_in(gateway, codes.at(clock.now))
        assert told.value.seconds == seconds
        clock.now += timedelta(seconds=seconds)
        fail(gateway, 1)
    clock.now += timedelta(minutes=15)
    assert log_in(gateway, codes.at(clock.now))


def test_a_wait_has_a_bound(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    for _ in range(30):
        fail(gateway, 1)
        clock.now += timedelta(minutes=15)
    assert log_in(gateway, codes.at(clock.now))


def test_somebody_elsewhere_cannot_lock_out_whoever_came_in_before(
    gateway: Gateway, codes: pyotp.TOTP, clock: Ticking
) -> None:
    log_in(gateway, codes.at(clock.now))
    for number in range(40):
        with pytest.raises((LoginRefused, TooOften)):
            log_in(gateway, password="wrong", at=f"203.0.113.{number}")
    clock.now += timedelta(seconds=30)
    assert log_in(gateway, codes.at(clock.now))


def test_from_a_new_place_a_name_under_attack_is_held_up_for_a_minute_at_most(
    gateway: Gateway, codes: pyotp.TOTP, clock: Ticking
) -> None:
    for number in range(40):
        with pytest.raises((LoginRefused, TooOften)):
            log_in(gateway, password="wrong", at=f"203.0.113.{number}")
    with pytest.raises(TooOften) as told:
        log_in(gateway, codes.at(clock.now))
    assert told.value.seconds <= 60
    clock.now += timedelta(minutes=1)
    assert log_in(gateway, codes.at(clock.now))


def test_an_address_is_held_up_whatever_names_it_tries(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    for number in range(21):
        fail(gateway, 1, f"name{number}")
    with pytest.raises(TooOften):
        log_in(gateway, codes.at(clock.now))
    assert log_in(gateway, codes.at(clock.now), at=ELSEWHERE)


def test_addresses_of_one_ipv6_network_are_one(gateway: Gateway) -> None:
    for number in range(4):
        fail(gateway, 1, at=f"2001:db8::{number}")
    with pytest.raises(TooOften):
        log_in(gateway, at="2001:db8::ffff")
    fail(gateway, 1, at="2001:db8:0:1::1")


def test_a_name_that_nobody_has_is_treated_like_any_other(gateway: Gateway, codes: pyotp.TOTP) -> None:
    told = []
    for name in ("anna", "nobody"):
        fail(gateway, 4, name, at=f"{name}'s")
        with pytest.raises(TooOften) as error:
            log_in(gateway, name=name, at=f"{name}'s")
        told.append(error.value.seconds)
    assert told[0] == told[1]


def test_a_password_is_compared_for_a_name_that_nobody_has_too(gateway: Gateway, monkeypatch) -> None:
    compared = []
    monkeypatch.setattr(passwords, "_hasher", type("Hasher", (), {"verify": lambda _, *said: compared.append(said)})())
    with pytest.raises(LoginRefused):
        log_in(gateway, name="nobody")
    assert compared == [(passwords._NOBODYS, PASSWORD)]


def test_enabling_forgets_failures(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    fail(gateway, 4)
    enable_user(gateway, "anna", ROOT)
    assert log_in(gateway, codes.at(clock.now))


def test_names_without_end_take_no_room_without_end(gateway: Gateway, codes, clock: Ticking, monkeypatch) -> None:
    monkeypatch.setattr(storage, "MAX_ROWS", 20)
    log_in(gateway, codes.at(clock.now))
    for number in range(20):
        fail(gateway, 1, f"name{number}", f"203.0.113.{number}")
    with gateway.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(attempts)) <= 20 + 3
        succeeded = select(func.count()).select_from(attempts).where(attempts.c.succeeded_at.is_not(None))
        assert connection.scalar(succeeded) == 1


def test_failures_are_forgotten_after_a_while(gateway: Gateway, clock: Ticking) -> None:
    fail(gateway, 3)
    clock.now += timedelta(hours=1, seconds=1)
    fail(gateway, 3)
