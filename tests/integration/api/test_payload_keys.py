"""A gateway that stores what it is sent encrypted, as partners and officers see it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support import sealing
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import invoice, order, signed


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serving(tmp_path / "data", encrypt_payloads=True) as client:
        sealing.put_in_force(client.gateway)
        yield client


def lost(client: Client) -> Path:
    """The payload key is where the gateway doesn't find it, and the gateway has forgotten it."""
    vault = client.gateway.vault
    file = sealing.key_file(client.gateway, vault.keys.in_force())
    vault.close()
    return file.rename(file.with_suffix(".away"))


def test_what_was_sent_is_given_back_byte_for_byte(client: Client) -> None:
    _, body = signed(invoice(), "acme")
    posted = client.post(body)
    assert posted.status_code == 201
    location, officer = posted.headers["location"], client.token("officer")
    assert client.get(f"{location}/content", officer).content == body
    assert client.get(location, officer).json()["report"]["findings"] == []
    assert client.get(f"{location}/evidence", officer).status_code == 200
    assert len(sealing.rows(client.gateway, "sealed_payloads")) == 1


def test_without_the_key_partners_are_asked_to_send_again_and_readiness_says_why(client: Client) -> None:
    location, officer = client.post_signed(order(), "globex").headers["location"], client.token("officer")
    assert client.get("/readyz").status_code == 200
    away = lost(client)
    refused = client.post_signed(order("PO-2"), "globex")
    assert_problem(refused, 503, "payload-key-unavailable")
    assert "retry-after" in refused.headers
    for path in (location, f"{location}/content", f"{location}/evidence"):
        assert_problem(client.get(path, officer), 503, "payload-key-unavailable")
    assert client.get(f"{location}/receipt", officer).status_code == 200
    assert len(client.get("/v1/documents", officer).json()["documents"]) == 1
    assert client.get("/readyz").json()["detail"] == "The check payload-key failed."
    away.rename(away.with_suffix(".key"))
    client.gateway.vault._failed.clear()  # a second later
    assert client.post_signed(order("PO-2"), "globex").status_code == 201
    assert client.get("/readyz").status_code == 200


def test_what_was_changed_in_the_database_is_not_given_out(client: Client) -> None:
    location, officer = client.post_signed(order(), "globex").headers["location"], client.token("officer")
    with client.gateway.engine.begin() as connection:
        sealing.unguarded(connection)
        connection.execute(text("UPDATE sealed_payloads SET body = zeroblob(length(body)), report = headers"))
    for path in (location, f"{location}/content", f"{location}/evidence"):
        assert_problem(client.get(path, officer), 503, "unavailable")
