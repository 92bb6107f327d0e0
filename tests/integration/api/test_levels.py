"""Receipts that others vouch for: when there are any, what they prove, and what is answered before."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note, policy
from edi_gateway.ledger.proof import parse as parse_proof
from edi_gateway.model.publication import Timestamp
from edi_gateway.receipts.receipt import parse
from edi_gateway.transports.tsa import HttpAuthority
from edi_gateway.workflows.check import check_receipt, check_witnesses
from tests.support.client import Client, assert_problem
from tests.support.gateway import NOW, invoice
from tests.support.neighbours import AT, Neighbour, neighbours, policy_text, witnessed
from tests.support.tsa import YEAR, make_authority

HOUR = timedelta(hours=1)


@pytest.fixture
def members(client: Client, tmp_path: Path) -> list[Neighbour]:
    return neighbours(tmp_path, client.gateway, "one", "two")


@pytest.fixture
def asking(client: Client, members: list[Neighbour]) -> Client:
    """A gateway that wants both witnesses."""
    serve_with(client, witnessed=witnessed(client.gateway, "all", *members))
    return client


def serve_with(client: Client, **parts: Any) -> None:
    client.gateway = client.app.state.doorway.gateway = replace(client.gateway, **parts)


def post(client: Client, number: str = "INV-1") -> str:
    answer = client.post_signed(invoice(number), "acme")
    assert answer.status_code == 201
    return answer.headers["location"]


def witness(client: Client, *members: Neighbour) -> None:
    client.gateway.publisher.publish()
    for one in members:
        one.submitter(client.gateway).submit()


def test_nobody_vouches_for_receipts_where_nobody_is_asked(client: Client) -> None:
    location, officer = post(client), client.token("officer")
    for level in ("witnessed", "timestamped"):
        assert_problem(client.get(f"{location}/receipt", officer, level=level), 409, "level-not-offered")
    assert_problem(client.get(f"{location}/receipt", officer, level="notarised"), 400, "query-invalid")


def test_a_receipt_is_witnessed_once_enough_witnesses_have_cosigned(asking: Client, members: list[Neighbour]) -> None:
    location, officer = post(asking), asking.token("officer")
    first = asking.get(f"{location}/receipt", officer).content

    def pending() -> bool:
        answer = asking.get(f"{location}/receipt", officer, level="witnessed")
        assert answer.status_code in (200, 202)
        if answer.status_code == 202:
            assert answer.headers["retry-after"] == "5"
            assert answer.json() == {"level": "witnessed", "state": "pending"}
        return answer.status_code == 202

    assert pending()
    witness(asking, members[0])
    assert pending()
    witness(asking, members[1])
    assert not pending()
    assert asking.get(f"{location}/receipt", officer).content == first


def test_a_witnessed_receipt_says_the_same_under_a_checkpoint_that_names_its_witnesses(
    asking: Client, members: list[Neighbour]
) -> None:
    location, officer = post(asking), asking.token("officer")
    post(asking, "INV-2")
    witness(asking, *members)
    given = asking.get(f"{location}/receipt", officer, level="witnessed").content
    vkey = asking.get("/v1/ledger/key").text.strip()
    checked = check_receipt(given, vkey)
    wanted = policy.parse(policy_text(asking.gateway, "all", *members).encode())
    assert [(one.name, one.at.timestamp()) for one in check_witnesses(checked, wanted)] == [("one", AT), ("two", AT)]
    first = check_receipt(asking.get(f"{location}/receipt", officer).content, vkey)
    assert replace(checked.receipt, proof="") == replace(first.receipt, proof="")
    assert (first.checkpoint.size, checked.checkpoint.size) == (5, 6)
    with pytest.raises(Unproven, match="cosigned by nobody"):
        check_witnesses(first, wanted)


def test_the_first_witnessed_receipt_stays_when_the_ledger_grows(asking: Client, members: list[Neighbour]) -> None:
    location, officer = post(asking), asking.token("officer")
    witness(asking, *members)
    before = asking.get(f"{location}/receipt", officer, level="witnessed").content
    post(asking, "INV-2")
    witness(asking, *members)
    assert asking.get(f"{location}/receipt", officer, level="witnessed").content == before


def test_others_documents_are_not_found_at_any_level(asking: Client, members: list[Neighbour]) -> None:
    broken = invoice().replace(b"<cbc:DueDate>", b"<cbc:DueDate>x", 1)
    location = asking.post_signed(broken, "acme").headers["location"]
    witness(asking, *members)
    globex = asking.token("partner", "globex")
    assert_problem(asking.get(f"{location}/receipt", globex, level="witnessed"), 404, "not-found")
    assert asking.get(f"{location}/receipt", asking.token("partner", "acme"), level="witnessed").status_code == 200


def test_a_cosignature_that_was_tampered_with_is_never_handed_out(asking: Client, members: list[Neighbour]) -> None:
    location, officer = post(asking), asking.token("officer")
    witness(asking, *members)
    with asking.gateway.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER cosignatures_no_update"))
        connection.execute(text("UPDATE cosignatures SET line = replace(line, 'A', 'B')"))
    assert_problem(asking.get(f"{location}/receipt", officer, level="witnessed"), 503, "unavailable")


def test_the_checkpoint_for_everybody_is_the_newest_that_enough_witnesses_cosigned(
    asking: Client, members: list[Neighbour]
) -> None:
    def size() -> int:
        return _opened(asking).size

    assert size() == 4
    post(asking)
    assert size() == 5  # as long as nothing was witnessed
    witness(asking, *members)
    post(asking, "INV-2")
    assert size() == 5
    witness(asking, members[0])
    assert size() == 5
    witness(asking, members[1])
    assert size() == 6
    verifiers = [one.verifier for one in members]
    signed = note.read(asking.get("/checkpoint").content, verifiers)
    assert [one.verifier for one in signed.signatures] == verifiers


def test_without_witnesses_the_checkpoint_is_the_newest_there_is(client: Client, members: list[Neighbour]) -> None:
    witness(client, members[0])
    assert len(note.read(client.get("/checkpoint").content, [members[0].verifier]).signatures) == 1
    post(client)
    assert _opened(client).size == 5


def test_a_timestamped_receipt_is_under_a_checkpoint_with_a_timestamp_that_is_still_good(client: Client) -> None:
    authority = make_authority(until=NOW + YEAR)
    serve_with(client, authorities=(HttpAuthority("clock", "http://192.0.2.1/", authority.roots, 1.0),))
    location, officer = post(client), client.token("officer")

    def ask() -> httpx.Response:
        return client.get(f"{location}/receipt", officer, level="timestamped")

    assert (ask().status_code, ask().headers["retry-after"]) == (202, "3600")
    client.gateway.publisher.publish()
    published = client.gateway.publications.newest()
    assert published
    assert ask().status_code == 202
    client.gateway.timestamps.keep(Timestamp(published.size, "clock", b"token", None, NOW, NOW + HOUR))
    assert parse_proof(parse(ask().content).proof.encode()).checkpoint == published.note
    check_receipt(ask().content, client.get("/v1/ledger/key").text.strip())
    client.clock.now += HOUR
    assert ask().status_code == 202


def _opened(client: Client) -> checkpoint.Checkpoint:
    verifier = client.gateway.notary.verifier
    return checkpoint.open(client.get("/checkpoint").content, verifier.name, [verifier])
