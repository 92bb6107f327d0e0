"""Webhooks: what is told of keys, to whom, how often, and what is done about those who can't be told."""

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from edi_gateway.errors import Fault, Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.model.notice import NoticeType
from edi_gateway.settings import Webhook, load
from edi_gateway.storage.notices import SqlNotices
from edi_gateway.worker import duties
from edi_gateway.workflows import enrol
from edi_gateway.workflows.notify import BACKOFF, RECENT, Notifier
from tests.support import keys
from tests.support.custody import erase
from tests.support.gateway import NOW, make_gateway, order_response, pem, transmission

DAY = timedelta(days=1)
ALL = frozenset({"key.expiring", "key.retired-but-used", "key.revoked"})
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Heard:
    """Implements `Webhook`: hears everything, and answers as it is told to."""

    def __init__(self, name: str = "ops", events: frozenset[str] = ALL) -> None:
        self.name = name
        self.events = events
        self.fails = False
        self.told: list[tuple[str, dict[str, Any]]] = []

    def post(self, id: str, at: datetime, body: bytes) -> str:
        self.told.append((id, json.loads(body)))
        if self.fails:
            raise Fault("it answered with HTTP status 500")
        return "HTTP status 200"


@pytest.fixture
def heard() -> Heard:
    return Heard()


def notifier(gateway: Gateway, *webhooks: Heard) -> Notifier:
    return Notifier(webhooks, SqlNotices(gateway.engine), gateway.directory, gateway.archive, gateway.clock)


def send(gateway: Gateway, number: str, owner: str = "acme") -> str:
    return gateway.record(gateway.examine(transmission(order_response(number), owner, at=gateway.clock()))).id


def state(gateway: Gateway) -> list[tuple[str, int]]:
    return [(one.state, one.attempts) for one in SqlNotices(gateway.engine).newest(9)]


def test_a_revocation_is_told_with_the_documents_in_doubt_and_whom_to_tell(gateway: Gateway, heard: Heard) -> None:
    send(gateway, "OR-0")
    stolen = gateway.clock()
    erased, doubtful = send(gateway, "OR-1"), send(gateway, "OR-2")
    erase(gateway, erased)
    key = keys.revoke(gateway, keys.of(gateway, "acme"), stolen)
    (one,) = notifier(gateway, heard).run()
    ((id, said),) = heard.told
    assert (id, said["type"], one.notice) == (id, "key.revoked", id)
    facts = said["data"]
    assert (facts["partner"], facts["key"], facts["reason"], facts["by"]) == ("acme", key.fingerprint, "stolen", "anna")
    assert (facts["affected"], facts["receivers"]) == (2, ["globex"])
    assert [each["id"] for each in facts["documents"]] == [erased, doubtful]
    assert "erasedBy" in facts["documents"][0]
    assert facts["documents"][1]["number"] == "OR-2"
    assert state(gateway) == [("delivered", 1)]


def test_nothing_is_told_twice_whoever_looks(gateway: Gateway, heard: Heard) -> None:
    keys.revoke(gateway, keys.of(gateway, "acme"), gateway.clock())
    here, there = notifier(gateway, heard), notifier(gateway, heard)
    for one in (here, there, here):
        one.run()
    assert len(heard.told) == 1


def test_a_key_that_ends_is_told_of_in_each_band(sqlite_gateway: Gateway, heard: Heard) -> None:
    change = enrol.add_key("acme", pem("short"), (None, NOW + 20 * DAY), sqlite_gateway.office())
    sqlite_gateway.record(change)
    told = notifier(sqlite_gateway, heard)
    for day in (0, 1, 7, 14, 19):
        sqlite_gateway.clock.now = NOW + day * DAY
        told.warn()
        told.run()
    assert [said["data"]["days"] for _, said in heard.told] == [30, 14, 7, 1]
    assert {said["data"]["endsAt"] for _, said in heard.told} == {"2026-12-13T12:00:00.000Z"}


def test_an_old_key_in_use_is_told_of_once(sqlite_gateway: Gateway, heard: Heard) -> None:
    old, new = keys.of(sqlite_gateway, "acme"), keys.add(sqlite_gateway, "acme's next")
    told = notifier(sqlite_gateway, heard)
    for number in range(2):
        send(sqlite_gateway, f"OR-{number}")
        told.warn()
        told.run()
    ((_, said),) = heard.told
    assert said["type"] == "key.retired-but-used"
    assert (said["data"]["key"], said["data"]["newKey"]) == (old.fingerprint, new.fingerprint)


def test_a_webhook_is_told_what_it_asked_for(sqlite_gateway: Gateway) -> None:
    everything, warned = Heard(), Heard("security", frozenset({"key.expiring"}))
    keys.revoke(sqlite_gateway, keys.of(sqlite_gateway, "acme"), sqlite_gateway.clock())
    notifier(sqlite_gateway, everything, warned).run()
    assert (len(everything.told), warned.told) == (1, [])


def test_who_can_t_be_told_is_told_later_and_later_and_then_given_up(
    sqlite_gateway: Gateway, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    heard.fails = True
    keys.revoke(sqlite_gateway, keys.of(sqlite_gateway, "acme"), sqlite_gateway.clock())
    told = notifier(sqlite_gateway, heard)
    with caplog.at_level(logging.WARNING, "edi_gateway.webhooks"):
        told.run()
    assert "HTTP status 500" in caplog.text
    for number, pause in enumerate(BACKOFF, 1):
        assert told.run() == []
        assert state(sqlite_gateway) == [("waiting", number)]
        sqlite_gateway.clock.now += pause
        assert len(told.run()) == 1
    assert state(sqlite_gateway) == [("given up", len(BACKOFF) + 1)]
    sqlite_gateway.clock.now += 9 * DAY
    assert told.run() == []
    assert {id for id, _ in heard.told} == {heard.told[0][0]}
    assert SqlNotices(sqlite_gateway.engine).counts() == ({}, {"ops": 1})


def test_who_answers_again_is_told(sqlite_gateway: Gateway, heard: Heard) -> None:
    heard.fails = True
    keys.revoke(sqlite_gateway, keys.of(sqlite_gateway, "acme"), sqlite_gateway.clock())
    told = notifier(sqlite_gateway, heard)
    told.run()
    heard.fails = False
    sqlite_gateway.clock.now += BACKOFF[0]
    told.run()
    assert state(sqlite_gateway) == [("delivered", 2)]


def test_an_attempt_is_made_by_one_of_several_hosts(gateway: Gateway, heard: Heard) -> None:
    keys.revoke(gateway, keys.of(gateway, "acme"), gateway.clock())
    heard.fails = True
    notifier(gateway, heard).run()
    gateway.clock.now += DAY
    notices = SqlNotices(gateway.engine)
    (one,) = notices.due(["ops"], gateway.clock(), 9)
    assert notices.claim(one, gateway.clock() + DAY)
    assert not notices.claim(one, gateway.clock() + DAY)


def test_a_webhook_that_isn_t_set_any_more_is_never_posted_to(sqlite_gateway: Gateway, heard: Heard) -> None:
    heard.fails = True
    keys.revoke(sqlite_gateway, keys.of(sqlite_gateway, "acme"), sqlite_gateway.clock())
    notifier(sqlite_gateway, heard).run()
    sqlite_gateway.clock.now += DAY
    other = Heard("other", frozenset({"key.expiring"}))
    assert notifier(sqlite_gateway, other).run() == []
    assert (len(heard.told), other.told) == (1, [])


def test_what_was_revoked_long_ago_is_no_news(sqlite_gateway: Gateway, heard: Heard) -> None:
    keys.revoke(sqlite_gateway, keys.of(sqlite_gateway, "acme"), sqlite_gateway.clock())
    sqlite_gateway.clock.now += RECENT + DAY
    assert notifier(sqlite_gateway, heard).run() == []


def test_webhooks_are_among_the_duties_where_they_are_set(sqlite_gateway: Gateway, tmp_path: Path) -> None:
    assert "webhooks" not in [duty.name for duty in duties(sqlite_gateway)]
    told = make_gateway(tmp_path / "other", webhooks=[{"name": "ops", "url": "https://x.example/", "secret": SECRET}])
    assert {"webhooks", "key notices"} <= {duty.name for duty in duties(told)}
    told.close()


def test_a_webhook_knows_the_notices_that_there_are() -> None:
    assert set(Webhook(name="a", url="https://x.example/", secret=SECRET).events) == set(get_args(NoticeType))


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "whsec_short"},
        {"secret": SECRET.removeprefix("whsec_")},
        {"secret": "whsec_" + "!" * 40},
        {"url": "ftp://x.example/"},
        {"url": "x.example"},
        {"events": ["key.born"]},
        {"name": "Ops"},
    ],
    ids=str,
)
def test_a_webhook_that_can_t_be_is_refused_at_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(Misuse) as caught:
        load(webhooks=[{"name": "ops", "url": "https://x.example/", "secret": SECRET} | changes])
    assert SECRET not in str(caught.value)


def test_two_webhooks_have_two_names() -> None:
    one = {"name": "ops", "url": "https://x.example/", "secret": SECRET}
    with pytest.raises(Misuse, match="one name"):
        load(webhooks=[one, one])
