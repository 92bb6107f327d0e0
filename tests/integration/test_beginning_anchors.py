"""An anchor is begun with its ledger, or where there is none: never over one that says more than the database."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import GatewayError, Misuse, Unproven
from edi_gateway.gateway import build
from edi_gateway.installation import upgrade
from edi_gateway.settings import Settings, load
from tests.support.anchors import anchored, backup, grown, reopened, restore, sizes
from tests.support.gateway import make_gateway
from tests.support.older import before_key_life


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a closed gateway on SQLite with five entries, all of them anchored."""
    return anchored(tmp_path / "data")


@pytest.mark.parametrize("lines", [1, 2], ids=["one that is behind", "the newest"])
def test_no_anchor_is_begun_where_one_agrees(settings: Settings, lines: int):
    settings.anchor.write_bytes(b"".join(settings.anchor.read_bytes().splitlines(True)[:lines]))
    kept = settings.anchor.read_bytes()
    gateway = build(load(data_dir=settings.data_dir), as_found=True)
    with pytest.raises(Misuse, match="is there, and the ledger agrees with it"):
        gateway.watch.begin()
    gateway.close()
    assert settings.anchor.read_bytes() == kept


def test_no_anchor_is_begun_where_one_tells_of_lost_entries(settings: Settings):
    copy = backup(settings)
    gateway = reopened(settings)
    grown(gateway, "f", "g")
    gateway.close()
    restore(settings, copy)
    kept = settings.anchor.read_bytes()
    gateway = build(load(data_dir=settings.data_dir), as_found=True)
    with pytest.raises(Unproven, match=r"only 5 of the 7 entries.*edi-gateway ledger continue"):
        gateway.watch.begin()
    gateway.close()
    assert settings.anchor.read_bytes() == kept


@pytest.mark.parametrize("damage", [b"nonsense\n", bytes(100_000)], ids=["a line", "no line at all"])
def test_no_anchor_is_begun_over_a_damaged_one(settings: Settings, damage: bytes):
    settings.anchor.write_bytes(settings.anchor.read_bytes() + damage)
    gateway = build(load(data_dir=settings.data_dir), as_found=True)
    with pytest.raises(GatewayError, match="is damaged"):
        gateway.watch.begin()
    gateway.close()


def test_another_history_of_a_ledger_is_not_founded_under_its_key(settings: Settings):
    for file in ("gateway.db", "gateway.db-wal", "gateway.db-shm", "keys/ledger.vkey"):
        (settings.data_dir / file).unlink(missing_ok=True)
    with pytest.raises(Unproven, match="only 0 of the 5 entries"):
        make_gateway(settings.data_dir)


def test_what_another_ledger_left_is_kept_under_another_name(settings: Settings):
    left = settings.anchor.read_bytes()
    shutil.rmtree(settings.data_dir)
    make_gateway(settings.data_dir).close()
    assert settings.anchor.with_name("data.anchor.1").read_bytes() == left
    reopened(settings).close()


def test_a_gateway_from_before_there_were_anchors_begins_one_when_it_is_upgraded(settings: Settings):
    settings.anchor.unlink()
    gateway = build(load(data_dir=settings.data_dir), as_found=True)
    with gateway.engine.begin() as connection:
        before_key_life(connection)
        connection.execute(text("ALTER TABLE head DROP COLUMN recorded_at"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    gateway.close()
    upgrade(settings)
    gateway = reopened(settings)
    assert sizes(gateway) == [5]
    assert gateway.ledger.recorded_at() is not None
    gateway.close()


def test_an_upgrade_of_a_gateway_that_should_have_one_begins_none(settings: Settings):
    settings.anchor.unlink()
    upgrade(settings)
    assert not settings.anchor.exists()


def test_an_anchor_that_cannot_be_made_is_said_in_words(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(GatewayError, match="anchor_file"):
        make_gateway(tmp_path / "data", anchor_file=tmp_path / "file" / "anchor")
