"""No private byte leaves by HTTP: every route is asked by everybody, and answers and log are looked through."""

import logging
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.access import create_token
from tests.support import sealing
from tests.support.client import Client, serving
from tests.support.gateway import enrol_both, invoice, order
from tests.support.people import PASSWORD, added, hash_quickly
from tests.support.planted import PASSPHRASE, WEBHOOK, leaks, planted

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    hash_quickly(monkeypatch)
    webhook = {"name": "ops", "url": "https://ops.example/hook", "secret": f"whsec_{b64encode(WEBHOOK).decode()}"}
    settings = {"passphrase": PASSPHRASE, "encrypt_payloads": True, "webhooks": [webhook]}
    with serving(tmp_path / "data", enrolled=False, **settings) as client:
        enrol_both(client.gateway)
        sealing.put_in_force(client.gateway)
        yield client


def test_no_route_gives_out_a_secret_whoever_asks(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    codes, tokens = added(client.gateway, "anna"), everybody(client)
    posted = client.post_signed(order(), "globex").headers["location"].rpartition("/")[2]
    client.post_signed(invoice("INV-1", order="PO-2"), "acme")
    secrets = planted(client.gateway, PASSWORD, codes.secret, *filter(None, tokens))
    answers = {}
    for path, methods in client.app.openapi()["paths"].items():
        for method in METHODS:
            for token in tokens if method in methods else ():
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                body = {} if method == "get" else {"json": {}}
                answer = client.request(method.upper(), filled(path, posted), headers=headers, **body)
                found = leaks(answer.content + str(answer.headers.raw).encode(), secrets)
                assert found == [], (method, path)
                answers[path, method, token] = answer.status_code
    assert leaks(caplog.text.encode(), secrets) == []
    # It was looked at something: of the reading routes most have answered somebody.
    read = {path for (path, method, _), status in answers.items() if method == "get" and status == 200}
    assert len(read) > 20


def everybody(client: Client) -> list[str | None]:
    given = [create_token(client.gateway, role, role) for role in ("officer", "operator")]
    return [None, *given, create_token(client.gateway, "partner", "partner", partner="acme")]


def filled(path: str, document: str) -> str:
    names = {"id": document, "partner": "acme", "party": "acme", "fingerprint": "0" * 64, "code": "not-found"}
    if "/partners/{id}" in path or "/parties/{id}" in path:
        names["id"] = "acme"
    for name, value in {**names, "L": "0", "N": "000", "level": "0", "number": "000", "rule": "BR-01"}.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


def test_a_fault_of_the_code_is_logged_without_what_was_to_be_stored(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """A constraint that breaks is no state of the database that is known: the log has the whole story of it."""
    with client.gateway.engine.begin() as connection:
        sealing.unguarded(connection)
        connection.exec_driver_sql(
            "CREATE TRIGGER odd BEFORE INSERT ON documents BEGIN SELECT RAISE(ABORT, 'odd'); END"
        )
    assert client.post_signed(order("PO-NEEDLE"), "globex").status_code == 503
    assert "odd" in caplog.text
    assert "PO-NEEDLE" not in caplog.text
