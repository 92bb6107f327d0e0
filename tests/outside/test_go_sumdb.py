"""Our log, read by Go's checksum database: `golang.org/x/mod/sumdb`, its notes, its tiles and its proofs."""

import pytest

from edi_gateway.ledger.tiles import Bundle, Tile
from tests.support.gosumdb import Disagreed, build, serve
from tests.support.ledger import MemoryLog
from tests.support.witnesses import AT, request, witness_in

SIZES = (1, 2, 255, 256, 257, 700)


@pytest.fixture(scope="module")
def sumdb(tmp_path_factory):
    return build(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="module")
def log(sumdb):
    log = MemoryLog()
    log.append([b"entry %d" % number for number in range(600)])
    return log


@pytest.fixture
def folder(log, tmp_path):
    return log.write(tmp_path / "log")


def _flip(file, at=-1):
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("size", SIZES)
def test_go_finds_every_entry_of_our_log_through_its_tiles(sumdb, tmp_path, size):
    log = MemoryLog()
    log.append([b"entry %d" % number for number in range(size)])
    with serve(log.write(tmp_path)) as url:
        assert sumdb.log(log.vkey, url) == size


def test_go_finds_the_entries_of_a_log_with_tiles_of_three_levels(sumdb, tmp_path):
    log = MemoryLog()
    log.append([number.to_bytes(3, "big") for number in range(65_536 + 256 + 1)])
    with serve(log.write(tmp_path)) as url:
        assert sumdb.log(log.vkey, url) == 65_793


@pytest.mark.parametrize("index", [0, 255, 256, 511, 599])
def test_go_accepts_our_tlog_proofs(sumdb, log, tmp_path, index):
    file = tmp_path / "entry.tlog-proof"
    file.write_bytes(log.proof(index))
    assert sumdb.proof(log.vkey, file, log.entries[index]) == 600


def test_go_refuses_our_tlog_proof_for_another_entry(sumdb, log, tmp_path):
    file = tmp_path / "entry.tlog-proof"
    file.write_bytes(log.proof(7))
    with pytest.raises(Disagreed, match="invalid transparency proof"):
        sumdb.proof(log.vkey, file, log.entries[8])


def test_go_proves_that_our_log_grew_from_an_older_checkpoint(sumdb, tmp_path):
    log = MemoryLog()
    log.append([b"old"] * 300)
    older = tmp_path / "older"
    older.write_bytes(log.checkpoint())
    log.append([b"new"] * 400)
    with serve(log.write(tmp_path / "log")) as url:
        assert sumdb.growth(log.vkey, url, older) == 700


def test_go_sees_that_a_log_with_another_past_did_not_grow_from_the_checkpoint(sumdb, log, folder, tmp_path):
    other = MemoryLog(key=log.key)
    other.append([b"another past"] * 300)
    older = tmp_path / "older"
    older.write_bytes(other.checkpoint())
    with serve(folder) as url, pytest.raises(Disagreed, match="invalid transparency proof"):
        sumdb.growth(log.vkey, url, older)


@pytest.mark.parametrize(
    "path", ["checkpoint", Tile(0, 1).path, Tile(0, 2, 88).path, Tile(1, 0, 2).path, Bundle(1).path, Bundle(2, 88).path]
)
def test_go_notices_one_flipped_bit_in_any_kind_of_file(sumdb, log, folder, path):
    # In the checkpoint, a bit of the origin; elsewhere of the last hash or entry.
    _flip(folder / path, at=0 if path == "checkpoint" else -1)
    with serve(folder) as url, pytest.raises(Disagreed):
        sumdb.log(log.vkey, url)


def test_go_refuses_our_log_under_another_key(sumdb, folder):
    with serve(folder) as url, pytest.raises(Disagreed, match="no verifiable signatures"):
        sumdb.log(MemoryLog().vkey, url)


def test_go_reads_past_the_cosignatures_of_our_witness_and_verifies_the_log(sumdb, log, folder, tmp_path):
    witness = witness_in(tmp_path / "witness", log, mldsa=True)
    lines = witness.add_checkpoint(request(log), AT)
    assert lines.count(b"\n") == 2
    file = folder / "checkpoint"
    file.write_bytes(file.read_bytes() + lines)
    with serve(folder) as url:
        assert sumdb.log(log.vkey, url) == 600


def test_go_does_not_take_the_cosignatures_of_our_witness_for_the_logs(sumdb, log, folder, tmp_path):
    lines = witness_in(tmp_path / "witness", log, mldsa=True).add_checkpoint(request(log), AT)
    text, _, _ = (folder / "checkpoint").read_bytes().partition(b"\n\n")
    (folder / "checkpoint").write_bytes(text + b"\n\n" + lines)
    with serve(folder) as url, pytest.raises(Disagreed, match="no verifiable signatures"):
        sumdb.log(log.vkey, url)
