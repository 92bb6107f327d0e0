import pytest

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.ledger import tiles
from edi_gateway.ledger.tiles import Bundle, Tile
from edi_gateway.ledger.tree import mth
from tests.support.ledger import MemoryLog


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(63, 999), "tile/63/999"),
        (Tile(1, 1000, 1), "tile/1/x001/000.p/1"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Bundle(1234067, 255), "tile/entries/x001/x234/067.p/255"),
        (Bundle(0), "tile/entries/000"),
    ],
)
def test_a_tile_has_one_path_and_is_read_back_from_it(tile, path):
    assert tile.path == path
    assert tiles.parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/001",
        "tile/0/x001/x001",
        "tile/00/001",
        "tile/01/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/entries/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001.p/999",
        "tile/0/001.p/",
        "tile/0/001.p",
        "tile/0/001/",
        "/tile/0/001",
        "tile/0/001\n",
        "tile/0/٠٠١",
        "tile/8/0/001",
        "tile/data/001",
        "tile/0/" + "x999/" * 9 + "999",
    ],
)
def test_a_path_in_any_other_spelling_is_none(path):
    with pytest.raises(Misuse):
        tiles.parse_path(path)


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts():
    full = tiles.completed(0, 70_000)
    assert [tile.level for tile in full].count(0) == 273
    assert [tile.level for tile in full].count(1) == 1
    assert len(full) == 274
    assert [tiles.partial(level, 70_000) for level in range(4)] == [
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
        None,
    ]


def test_a_tree_of_256_has_one_full_tile_and_its_root_above():
    assert tiles.completed(0, 256) == [Tile(0, 0)]
    assert tiles.partial(0, 256) is None
    assert tiles.partial(1, 256) == Tile(1, 0, 1)


@pytest.mark.parametrize(
    ("old", "new", "full"),
    [
        (0, 0, []),
        (0, 255, []),
        (255, 256, [Tile(0, 0)]),
        (256, 511, []),
        (300, 800, [Tile(0, 1), Tile(0, 2)]),
        (65_535, 65_536, [Tile(0, 255), Tile(1, 0)]),
    ],
)
def test_a_tile_is_completed_once_and_after_those_below_it(old, new, full):
    assert tiles.completed(old, new) == full


@pytest.mark.parametrize(
    ("tile", "size", "there"),
    [
        (Tile(0, 0, 1), 0, False),
        (Tile(0, 0, 1), 1, True),
        (Tile(0, 1, 3), 258, False),
        (Tile(0, 1, 3), 259, True),
        (Tile(0, 1, 3), 9999, True),
        (Tile(1, 0), 65_535, False),
        (Tile(1, 0), 65_536, True),
        (Bundle(0), 255, False),
        (Bundle(0), 256, True),
    ],
)
def test_a_tile_exists_once_the_tree_has_all_of_it(tile, size, there):
    assert tiles.exists(tile, size) is there


def test_a_tile_above_is_made_of_the_roots_of_full_tiles_below():
    log = MemoryLog()
    log.append([b"%d" % number for number in range(600)])
    assert tiles.tile_hashes(log, Tile(1, 0, 2)) == [mth(log.hashes[:256]), mth(log.hashes[256:512])]
    assert tiles.tile_bytes(log, Tile(0, 2, 88)) == b"".join(log.hashes[512:])


def test_a_store_that_lacks_hashes_is_our_fault():
    with pytest.raises(Fault, match="has 0 of the 5 hashes"):
        tiles.tile_hashes(MemoryLog(), Tile(0, 0, 5))


def test_a_bundle_prefixes_each_entry_with_its_length():
    assert tiles.bundle_bytes([b"one", b"", b"three"]) == b"\x00\x03one\x00\x00\x00\x05three"
    assert tiles.parse_bundle(b"\x00\x03one\x00\x00\x00\x05three") == [b"one", b"", b"three"]


def test_an_entry_beyond_two_bytes_of_length_is_not_bundled():
    assert tiles.parse_bundle(tiles.bundle_bytes([b"x" * 65_535])) == [b"x" * 65_535]
    with pytest.raises(ValueError, match="65535"):
        tiles.bundle_bytes([b"x" * 65_536])


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x01", b"\x00\x03on", b"\x00\x00" * 257])
def test_a_bundle_that_is_cut_off_or_too_long_is_refused(bundle):
    with pytest.raises(Unproven):
        tiles.parse_bundle(bundle)
