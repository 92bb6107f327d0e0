"""Sessions of people: a password and a code let somebody in, once, and nothing secret is told."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from edi_gateway.access import Denied, admit, create_token, list_tokens, token_id
from edi_gateway.access.accounts import add_user, change_code, change_password, disable_user, enable_user
from edi_gateway.access.sessions import LoginRefused, end_session
from edi_gateway.errors import Fault, Misuse, Taken
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller
from edi_gateway.model.trail import Actor
from edi_gateway.storage.access_tables import users
from tests.support.copies import nothing, open_copy
from tests.support.gateway import Ticking, make_gateway
from tests.support.people import ADDRESS, PASSWORD, ROOT, added, hash_quickly, log_in


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


def test_a_password_and_a_code_let_somebody_in_for_an_hour(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    session = log_in(gateway, codes.at(clock.now))
    assert admit(gateway, session.token, "documents.read") == Caller("anna", "officer")
    clock.now += timedelta(minutes=60)
    with pytest.raises(Denied, match="token-invalid"):
        admit(gateway, session.token, "documents.read")


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "１２３４５６", "0" * 16])
def test_without_the_code_the_password_lets_nobody_in(gateway: Gateway, codes: pyotp.TOTP, code: str) -> None:
    with pytest.raises(LoginRefused):
        log_in(gateway, code)


def test_without_the_password_the_code_lets_nobody_in(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    with pytest.raises(LoginRefused):
        log_in(gateway, codes.at(clock.now), "wrong")


def test_a_code_counts_once_and_so_does_every_older_one(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    now = clock.now
    log_in(gateway, codes.at(now))
    for code in (codes.at(now), codes.at(now - timedelta(seconds=30))):
        with pytest.raises(LoginRefused):
            log_in(gateway, code)
    assert log_in(gateway, codes.at(now + timedelta(seconds=30)))


def test_of_two_at_once_with_one_code_one_comes_in(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    code = codes.at(clock.now)

    def attempt(_: int) -> bool:
        try:
            return bool(log_in(gateway, code))
        except LoginRefused:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(attempt, range(2))) == 1


@pytest.mark.parametrize("off", [-2, 2])
def test_a_code_of_another_time_lets_nobody_in(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking, off: int) -> None:
    with pytest.raises(LoginRefused):
        log_in(gateway, codes.at(clock.now + timedelta(seconds=30 * off)))


def test_an_account_may_do_without_codes(gateway: Gateway) -> None:
    assert add_user(gateway, "bert", "operator", PASSWORD, ROOT, code=False) is None
    assert log_in(gateway, name="bert").caller == Caller("bert", "operator")


@pytest.mark.parametrize(
    ("name", "role", "password"),
    [
        ("anna", "officer", "short"),
        ("anna", "officer", "x" * 257),
        ("anna", "partner", PASSWORD),
        ("anna", "auditor-guest", PASSWORD),
        ("Anna", "officer", PASSWORD),
        ("", "officer", PASSWORD),
        ("a b", "officer", PASSWORD),
    ],
)
def test_an_account_that_makes_no_sense_is_not_made(gateway: Gateway, name: str, role: str, password: str) -> None:
    with pytest.raises(Misuse):
        add_user(gateway, name, role, password, ROOT)
    assert gateway.users.all() == []


def test_a_name_is_given_once(gateway: Gateway, codes: pyotp.TOTP) -> None:
    with pytest.raises(Taken):
        add_user(gateway, "anna", "operator", PASSWORD, ROOT)


def test_a_session_is_ended_by_whoever_began_it(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    session = log_in(gateway, codes.at(clock.now))
    assert end_session(gateway, session.caller)
    with pytest.raises(Denied, match="token-invalid"):
        admit(gateway, session.token, "documents.read")
    assert not end_session(gateway, session.caller)


@pytest.mark.parametrize(
    "change",
    [
        lambda gateway: disable_user(gateway, "anna", ROOT),
        lambda gateway: change_password(gateway, "anna", "another " + PASSWORD, ROOT),
        lambda gateway: change_code(gateway, "anna", ROOT),
    ],
    ids=["disabled", "password", "code"],
)
def test_whatever_changes_an_account_ends_its_sessions(gateway: Gateway, clock: Ticking, change) -> None:
    codes = added(gateway, "anna")
    other = log_in(gateway, added(gateway, "bert").at(clock.now), name="bert")
    session = log_in(gateway, codes.at(clock.now))
    change(gateway)
    with pytest.raises(Denied, match="token-invalid"):
        admit(gateway, session.token, "documents.read")
    clock.now += timedelta(seconds=30)
    with pytest.raises(LoginRefused):
        log_in(gateway, codes.at(clock.now))
    assert admit(gateway, other.token, "documents.read")


def test_a_disabled_user_comes_in_again_once_enabled(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    disable_user(gateway, "anna", ROOT)
    enable_user(gateway, "anna", ROOT)
    assert log_in(gateway, codes.at(clock.now))


def test_nobody_is_changed_who_is_not_there(gateway: Gateway) -> None:
    for change in (disable_user, enable_user):
        with pytest.raises(Misuse, match="no user"):
            change(gateway, "nobody", ROOT)
    with pytest.raises(Misuse, match="no user"):
        change_password(gateway, "nobody", PASSWORD, ROOT)
    with pytest.raises(Misuse, match="no user"):
        change_code(gateway, "nobody", ROOT)
    assert gateway.trail.newest() is None


def test_nothing_secret_is_logged_listed_or_in_the_trail(
    gateway: Gateway, codes: pyotp.TOTP, clock: Ticking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = codes.at(clock.now)
    session = log_in(gateway, code)
    with pytest.raises(LoginRefused):
        log_in(gateway, name="my secret password instead")
    said = f"{list(gateway.trail.from_number(1))}{list_tokens(gateway)}{gateway.users.all()}{caplog.text}"
    for secret in (PASSWORD, codes.secret, session.token.removeprefix("edg_"), "my secret password instead", "argon2"):
        assert secret not in said
    assert "an unknown name" in caplog.text


def test_logging_in_and_out_are_steps_of_the_trail(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    session = log_in(gateway, codes.at(clock.now))
    end_session(gateway, session.caller)
    _, begun, ended = (one.step for one in gateway.trail.from_number(1))
    assert (begun.event, begun.actor) == ("session.begun", Actor("anna", "officer", session.id, ADDRESS))
    assert (ended.event, ended.actor, ended.subject) == ("session.ended", begun.actor, "anna")


def test_the_secret_of_codes_is_under_the_passphrase_where_there_is_one(tmp_path: Path, clock: Ticking) -> None:
    from edi_gateway.storage import key_wrapping

    gateway = make_gateway(tmp_path, clock=clock, passphrase="long enough")
    try:
        codes = added(gateway, "anna")
        with gateway.engine.connect() as connection:
            (kept,) = connection.execute(select(users.c.code_secret)).scalars()
        assert codes.secret.encode() not in kept
        assert key_wrapping.unwrap(kept, "long enough") == codes.secret.encode()
        assert log_in(gateway, codes.at(clock.now))
        for passphrase in ("another one", None):
            without = gateway.settings.model_copy(
                update={"passphrase": passphrase and type(gateway.settings.passphrase)(passphrase)}
            )
            object.__setattr__(gateway, "settings", without)
            with pytest.raises(Fault, match="passphrase"):
                log_in(gateway, codes.at(clock.now))
    finally:
        gateway.close()


def test_sessions_that_ended_long_ago_are_no_longer_listed(gateway: Gateway, codes: pyotp.TOTP, clock: Ticking) -> None:
    token = create_token(gateway, "officer", "audit")
    first = log_in(gateway, codes.at(clock.now))
    clock.now += timedelta(days=31)
    second = log_in(gateway, codes.at(clock.now))
    assert {one.id for one in list_tokens(gateway)} == {token_id(token), second.id}
    assert first.id in [one.step.actor.credential for one in gateway.trail.from_number(1)]
