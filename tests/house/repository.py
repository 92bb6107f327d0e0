"""What belongs to this repository, for the tests that read it as a whole."""

from functools import cache
from pathlib import Path

from tests.support import programs

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "edi_gateway"


_NOT_OURS = {"__pycache__", "data", "dist"}


@cache
def files() -> tuple[Path, ...]:
    """Every file under version control; in an unpacked archive, every file."""
    if not (ROOT / ".git").exists():
        return tuple(path for path in sorted(ROOT.rglob("*")) if path.is_file() and not _is_foreign(path))
    command = ["git", "ls-files", "-z"]
    listed = programs.run(command, cwd=ROOT, check=True, text=True).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def _is_foreign(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts[:-1]
    return any(folder in _NOT_OURS or (folder.startswith(".") and folder != ".ci") for folder in folders)


def named(path: Path) -> str:
    """The path as it is written in documentation."""
    return path.relative_to(ROOT).as_posix()


def texts(*suffixes: str) -> dict[str, str]:
    """Files by these endings of their names, with what is in them."""
    return {named(path): path.read_text("utf-8") for path in files() if path.name.endswith(suffixes)}
