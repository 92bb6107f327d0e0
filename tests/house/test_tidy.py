"""What must not be in the repository, and what must."""

import ast
import re
from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

from tests.house.repository import ROOT, files, named, texts

_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s:,-]{40}")
_JWK = re.compile(rb'"d"\s*:\s*"[A-Za-z0-9_-]{20,}"')
_KEY_STORES = (".p12", ".pfx", ".jks", ".key")
_LEFT_OVER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
_WIDTH = 120
_LARGEST_KEY = 16_384
_SKIPPING = {"pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail", "pytest.importorskip"}
_HERE = "tests/house/test_tidy.py"


def test_no_private_key_is_in_the_repository() -> None:
    suspicious = [named(path) for path in files() if path.suffix in _KEY_STORES or _is_private(path.read_bytes())]
    assert suspicious == []


def test_nothing_is_left_to_be_done_in_a_comment() -> None:
    sources = texts(".py", ".md", ".toml", ".yaml", ".yml", ".go", "Makefile", "Dockerfile", "run")
    assert [name for name, text in sources.items() if _LEFT_OVER.search(text)] == []


def test_whatever_a_checker_lets_pass_has_its_reason_beside_it() -> None:
    marked = re.compile(r"# (?:noqa|type: ignore|pragma: no|fmt: (?:skip|off))\b.*")
    reasoned = re.compile(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[[^]]+\]|pragma: no \w+|fmt: \w+) (?:-|#) \S")
    lines = [(name, line) for name, text in texts(".py").items() for line in marked.findall(text)]
    assert [(name, line) for name, line in lines if name != _HERE and not reasoned.match(line)] == []


def test_whatever_is_skipped_says_why() -> None:
    assert [f"{name}:{call.lineno}" for name, call in _skips() if not _reason(call)] == []


def _skips() -> Iterator[tuple[str, ast.Call]]:
    for name, text in texts(".py").items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in _SKIPPING:
                yield name, node


def _reason(call: ast.Call) -> bool:
    """Whether it is said in words."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
    return bool(given or (ast.unparse(call.func) == "pytest.skip" and call.args))


def test_no_mark_of_an_unsettled_merge_is_left() -> None:
    marks = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
    assert [name for name, text in texts("").items() if marks.search(text)] == []


def test_prose_is_wrapped_and_no_code_in_it_goes_on_in_the_next_line() -> None:
    prose = [(f"{name}:{number}", line) for name, text in texts(".md").items() for number, line in _prose(text)]
    assert len(prose) > 1000
    assert [place for place, line in prose if len(line) > _WIDTH] == []
    assert [place for place, line in prose if line.count("`") % 2] == []


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, but for blocks of code and tables, which can't be wrapped."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = line.lstrip().startswith("```")
        fenced ^= fence
        if not (fence or fenced or line.startswith(("|", "    "))):
            yield number, line


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "edi_gateway" / "py.typed").is_file()


def test_the_licence_is_there_in_full() -> None:
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_the_locked_requirements_have_hashes_and_name_no_index() -> None:
    for name in ("run.txt", "dev.txt"):
        lines = (ROOT / "requirements" / name).read_text("utf-8").splitlines()
        pinned = [at for at, line in enumerate(lines) if re.match(r"[a-z0-9]", line, re.IGNORECASE)]
        assert pinned
        assert all("==" in lines[at] and "--hash=sha256:" in lines[at + 1] for at in pinned)
        assert not any("://" in line or line.startswith("--index") for line in lines)


def _is_private(content: bytes) -> bool:
    if _PEM.search(content) or _JWK.search(content):
        return True
    if len(content) > _LARGEST_KEY or not content.startswith(b"\x30"):
        return False
    try:
        load_der_private_key(content, None)
    except (ValueError, UnsupportedAlgorithm):
        return False
    except TypeError:  # encrypted, but a key
        return True
    return True
