"""Why a root vouches for a key is found once, and what was found never outlives what it rests on."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.gateway import Gateway, build
from edi_gateway.model.partner import PartnerKey
from edi_gateway.storage.directory import MAX_AGE, SqlDirectory
from edi_gateway.workflows import enrol, grounds, key_life, trust, vouch
from edi_gateway.workflows.grounds import Grounds
from edi_gateway.workflows.revocations import Revoking, add
from edi_gateway.workflows.vouch import Vouching
from tests.support import pki
from tests.support.gateway import NOW, order
from tests.support.vouching import known, signed, vouching_for_globex

HOUR = timedelta(hours=1)
SUBJECT = "CN=Globex Signer,O=Globex"
ROOT = pki.root()
BETWEEN = pki.between(ROOT)
SIGNER = pki.signer(BETWEEN, subject=SUBJECT, until=NOW + 9 * HOUR)


class Paths:
    """Counts the paths that are built."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._build = vouch.build_path
        patched.setattr(vouch, "build_path", self._counted)

    def _counted(self, *asked):
        self.count += 1
        return self._build(*asked)


@pytest.fixture
def vouching(sqlite_gateway: Gateway) -> Gateway:
    gateway = vouching_for_globex(sqlite_gateway, ROOT, BETWEEN, SUBJECT)
    gateway.directory.refreshed()
    return gateway


@pytest.fixture
def paths(monkeypatch: pytest.MonkeyPatch) -> Paths:
    return Paths(monkeypatch)


def found(gateway: Gateway, at: datetime = NOW, by: pki.Issued = SIGNER) -> PartnerKey | None:
    """The key that vouches for it, by whatever is remembered."""
    envelope = unwrap(signed(order("PO-1"), by))
    assert gateway.desk.vouching
    try:
        (key,) = vouch.vouch(envelope, gateway.directory.current(), at, gateway.desk.vouching) or (None,)
    except Rejection:
        return None
    return key


def status(gateway: Gateway, at: datetime = NOW) -> str | None:
    key = found(gateway, at)
    return key.vouched.status if key and key.vouched else None


def test_what_was_found_once_is_not_looked_for_again(vouching: Gateway, paths: Paths) -> None:
    first = found(vouching)
    assert first
    assert first == found(vouching, NOW + HOUR)
    assert paths.count == 1
    assert found(vouching, by=pki.signer(BETWEEN, subject=SUBJECT)) != first
    assert paths.count == 2


def test_it_does_not_outlive_a_revocation(vouching: Gateway) -> None:
    assert status(vouching) == "good"
    known(vouching, pki.crl(BETWEEN, SIGNER, since=NOW - timedelta(minutes=1)), issuer=BETWEEN)
    assert status(vouching) == "revoked"


def test_nor_one_that_another_worker_was_told(vouching: Gateway) -> None:
    now = [0.0]
    worker = replace(vouching, directory=SqlDirectory(vouching.engine, lambda: now[0]))
    assert status(worker) == "good"
    with closing(build(vouching.settings, vouching.clock)) as another:
        known(another, pki.response(SIGNER, revoked_at=NOW - HOUR), issuer=BETWEEN)
    assert status(worker) == "good"
    now[0] += MAX_AGE + 0.1
    assert status(worker) == "revoked"


def test_nor_the_grant_nor_the_root(vouching: Gateway) -> None:
    assert found(vouching)
    (given,) = vouching.directory.refreshed().trust.grants
    vouching.record(trust.end_grant(given.id, None, vouching.office("anna")))
    vouching.directory.refreshed()
    assert found(vouching) is None
    vouching.record(trust.grant("globex", "acme-ca", "subject", SUBJECT, vouching.office("anna")))
    vouching.directory.refreshed()
    assert found(vouching)
    vouching.record(trust.retire_root("acme-ca", None, vouching.office("anna")))
    vouching.directory.refreshed()
    assert found(vouching) is None


def test_nor_that_nobody_enrolled_the_key(vouching: Gateway) -> None:
    assert found(vouching)
    vouching.record(enrol.add_key("globex", SIGNER.der, (None, None), vouching.office("anna")))
    (fingerprint,) = [
        key.fingerprint for key in vouching.directory.refreshed().keys_of["globex"] if key.certificate == SIGNER.der
    ]
    assert found(vouching) is None
    vouching.record(key_life.retire(fingerprint, None, vouching.office("anna")))
    vouching.directory.refreshed()
    assert found(vouching) is None


def test_nor_the_certificate_nor_the_newest_list(vouching: Gateway, paths: Paths) -> None:
    soon, fresh = pki.crl(BETWEEN, until=NOW + HOUR, since=NOW - timedelta(minutes=2)), NOW + HOUR
    known(vouching, soon, issuer=BETWEEN)
    assert status(vouching) == "good"
    assert status(vouching, fresh) == "good"
    assert status(vouching, fresh + timedelta(seconds=1)) == "unknown"
    assert status(vouching, fresh) == "good"
    assert paths.count == 1
    assert found(vouching, NOW + 9 * HOUR)
    assert found(vouching, NOW + 9 * HOUR + timedelta(seconds=1)) is None


def test_a_list_by_a_host_whose_clock_is_ahead_counts_once_it_is_issued(vouching: Gateway) -> None:
    ahead = NOW + HOUR
    octets = pki.crl(BETWEEN, SIGNER, at=NOW - HOUR, since=ahead)
    add(octets, BETWEEN.pem, Revoking(vouching.revocations, vouching.directory, ahead, "another host"))
    before = ahead - timedelta(seconds=1)
    assert [status(vouching, at) for at in (NOW, before, ahead, before)] == ["good", "good", "revoked", "good"]


@pytest.fixture
def told_much(vouching: Gateway) -> Gateway:
    """By lists that overlap, end, and contradict each other."""
    for since, until in ((-5, 2), (-3, 4), (-1, 3)):
        known(vouching, pki.crl(BETWEEN, since=NOW + since * HOUR, until=NOW + until * HOUR), issuer=BETWEEN)
    later = NOW + 3 * HOUR
    revoking = Revoking(vouching.revocations, vouching.directory, NOW + 9 * HOUR, "another host")
    add(pki.response(SIGNER, since=NOW + HOUR, until=later), BETWEEN.pem, revoking)
    add(pki.crl(BETWEEN, SIGNER, at=NOW + 6 * HOUR, since=NOW + 5 * HOUR, until=NOW + 8 * HOUR), BETWEEN.pem, revoking)
    return vouching


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-6 * 60, 10 * 60), min_size=2, max_size=8))
def test_at_any_moment_what_is_remembered_says_what_would_be_found_anew(told_much: Gateway, minutes: list[int]) -> None:
    for after in minutes:
        at = NOW + timedelta(minutes=after)
        anew = replace(told_much, desk=replace(told_much.desk, vouching=Vouching(told_much.revocations)))
        assert found(told_much, at) == found(anew, at)


def test_there_is_room_for_so_many_and_for_none_that_says_too_much(
    vouching: Gateway, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grounds, "MAX_KEPT", 2)
    signers = [pki.signer(BETWEEN, subject=SUBJECT) for _ in range(3)]
    for one in (*signers, signers[2], signers[1], signers[0]):
        assert found(vouching, by=one)
    assert paths.count == 4
    monkeypatch.setattr(grounds, "MAX_SIZE", len(SIGNER.der) + len(BETWEEN.der) - 1)
    assert found(vouching)
    assert found(vouching)
    assert paths.count == 6


def test_several_directories_do_not_get_in_each_others_way(vouching: Gateway) -> None:
    key, kept = found(vouching), Grounds()
    assert key
    old, new = (replace(vouching.directory.current(), revocations=count) for count in (1, 2))
    said = ((), (b"certificate",))
    ground = grounds.Ground(key, (NOW, NOW), (), None, None)
    kept.keep(old, said, ground)
    assert (kept.find(old, said), kept.find(new, said)) == (ground, None)
    kept.keep(new, said, ground)
    assert (kept.find(old, said), kept.find(new, said)) == (None, ground)
