"""Paths that are kept: for as long as they hold, and no more of them than there is room for."""

from datetime import timedelta

import pytest

from edi_gateway.trust import paths
from edi_gateway.trust.paths import Paths
from tests.support import pki
from tests.support.pki import NOON

ROOT = pki.root()
SIGNER = pki.signer(ROOT, until=NOON + pki.DAY)


def test_a_path_is_found_once_and_looked_for_again_once_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    found, build = [], paths.build_path
    monkeypatch.setattr(paths, "build_path", lambda *asked: found.append(asked) or build(*asked))
    kept, under = Paths(), pki.trust(ROOT)
    first = kept.path(SIGNER.certificate, [], under, NOON)
    assert kept.path(SIGNER.certificate, [], under, NOON + pki.DAY) is first
    assert len(found) == 1
    for moment in (NOON + pki.DAY + timedelta(seconds=1), NOON - 2 * pki.DAY):
        with pytest.raises(ValueError, match="does not lead"):
            kept.path(SIGNER.certificate, [], under, moment)
    assert kept.path(SIGNER.certificate, [], under, NOON) == first


def test_a_path_counts_for_the_limits_under_which_it_was_found() -> None:
    kept = Paths()
    assert kept.path(SIGNER.certificate, [], pki.trust(ROOT), NOON)
    with pytest.raises(ValueError, match="extended key usage"):
        kept.path(SIGNER.certificate, [], pki.trust(ROOT, usages=("1.3.6.1.5.5.7.3.4",)), NOON)


def test_the_oldest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "MAX_KEPT", 2)
    kept = Paths()
    for _ in range(3):
        kept.path(pki.signer(ROOT).certificate, [], pki.trust(ROOT), NOON)
    assert len(kept._kept) == 2
