"""The anchor: an old copy of the database, a rewritten one, and another ledger's are told from the right one."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger.anchor import to_line
from edi_gateway.ledger.sequencer import Unavailable
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.settings import Settings, load
from edi_gateway.workflows.acknowledge import sign_head
from tests.support.anchors import anchored, backup, grown, record, reopened, restore, sizes
from tests.support.gateway import Ticking, make_gateway


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a closed gateway on SQLite with five entries, all of them anchored."""
    return anchored(tmp_path / "data")


def test_the_anchor_lies_beside_the_data_directory_unless_told_otherwise(tmp_path: Path):
    assert load(data_dir=tmp_path / "data").anchor == tmp_path / "data.anchor"
    assert load(data_dir=tmp_path / "data", anchor_file=tmp_path / "x").anchor == tmp_path / "x"


def test_it_begins_with_the_empty_ledger_and_grows_only_when_the_ledger_has(gateway: Gateway):
    assert sizes(gateway) == [0]
    assert gateway.watch.keep()
    record(gateway, "a", "b")
    assert gateway.watch.keep()
    assert not gateway.watch.keep()
    assert sizes(gateway) == [0, 4, 6]
    reopened(gateway.settings).close()


def test_entries_that_the_anchor_has_not_seen_yet_do_not_matter(gateway: Gateway):
    record(gateway, "a")
    reopened(gateway.settings).close()


def test_an_old_backup_is_refused_and_says_what_to_do(settings: Settings):
    copy = backup(settings)
    gateway = reopened(settings)
    grown(gateway, "f", "g")
    gateway.close()
    restore(settings, copy)
    with pytest.raises(Unproven, match=r"only 5 of the 7 entries.*old copy.*edi-gateway ledger continue"):
        reopened(settings)


def test_an_old_backup_that_has_grown_past_the_anchor_is_refused(settings: Settings, tmp_path: Path):
    copy = backup(settings)
    gateway = reopened(settings)
    grown(gateway, "f", "g")
    gateway.close()
    restore(settings, copy)
    with_another_anchor = load(data_dir=settings.data_dir, anchor_file=tmp_path / "another")
    gateway = build(with_another_anchor, Ticking(), as_found=True)
    gateway.watch.begin()
    record(gateway, "h", "i", "j")
    gateway.close()
    with pytest.raises(Unproven, match="the first 7 entries are not those"):
        reopened(settings)


def test_a_restored_backup_that_lacks_nothing_is_served(settings: Settings):
    restore(settings, backup(settings))
    gateway = reopened(settings)
    grown(gateway, "f")
    gateway.close()


def test_an_edited_head_is_refused(gateway: Gateway):
    grown(gateway, "a")
    earlier = gateway.ledger.head()
    grown(gateway, "b")
    with gateway.engine.begin() as connection:
        connection.execute(
            text("UPDATE head SET size = :size, root = :root, frontier = :frontier"),
            {"size": earlier.size, "root": earlier.root, "frontier": b"".join(earlier.frontier)},
        )
    with pytest.raises(Unproven, match="only 5 of the 6 entries"):
        reopened(gateway.settings)
    with pytest.raises(Unproven):
        gateway.watch.keep()


def test_a_head_that_is_not_made_of_the_entries_is_not_signed(sqlite_gateway: Gateway):
    record(sqlite_gateway, "a")
    with sqlite_gateway.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER entries_no_update"))
        connection.execute(
            text("UPDATE entries SET leaf_hash = :leaf WHERE leaf_index = 4"), {"leaf": leaf_hash(b"forged")}
        )
    with pytest.raises(Unproven, match="head at 5 is not made of the entries"):
        sqlite_gateway.watch.keep()
    assert sizes(sqlite_gateway) == [0]


def test_a_process_that_has_seen_more_entries_than_there_are_records_nothing(settings: Settings):
    gateway = reopened(settings)
    before = gateway.ledger.leaves(0, 5)
    record(gateway, "f")
    with gateway.engine.begin() as connection:
        for table in ("entries", "statements", "documents", "payloads"):
            connection.execute(text(f"DROP TRIGGER {table}_no_delete"))
        connection.execute(text("DELETE FROM payloads WHERE id = (SELECT id FROM documents WHERE leaf_index = 5)"))
        for table in ("documents", "statements", "entries"):
            connection.execute(text(f"DELETE FROM {table} WHERE leaf_index = 5"))
        from edi_gateway.ledger.tree import EMPTY_HEAD, grow

        head = grow(EMPTY_HEAD, before).head
        connection.execute(
            text("UPDATE head SET size = 5, root = :root, frontier = :frontier"),
            {"root": head.root, "frontier": b"".join(head.frontier)},
        )
    with pytest.raises(Unavailable, match="went back from 6 entries to 5"):
        record(gateway, "g")
    gateway.close()


def test_without_its_anchor_a_ledger_is_refused_and_read_all_the_same(settings: Settings):
    settings.anchor.unlink()
    with pytest.raises(Misuse, match=r"5 entries, but there is no anchor.*edi-gateway ledger anchor"):
        reopened(settings)
    gateway = build(load(data_dir=settings.data_dir), as_found=True)
    assert gateway.ledger.head().size == 5
    gateway.close()


@pytest.mark.parametrize("cut", [1, 10, 100, 150])
def test_a_last_line_that_was_cut_off_does_not_count_and_is_replaced(settings: Settings, cut: int):
    whole = settings.anchor.read_bytes()
    settings.anchor.write_bytes(whole[:-cut])
    gateway = reopened(settings)
    assert sizes(gateway) == [0]
    assert gateway.watch.keep()
    assert settings.anchor.read_bytes() == whole
    gateway.close()


def test_a_block_of_zeroes_after_a_power_cut_does_not_count(settings: Settings):
    whole = settings.anchor.read_bytes()
    settings.anchor.write_bytes(whole + bytes(4096))
    gateway = reopened(settings)
    grown(gateway, "f")
    assert settings.anchor.read_bytes().startswith(whole)
    assert sizes(gateway) == [0, 5, 6]
    gateway.close()


@pytest.mark.parametrize("damage", ["", "emptied", "torn in the only line"])
def test_an_anchor_without_a_whole_line_is_none(settings: Settings, damage: str):
    line = settings.anchor.read_bytes().splitlines()[0]
    settings.anchor.write_bytes(line if damage.startswith("torn") else b"")
    with pytest.raises(Misuse, match="there is no anchor"):
        reopened(settings)


@pytest.mark.parametrize(
    "line",
    [b"\n", b"nonsense\n", b"\0" * 300 + b"\n", b"localhost/ledger 5 x y\n", b"\xff\xfe\n"],
    ids=["empty", "nonsense", "zeroes", "fields that are none", "not text"],
)
def test_any_other_damage_is_refused(settings: Settings, line: bytes):
    settings.anchor.write_bytes(settings.anchor.read_bytes() + line)
    with pytest.raises(Unproven, match="is damaged, or another ledger's"):
        reopened(settings)


def test_an_anchor_whose_end_is_no_text_at_all_is_refused(settings: Settings):
    settings.anchor.write_bytes(settings.anchor.read_bytes() + bytes(100_000))
    with pytest.raises(Misuse, match="is damaged"):
        reopened(settings)


def test_a_changed_size_is_refused(settings: Settings):
    settings.anchor.write_bytes(settings.anchor.read_bytes().replace(b"ledger 5 ", b"ledger 4 "))
    with pytest.raises(Unproven, match="does not verify"):
        reopened(settings)


def test_the_anchor_of_another_ledger_is_refused(settings: Settings, tmp_path: Path):
    other = make_gateway(tmp_path / "other")
    other.close()
    shutil.copy(other.settings.anchor, settings.anchor)
    with pytest.raises(Unproven, match="another ledger's"):
        reopened(settings)


def test_an_anchor_that_cannot_be_written_is_a_fault_and_loses_nothing(settings: Settings):
    gateway = reopened(settings)
    record(gateway, "f")
    settings.anchor.unlink()
    settings.anchor.mkdir()
    with pytest.raises(Fault, match="anchor"):
        gateway.watch.keep()
    gateway.close()


def test_of_two_that_bring_it_up_to_date_the_slower_adds_nothing_older(settings: Settings):
    gateway = reopened(settings)
    record(gateway, "f")
    late = to_line(sign_head(gateway.notary, gateway.ledger.head()))
    grown(gateway, "g")

    class Faster:
        """Whoever asked has seen the anchor as it was; meanwhile it has grown."""

        place = "there"

        def newest(self) -> bytes:
            return settings.anchor.read_bytes().splitlines(True)[1]

        growing = gateway.watch.anchor.growing

    from dataclasses import replace

    assert late not in settings.anchor.read_bytes()
    replace(gateway.watch, anchor=Faster()).keep()
    assert sizes(gateway) == [0, 5, 7]
    gateway.close()
