"""Health: alive, ready, and counted."""

import os
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from edi_gateway.api import multiprocess
from edi_gateway.errors import Unproven
from edi_gateway.ledger.proven import Proven
from edi_gateway.model.moment import timestamp
from edi_gateway.settings import load
from edi_gateway.transports.tsa import HttpAuthority
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.forks import Forked
from tests.support import programs
from tests.support.client import Client, assert_problem
from tests.support.gateway import invoice, signed
from tests.support.tsa import NOW, Clock, make_authority, take


def samples(client: Client) -> dict[tuple[str, str, str], float]:
    """By name, outcome and code."""
    answer = client.get("/metrics", client.token("operator"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, sample.labels.get("outcome", ""), sample.labels.get("code", "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def execute(client: Client, statement: str) -> None:
    with client.gateway.engine.begin() as connection:
        connection.execute(text(statement))


def test_alive_needs_neither_a_token_nor_a_database(client: Client) -> None:
    execute(client, "DROP TABLE head")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "alive\n")


def test_ready_names_what_was_checked(client: Client) -> None:
    client.post_signed(invoice(), "acme")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    checks = ("database", "ledger", "key", "payload-key", "anchor", "clock", "space", "audit", "forks")
    assert answer.json() == {"status": "ready", "checks": dict.fromkeys(checks, "ok")}


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", "database"),
        ("DROP TABLE alembic_version", "database"),
        ("UPDATE head SET root = zeroblob(32)", "ledger"),
        ("UPDATE head SET size = 3", "ledger"),
        ("UPDATE head SET size = 5, frontier = CAST(frontier || zeroblob(32) AS BLOB)", "ledger"),
    ],
)
def test_what_does_not_agree_is_not_ready_and_says_which_check_failed(client: Client, damage: str, check: str) -> None:
    execute(client, damage)
    answer = client.get("/readyz")
    assert_problem(answer, 503, "not-ready")
    assert answer.json()["detail"] == f"The check {check} failed."
    assert "retry-after" in answer.headers


def test_a_ledger_whose_newest_entry_was_replaced_is_not_ready(client: Client) -> None:
    execute(client, "DROP TRIGGER entries_no_update")
    execute(client, "UPDATE entries SET leaf_hash = zeroblob(32) WHERE leaf_index = 3")
    assert_problem(client.get("/readyz"), 503, "not-ready")


def test_a_clock_that_is_behind_is_not_ready_and_counted(client: Client) -> None:
    late = client.gateway.clock() + timedelta(hours=1)
    execute(client, f"UPDATE head SET recorded_at = '{timestamp(late)}'")
    answer = client.get("/readyz")
    assert answer.json()["detail"] == "The check clock failed."
    assert 3590 < samples(client)["edi_gateway_clock_behind_seconds", "", ""] < 3610
    refused = client.post_signed(invoice(), "acme")
    assert_problem(refused, 503, "unavailable")
    assert "retry-after" in refused.headers


def test_a_ledger_that_is_behind_its_anchor_is_not_ready(client: Client) -> None:
    client.post_signed(invoice(), "acme")
    client.gateway.watch.keep()
    execute(client, "UPDATE head SET size = 0, root = zeroblob(32), frontier = x''")
    with pytest.raises(Unproven):
        client.gateway.watch.check()
    assert_problem(client.get("/readyz"), 503, "not-ready")


def test_what_the_audit_finds_makes_the_gateway_not_ready_and_is_named_by_its_index(client: Client) -> None:
    client.post_signed(invoice(), "acme")
    scrubber = client.gateway.auditing.scrubber(200)
    scrubber.run()
    assert samples(client)["edi_gateway_verified_size", "", ""] == 5
    assert samples(client)["edi_gateway_audit_ended_seconds", "", ""] > 0
    execute(client, "DROP TRIGGER payloads_no_update")
    execute(client, "UPDATE payloads SET body = headers")
    for _ in range(2):
        with pytest.raises(Unproven, match="entry 4: the body"):
            scrubber.run()
    answer = client.get("/readyz")
    assert_problem(answer, 503, "not-ready")
    assert answer.json()["detail"] == "The check audit failed at entry 4."
    assert samples(client)["edi_gateway_audit_failures", "", ""] == 1


def test_a_disk_that_is_nearly_full_makes_the_gateway_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert samples(client)["edi_gateway_free_bytes", "", ""] > 0
    monkeypatch.setattr("edi_gateway.storage.space.MIN_FREE", 1 << 62)
    answer = client.get("/readyz")
    assert_problem(answer, 503, "not-ready")
    assert answer.json()["detail"] == "The check space failed."


def test_a_fork_that_was_proved_makes_the_gateway_not_ready_and_stops_recording(client: Client) -> None:
    assert samples(client)["edi_gateway_forks", "", ""] == 0
    head = client.gateway.ledger.head()
    theirs = sign_head(client.gateway.notary, Proven(head.size + 1, bytes(32)))
    with pytest.raises(Forked):
        client.gateway.forks.judge("one", theirs, sign_head(client.gateway.notary, Proven(head.size, head.root)))
    answer = client.get("/readyz")
    assert_problem(answer, 503, "not-ready")
    assert answer.json()["detail"] == "The check forks failed."
    assert samples(client)["edi_gateway_forks", "", ""] == 1
    assert_problem(client.post_signed(invoice(), "acme"), 503, "ledger-forked")
    assert client.gateway.ledger.head() == head


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("officer", 403), ("operator", 200)])
def test_metrics_are_for_operators(shared: Client, role: str | None, status: int) -> None:
    assert shared.get("/metrics", shared.token(role) if role else None).status_code == status


def test_documents_are_counted_by_what_became_of_them(client: Client) -> None:
    before = samples(client)
    client.post_signed(invoice(), "acme")
    client.post_signed(invoice("INV-1", "PO-2"), "acme")
    client.post_signed(invoice("INV-9"), "globex")
    client.post(b"<Invoice")
    after = samples(client)

    def grown(name: str, outcome: str = "", code: str = "") -> float:
        return after.get((name, outcome, code), 0.0) - before.get((name, outcome, code), 0.0)

    documents = "edi_gateway_documents_total"
    assert grown(documents, "accepted") == 1
    assert grown(documents, "conflict", "document-conflict") == 1
    assert grown(documents, "rejected", "party-mismatch") == 1
    assert grown(documents, "unidentified", "not-xml") == 1
    assert grown("edi_gateway_receipt_seconds_count") == 3
    assert grown("edi_gateway_commit_batch_size_count") == 3
    assert after["edi_gateway_ledger_size", "", ""] == 7


def test_how_old_timestamps_are_and_when_the_first_one_ends_is_told_by_authority(client: Client) -> None:
    tsa = make_authority()
    names = [HttpAuthority(name, "http://tsa.example/", tsa.roots, 1) for name in ("one", "other")]
    object.__setattr__(client.gateway, "authorities", tuple(names))
    client.gateway.publisher.publish()
    take(client.gateway, NOW, Clock("one", tsa))
    client.clock.now = NOW + timedelta(hours=1)
    told = client.get("/metrics", client.token("operator")).text
    assert re.search(r'^edi_gateway_timestamp_age_seconds{authority="one"} 3600\.0\d*$', told, re.MULTILINE)
    assert re.search(r'^edi_gateway_timestamp_end_seconds{authority="one"} 3\.15323', told, re.MULTILINE)
    assert 'authority="other"' not in told


def test_a_repetition_is_counted_as_such(client: Client) -> None:
    before = samples(client)
    content_type, body = signed(invoice(), "acme")
    client.post(body, content_type)
    client.post(body, content_type)
    key = ("edi_gateway_documents_total", "repeated", "")
    assert samples(client)[key] - before.get(key, 0.0) == 1


_WORKER = """
from edi_gateway.api import metrics
metrics.turned_away("unidentified", "unsigned")
metrics.BATCH_SIZE.observe(3)
print(metrics.exposition({"edi_gateway_ledger_size": ("Entries in the ledger.", 5)}).decode())
"""


def test_several_workers_count_together_and_a_new_server_starts_at_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(multiprocess.DIRECTORY_VARIABLE, "replaced by prepare, and restored after the test")
    settings = load(data_dir=tmp_path)

    def worker() -> str:
        return programs.run([sys.executable, "-c", _WORKER], check=True, text=True).stdout

    multiprocess.prepare(settings)
    assert Path(os.environ[multiprocess.DIRECTORY_VARIABLE]).parent == tmp_path
    worker()
    said = worker()
    assert 'edi_gateway_documents_total{code="unsigned",outcome="unidentified"} 2.0' in said
    assert "edi_gateway_commit_batch_size_sum 6.0" in said
    assert "edi_gateway_ledger_size 5.0" in said
    multiprocess.prepare(settings)
    assert 'edi_gateway_documents_total{code="unsigned",outcome="unidentified"} 1.0' in worker()
