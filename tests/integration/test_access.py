"""Tokens: made once, stored as hashes, and good for what their role may do, until they end."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select

from edi_gateway.access import DEFAULT_LIFETIME, Action, Denied, admit, create_token
from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller
from edi_gateway.storage.tables import tokens
from tests.support.gateway import ACME_ID, Ticking, enrol, make_gateway

READING = ("documents.validate", "documents.read", "documents.prove")


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def gateway(tmp_path: Path, database_url: str, clock: Ticking) -> Iterator[Gateway]:
    gateway = make_gateway(tmp_path, database_url, clock)
    enrol(gateway, "acme", ACME_ID)
    yield gateway
    gateway.close()


def test_a_token_is_stored_only_as_a_hash(gateway: Gateway) -> None:
    token = create_token(gateway, "officer", "audit")
    assert token.startswith("edg_")
    assert len(token) == len("edg_") + 43
    with gateway.engine.connect() as connection:
        (row,) = connection.execute(select(tokens)).all()
    assert token.removeprefix("edg_") not in str(row)
    assert len(row.hash) == 64


def test_no_two_tokens_are_the_same(gateway: Gateway) -> None:
    assert create_token(gateway, "officer", "audit") != create_token(gateway, "officer", "audit")


def test_a_token_says_who_calls(gateway: Gateway) -> None:
    officer = create_token(gateway, "officer", " audit ")
    partner = create_token(gateway, "partner", "ERP", partner="acme")
    assert admit(gateway, officer, "documents.read") == Caller("audit", "officer")
    assert admit(gateway, partner, "documents.read") == Caller("ERP", "partner", "acme")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("officer", {*READING, "documents.dispose", "chains.mark", "partners.read"}),
        ("operator", {"documents.validate", "partners.read", "partners.write", "keys.bring", "metrics.read"}),
        ("partner", {*READING, "chains.mark"}),
    ],
)
def test_a_role_may_do_this_and_nothing_else(gateway: Gateway, role: str, allowed: set[Action]) -> None:
    token = create_token(gateway, role, "somebody", partner="acme" if role == "partner" else None)
    for action in get_args(Action):
        if action in allowed:
            assert admit(gateway, token, action).role == role
        else:
            with pytest.raises(Denied, match="role-insufficient"):
                admit(gateway, token, action)


def test_a_token_ends_after_a_while_even_if_nobody_said_so(gateway: Gateway, clock: Ticking) -> None:
    token = create_token(gateway, "officer", "audit")
    clock.now += DEFAULT_LIFETIME
    with pytest.raises(Denied, match="token-invalid"):
        admit(gateway, token, "documents.read")


@pytest.mark.parametrize("token", ["edg_", "edg_nobody", "\udcff", "\x00", "x" * 10_000])
def test_what_nobody_made_is_invalid(gateway: Gateway, token: str) -> None:
    with pytest.raises(Denied, match="token-invalid"):
        admit(gateway, token, "documents.read")


@pytest.mark.parametrize("token", [None, ""])
def test_nothing_is_missing(gateway: Gateway, token: str | None) -> None:
    with pytest.raises(Denied, match="token-missing"):
        admit(gateway, token, "documents.read")


@pytest.mark.parametrize(
    ("role", "name", "partner"),
    [
        ("king", "x", None),
        ("officer", " ", None),
        ("officer", "x", "acme"),
        ("partner", "x", None),
        ("partner", "x", "nobody"),
    ],
)
def test_a_token_for_nobody_is_not_made(gateway: Gateway, role: str, name: str, partner: str | None) -> None:
    with pytest.raises(Misuse):
        create_token(gateway, role, name, partner=partner)


def test_a_token_that_ended_already_is_not_made(gateway: Gateway, clock: Ticking) -> None:
    with pytest.raises(Misuse, match="expired"):
        create_token(gateway, "officer", "audit", expires_at=clock.now - timedelta(seconds=1))
