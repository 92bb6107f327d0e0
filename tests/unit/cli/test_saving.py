"""Files that commands write are there as a whole, or not at all."""

import errno
import os
from pathlib import Path

import pytest

from edi_gateway.cli.saving import save


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes no more, as it says at the end."""

    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("edi_gateway.cli.saving.fsync", fsync)


def test_a_file_is_written(tmp_path: Path) -> None:
    save(tmp_path / "evidence.zip", b"evidence")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("evidence.zip", b"evidence")]


def test_another_takes_its_place_and_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    save(file, b"old")
    file.chmod(0o640)
    save(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("evidence.zip")
    save(tmp_path / "link", b"evidence")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "evidence.zip").read_bytes() == b"evidence"


def test_a_full_disk_leaves_nothing_behind(full: None, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"No space left on device: '.*evidence\.zip'"):
        save(tmp_path / "evidence.zip", b"evidence")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_what_was_there(full: None, tmp_path: Path) -> None:
    (tmp_path / "evidence.zip").write_bytes(b"old")
    with pytest.raises(OSError, match="No space left"):
        save(tmp_path / "evidence.zip", b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("evidence.zip", b"old")]


def test_a_folder_that_is_not_there_is_named_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere/evidence\.zip"):
        save(tmp_path / "nowhere" / "evidence.zip", b"evidence")


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    save(Path(os.devnull), b"evidence")
    assert not Path(os.devnull).is_file()
