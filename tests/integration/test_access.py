"""Tokens: made once, stored as hashes, and good for what their role may do, until they end."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select

from edi_gateway.access import (
    DEFAULT_LIFETIME,
    Action,
    Denied,
    Holder,
    NoToken,
    admit,
    create_token,
    issue_token,
    list_tokens,
    revoke_token,
    token_id,
)
from edi_gateway.errors import Fault, Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller
from edi_gateway.model.trail import Actor
from edi_gateway.storage.access_tables import tokens
from tests.support.copies import open_copy
from tests.support.gateway import ACME_ID, Ticking, enrol

TOKENS = ("tokens.read", "tokens.revoke", "sessions.end")
READING = ("documents.validate", "documents.read", "documents.prove")


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def gateway(tmp_path: Path, database_url: str, clock: Ticking) -> Iterator[Gateway]:
    gateway = open_copy(tmp_path, with_acme, database_url, clock)
    yield gateway
    gateway.close()


def with_acme(gateway: Gateway) -> None:
    enrol(gateway, "acme", ACME_ID)


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
        (
            "officer",
            {*READING, *TOKENS, "documents.dispose", "guests.invite", "chains.mark", "partners.read", "trail.read"},
        ),
        ("operator", {*TOKENS, "documents.validate", "partners.read", "partners.write", "keys.bring", "metrics.read"}),
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
        ("auditor-guest", "x", None),
    ],
)
def test_a_token_for_nobody_is_not_made(gateway: Gateway, role: str, name: str, partner: str | None) -> None:
    with pytest.raises(Misuse):
        create_token(gateway, role, name, partner=partner)


def test_a_token_that_ended_already_is_not_made(gateway: Gateway, clock: Ticking) -> None:
    with pytest.raises(Misuse, match="expired"):
        create_token(gateway, "officer", "audit", expires_at=clock.now - timedelta(seconds=1))


def test_a_token_may_be_good_for_less_than_its_role(gateway: Gateway) -> None:
    token = issue_token(gateway, Holder("operator", "prometheus", actions=["metrics.read"]))
    assert admit(gateway, token, "metrics.read").actions == {"metrics.read"}
    with pytest.raises(Denied, match="only for metrics"):
        admit(gateway, token, "partners.read")


@pytest.mark.parametrize("actions", [[], ["documents.read"], ["everything"]])
def test_a_token_is_not_made_for_more_than_its_role(gateway: Gateway, actions: list[str]) -> None:
    with pytest.raises(Misuse, match="may do"):
        issue_token(gateway, Holder("operator", "somebody", actions=actions))


def test_a_revoked_token_opens_nothing_and_is_revoked_once(gateway: Gateway) -> None:
    token = create_token(gateway, "officer", "audit")
    revoke_token(gateway, token_id(token))
    with pytest.raises(Denied, match="token-invalid"):
        admit(gateway, token, "documents.read")
    with pytest.raises(NoToken):
        revoke_token(gateway, token_id(token))


@pytest.mark.parametrize("id", ["", "%", "0" * 16, "\x00", "_" * 16])
def test_no_token_is_revoked_by_a_name_that_none_has(gateway: Gateway, id: str) -> None:
    token = create_token(gateway, "officer", "audit")
    with pytest.raises((NoToken, Fault)):
        revoke_token(gateway, id)
    assert admit(gateway, token, "documents.read")


def test_tokens_are_listed_without_anything_that_opens(gateway: Gateway, clock: Ticking) -> None:
    secret = [create_token(gateway, "officer", "first"), create_token(gateway, "operator", "second")]
    revoke_token(gateway, token_id(secret[1]))
    listed = list_tokens(gateway)
    assert [(one.caller.name, one.state(clock.now)) for one in listed] == [("first", "good"), ("second", "revoked")]
    assert listed[0].state(clock.now + DEFAULT_LIFETIME) == "expired"
    for one in listed:
        with pytest.raises(Denied, match="token-invalid"):
            admit(gateway, one.id, "documents.read")


def test_the_last_use_is_noted_once_a_minute_at_most(gateway: Gateway, clock: Ticking) -> None:
    token = create_token(gateway, "officer", "audit")
    assert list_tokens(gateway)[0].last_used_at is None
    admit(gateway, token, "documents.read")
    first = list_tokens(gateway)[0].last_used_at
    assert first is not None
    clock.now += timedelta(seconds=50)
    admit(gateway, token, "documents.read")
    assert list_tokens(gateway)[0].last_used_at == first
    clock.now += timedelta(seconds=11)
    admit(gateway, token, "documents.read")
    assert list_tokens(gateway)[0].last_used_at == clock.now


def test_making_and_revoking_are_steps_of_the_trail_without_the_secret(gateway: Gateway) -> None:
    token = create_token(gateway, "partner", "ERP", partner="acme")
    revoke_token(gateway, token_id(token), Actor("anna", "operator", "c0ffee", "192.0.2.7"))
    made, revoked = (one.step for one in gateway.trail.from_number(1))
    assert (made.event, made.subject, made.actor.role) == ("token.created", token_id(token), "host")
    assert made.detail
    assert "partner 'ERP' for acme" in made.detail
    assert (revoked.event, revoked.subject, revoked.actor.name) == ("token.revoked", token_id(token), "anna")
    assert token.removeprefix("edg_") not in f"{made}{revoked}"
