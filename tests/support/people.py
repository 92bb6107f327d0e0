"""People with accounts, who log in or fail to."""

import pyotp
import pytest
from argon2 import PasswordHasher

from edi_gateway.access import passwords
from edi_gateway.access.accounts import add_user
from edi_gateway.access.sessions import LoginRefused, Session, begin_session
from edi_gateway.gateway import Gateway
from edi_gateway.model.trail import Actor

PASSWORD = "correct horse battery staple"
ADDRESS, ELSEWHERE = "192.0.2.7", "198.51.100.9"
ROOT = Actor("root", "host")


def hash_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """To guess a password is dear outside of tests, also that of somebody who isn't there."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODYS", hasher.hash("nobody's"))


def added(gateway: Gateway, name: str, role: str = "officer") -> pyotp.TOTP:
    uri = add_user(gateway, name, role, PASSWORD, ROOT)
    assert uri is not None
    codes = pyotp.parse_uri(uri)
    assert isinstance(codes, pyotp.TOTP)
    return codes


def log_in(
    gateway: Gateway, code: str = "", password: str = PASSWORD, name: str = "anna", at: str = ADDRESS
) -> Session:
    return begin_session(gateway, name, password, code, at)


def fail(gateway: Gateway, times: int, name: str = "anna", at: str = ADDRESS) -> None:
    for _ in range(times):
        with pytest.raises(LoginRefused):
            log_in(gateway, password="wrong", name=name, at=at)
