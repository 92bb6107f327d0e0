"""A log that Tessera wrote: we read its bundles, and must come to every root, tile and checkpoint that it published."""

from pathlib import Path

import pytest

from edi_gateway.ledger import checkpoint, note, tiles
from edi_gateway.ledger.tiles import Bundle, Tile
from edi_gateway.ledger.tree import leaf_hash, mth
from tests.support.ledger import MemoryLog

LOG = Path(__file__).parents[2].parent / "shared" / "corpora" / "tessera-log"
VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
SIZES = range(1, 16)
pytestmark = pytest.mark.skipif(not LOG.is_dir(), reason="needs the test log of transparency-dev/tessera")


def _published(size):
    name = f"checkpoint.{size}"
    verifier = note.parse_vkey(VKEY)
    return checkpoint.open((LOG / name).read_bytes(), verifier.name, [verifier])


def _bundle(size):
    return (LOG / Bundle(0, size).path).read_bytes()


def test_its_newest_checkpoint_is_the_last_of_its_sizes():
    assert (LOG / "checkpoint").read_bytes() == (LOG / f"checkpoint.{SIZES[-1]}").read_bytes()


@pytest.mark.parametrize("size", [0, *SIZES])
def test_its_checkpoints_verify_and_say_the_root_of_its_entries(size):
    entries = tiles.parse_bundle(_bundle(size)) if size else []
    published = _published(size)
    assert published.size == size == len(entries)
    assert published.root == mth([leaf_hash(entry) for entry in entries])


@pytest.mark.parametrize("size", SIZES)
def test_our_log_of_its_entries_has_its_files(size):
    log = MemoryLog()
    for entry in tiles.parse_bundle(_bundle(size)):
        log.append([entry])
    files = dict(log.files())
    assert files[Bundle(0, size).path] == _bundle(size)
    assert files[Tile(0, 0, size).path] == (LOG / Tile(0, 0, size).path).read_bytes()
    assert log.head.root == _published(size).root
