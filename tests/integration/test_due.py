"""Documents that were kept as long as they had to be are listed; nothing else happens to them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edi_gateway.errors import Misuse
from edi_gateway.gateway import Gateway, build
from edi_gateway.settings import load
from edi_gateway.workflows import dispose
from tests.support.copies import nothing, open_copy
from tests.support.custody import erase, hold, release
from tests.support.gateway import NOW
from tests.support.recording import examined, one

YEAR = timedelta(days=365)


@pytest.fixture
def gateway(database_url: str, tmp_path: Path) -> Iterator[Gateway]:
    gateway = open_copy(tmp_path, nothing, database_url, retention={"order": "1y"})
    yield gateway
    gateway.close()


def received(gateway: Gateway, number: str, at: datetime = NOW, code: str | None = None) -> str:
    return one(gateway.recorder, examined(number, at=at, code=code)).id


def due(gateway: Gateway, at: datetime, limit: int = 50) -> list[str]:
    return [found.id for found in dispose.due(gateway.archive, gateway.retention, at, limit)]


def test_a_document_is_due_when_its_time_is_over_and_not_before(gateway: Gateway) -> None:
    order = received(gateway, "PO-1")
    assert due(gateway, NOW + YEAR - timedelta(milliseconds=1)) == []
    assert due(gateway, NOW + YEAR) == [order]
    assert due(gateway, NOW + 20 * YEAR) == [order]


def test_the_oldest_are_listed_first_and_no_more_than_asked_for(gateway: Gateway) -> None:
    days = (3, 1, 2)
    orders = {day: received(gateway, f"PO-{day}", NOW + timedelta(days=day)) for day in days}
    assert due(gateway, NOW + 2 * YEAR) == [orders[1], orders[2], orders[3]]
    assert due(gateway, NOW + 2 * YEAR, limit=2) == [orders[1], orders[2]]
    assert due(gateway, NOW + YEAR + timedelta(days=1)) == [orders[1]]


def test_what_was_refused_has_no_time_of_keeping(gateway: Gateway) -> None:
    received(gateway, "PO-1", code="document-invalid")
    assert due(gateway, NOW + 2 * YEAR) == []


def test_a_document_on_hold_is_not_due_until_it_is_released(gateway: Gateway) -> None:
    order, other = received(gateway, "PO-1"), received(gateway, "PO-2", NOW + timedelta(days=1))
    for _ in range(2):
        hold(gateway, order)
        assert due(gateway, NOW + 2 * YEAR) == [other]
        release(gateway, order)
        assert due(gateway, NOW + 2 * YEAR) == [order, other]


def test_an_erased_document_is_not_due_any_more(gateway: Gateway) -> None:
    order = received(gateway, "PO-1")
    erase(gateway, order)
    assert due(gateway, NOW + 2 * YEAR) == []


@pytest.mark.parametrize("retention", [{}, {"invoice": "1d"}])
def test_a_type_that_is_not_named_is_never_due(gateway: Gateway, retention: dict[str, str]) -> None:
    received(gateway, "PO-1")
    assert dispose.due(gateway.archive, dispose.classes(retention), NOW + 20 * YEAR, 50) == []


@pytest.mark.parametrize("retention", [{"orders": "1y"}, {"order": "1"}, {"order": ""}, {"": "1y"}])
def test_a_gateway_whose_times_of_keeping_make_no_sense_does_not_start(gateway: Gateway, retention: dict) -> None:
    with pytest.raises(Misuse, match="retention"):
        build(gateway.settings.model_copy(update={"retention": retention}))


def test_times_of_keeping_come_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gateway.toml").write_text('[retention]\ninvoice = "10y"\ncredit-note = "90d"\n')
    assert load().retention == {"invoice": "10y", "credit-note": "90d"}


@pytest.mark.parametrize("value", ["10y", '["10y"]', '{"invoice": 10}', "{"])
def test_times_of_keeping_that_are_no_table_are_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_GATEWAY_RETENTION", value)
    with pytest.raises(Misuse, match="retention"):
        load()
