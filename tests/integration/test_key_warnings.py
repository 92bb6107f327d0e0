"""Keys that end soon, and old ones that are used still: told in time, once each, and never of a key that is gone."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edi_gateway.gateway import Gateway
from edi_gateway.model.partner import PartnerKey
from edi_gateway.storage.state import StateFile
from edi_gateway.worker import duties
from edi_gateway.workflows.key_warnings import BANDS, KeyWarnings, band, counts, still_used
from tests.support import keys
from tests.support.gateway import NOW, enrol_key, order_response, private_key, transmission

DAY = timedelta(days=1)


def ending_key(gateway: Gateway, ends: datetime) -> PartnerKey:
    enrol_key(gateway, "acme", private_key("acme's next").public_key(), (None, ends))
    return next(key for key in gateway.directory.refreshed().keys_of["acme"] if key.valid_until == ends)


def send(gateway: Gateway, number: str, owner: str = "acme") -> None:
    gateway.record(gateway.examine(transmission(order_response(number), owner, at=gateway.clock())))


class Said:
    """What is said in the log each time that the duty is done."""

    def __init__(self, gateway: Gateway, caplog: pytest.LogCaptureFixture, state: Path) -> None:
        self.now = NOW
        self._caplog = caplog
        self._parts = gateway.directory, gateway.archive, StateFile(state)

    def at(self, moment: datetime) -> list[str]:
        self._caplog.clear()
        # As after a restart: nothing is remembered but what was written down.
        KeyWarnings(*self._parts, lambda: moment).run()
        return [record.getMessage() for record in self._caplog.records]


@pytest.fixture
def said(sqlite_gateway: Gateway, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Iterator[Said]:
    with caplog.at_level(logging.WARNING, "edi_gateway.keys"):
        yield Said(sqlite_gateway, caplog, tmp_path / "told.state")


def test_a_key_that_ends_is_told_of_once_in_each_band(sqlite_gateway: Gateway, said: Said) -> None:
    key = ending_key(sqlite_gateway, NOW + 70 * DAY)
    days = [said.at(NOW + day * DAY) for day in range(75)]
    told = [(day, line) for day, lines in enumerate(days) for line in lines]
    assert [(70 - day, line.rpartition("=")[2]) for day, line in told] == [(band, str(band)) for band in BANDS]
    assert all(f"key-ending partner=acme key={key.fingerprint}" in line for _, line in told)


def test_of_a_key_that_was_retired_nothing_is_told(sqlite_gateway: Gateway, said: Said) -> None:
    key = ending_key(sqlite_gateway, NOW + 7 * DAY)
    keys.retire(sqlite_gateway, key)
    assert said.at(NOW + DAY) == []


def test_an_old_key_that_is_used_beside_a_new_one_is_told_of_once(sqlite_gateway: Gateway, said: Said) -> None:
    send(sqlite_gateway, "OR-1")
    assert said.at(NOW + DAY) == []
    old, new = keys.of(sqlite_gateway, "acme"), keys.add(sqlite_gateway, "acme's next")
    send(sqlite_gateway, "OR-2", "acme's next")
    assert said.at(NOW + DAY) == []
    send(sqlite_gateway, "OR-3")
    (line,) = said.at(NOW + DAY)
    assert line.startswith(f"key-still-used partner=acme key={old.fingerprint} new-key={new.fingerprint} last-used=")
    assert said.at(NOW + 2 * DAY) == []
    keys.retire(sqlite_gateway, old)
    assert still_used(sqlite_gateway.archive, sqlite_gateway.directory.refreshed(), sqlite_gateway.clock()) == []


def test_the_last_use_is_the_newest(sqlite_gateway: Gateway) -> None:
    keys.add(sqlite_gateway, "acme's next")
    for number in range(3):
        send(sqlite_gateway, f"OR-{number}")
    newest = sqlite_gateway.archive.last_signed("acme", 1)[0]
    (one,) = still_used(sqlite_gateway.archive, sqlite_gateway.directory.refreshed(), sqlite_gateway.clock())
    assert one.received_at == newest.received_at


def test_keys_are_counted_in_every_band_that_holds_them(sqlite_gateway: Gateway) -> None:
    key = ending_key(sqlite_gateway, NOW + 10 * DAY)
    assert counts(sqlite_gateway.directory.refreshed(), NOW) == {60: 1, 30: 1, 14: 1, 7: 0, 1: 0}
    moments = [NOW - 60 * DAY, NOW, NOW + 9 * DAY, NOW + 10 * DAY]
    assert [band(key, moment) for moment in moments] == [None, 14, 1, None]


def test_a_file_that_was_damaged_costs_a_repetition(sqlite_gateway: Gateway, said: Said, tmp_path: Path) -> None:
    ending_key(sqlite_gateway, NOW + 5 * DAY)
    assert len(said.at(NOW + DAY)) == 1
    (tmp_path / "told.state").write_bytes(b"[")
    assert len(said.at(NOW + DAY)) == 1


def test_it_is_one_of_the_duties(sqlite_gateway: Gateway) -> None:
    assert "key warnings" in [duty.name for duty in duties(sqlite_gateway)]
