"""What every source of partners and keys does: the promises of `workflows.ports.DirectorySource`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edi_gateway.gateway import Gateway
from edi_gateway.storage.directory import MAX_AGE, SqlDirectory
from tests.support.copies import open_copy
from tests.support.gateway import ACME_ID, NOW, certificate, enrol, enrol_key, suspend
from tests.support.jws import fingerprint, key


class Watch:
    """A monotonic clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def gateway(database_url: str, tmp_path: Path) -> Iterator[Gateway]:
    """The gateway of an operator, who changes what another worker's directory then has to notice."""
    gateway = open_copy(tmp_path, with_acme, database_url)
    yield gateway
    gateway.close()


def with_acme(gateway: Gateway) -> None:
    enrol(gateway, "acme", ACME_ID, certificate("acme"))


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def source(gateway: Gateway, watch: Watch) -> SqlDirectory:
    return SqlDirectory(gateway.engine, watch)


def test_the_first_question_is_answered_from_the_database(source: SqlDirectory):
    assert source.current().partners.keys() == {"acme"}


def test_partners_and_keys_are_read_as_they_were_enrolled(gateway: Gateway, source: SqlDirectory):
    window = NOW, NOW.replace(year=2030)
    enrol_key(gateway, "acme", key("ed25519").public_key(), window)
    directory = source.refreshed()
    assert directory == gateway.directory.refreshed()
    assert {str(identifier) for identifier in directory.partners["acme"].identifiers} == {ACME_ID}
    keys = {found.fingerprint: found for found in directory.keys_of["acme"]}
    assert len(keys) == 2
    found = keys[fingerprint(key("ed25519"))]
    assert (found.valid_from, found.valid_until, found.public_key) == (*window, key("ed25519").public_key())


def test_a_change_is_noticed_when_the_copy_has_reached_its_age(gateway: Gateway, source: SqlDirectory, watch: Watch):
    source.current()
    suspend(gateway, "acme")
    watch.now += MAX_AGE
    assert not source.current().partners["acme"].suspended
    watch.now += 0.001
    assert source.current().partners["acme"].suspended


def test_a_change_is_noticed_at_once_by_whoever_asks_for_it(gateway: Gateway, source: SqlDirectory):
    source.current()
    enrol(gateway, "globex", "0088:2")
    assert "globex" not in source.current().partners
    assert "globex" in source.refreshed().partners
    assert "globex" in source.current().partners


def test_a_copy_is_made_anew_only_when_something_has_changed(gateway: Gateway, source: SqlDirectory, watch: Watch):
    first = source.current()
    watch.now += 10 * MAX_AGE
    assert source.current() is first
    assert source.refreshed() is first
    suspend(gateway, "acme")
    assert source.refreshed() is not first


def test_a_directory_that_was_given_away_never_changes(gateway: Gateway, source: SqlDirectory):
    before = source.current()
    suspend(gateway, "acme")
    source.refreshed()
    assert not before.partners["acme"].suspended
