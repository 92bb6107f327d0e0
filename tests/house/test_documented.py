"""The documentation is true as far as a machine can tell: what it names exists, and what exists it names."""

import ast
import re
import shlex
from collections.abc import Iterator

import click
import pytest

from edi_gateway.cli import main
from edi_gateway.errors import REASONS
from tests.house.pages import PAGES, commands, context_of
from tests.house.repository import PACKAGE, ROOT, texts

DOCUMENTS = texts(".md")
PROSE = {name: text for name, text in DOCUMENTS.items() if name != "docs/commands.md"}
_RULE = re.compile(r"GW-[A-Z]+-[0-9]{3}")
_OWN_FOLDERS = (
    "edi_gateway",
    "tests",
    "schemas",
    "migrations",
    "docs",
    "requirements",
    "keys",
    "benchmarks",
    "tools",
    ".ci",
)
# Rooms speak of each other without the package's name in front.
_ROOMS = tuple(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_the_code_dictates_is_what_the_code_says(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == PAGES[name](), "run: .venv/bin/python -m tests.house.pages"


def test_every_reason_for_a_refusal_is_explained() -> None:
    page = DOCUMENTS["docs/problems.md"]
    assert [code for code in REASONS if f"`{code}`" not in page and f"# {code}\n" not in page] == []


def test_every_rule_of_our_own_is_explained_and_every_rule_explained_is_ours() -> None:
    assert set(_RULE.findall(DOCUMENTS["docs/rules.md"])) == set(_rules_in_code())


def test_every_route_is_mentioned() -> None:
    from edi_gateway.web import create_app

    page = DOCUMENTS["docs/http.md"]
    paths = set(create_app().openapi()["paths"])
    assert {path for path in paths if f"`{path}`" not in page and f" {path}`" not in page} == set()


def test_every_member_of_a_body_that_is_posted_is_named_beside_its_route() -> None:
    from edi_gateway.api.openapi import describe
    from edi_gateway.web import create_app

    described, rows = describe(create_app()), DOCUMENTS["docs/http.md"].splitlines()
    checked = set()
    for path, verbs in described["paths"].items():
        body = verbs.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        model = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if model:
            (row,) = (row for row in rows if row.startswith(f"| `POST {path}` |"))
            missing = [
                name for name in described["components"]["schemas"][model]["properties"] if f"`{name}`" not in row
            ]
            assert missing == [], path
            checked.add(model)
    assert {"KeyIn", "PartnerIn", "RevocationIn"} <= checked


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    page = (ROOT / name).parent
    for target, _, anchor in (link.partition("#") for link in _links(DOCUMENTS[name])):
        file = (page / target).resolve() if target else ROOT / name
        assert file.exists(), f"{name}: {target}"
        assert not anchor or anchor in _anchors(file.read_text("utf-8")), f"{name}: {target}#{anchor}"


@pytest.mark.parametrize("name", PROSE)
def test_every_file_that_is_named_exists(name: str) -> None:
    named = [text for text in _inline_code(PROSE[name]) if _is_path(text)]
    missing = [path for path in named if not any(_matches(path))]
    assert missing == []


@pytest.mark.parametrize("name", PROSE)
def test_every_command_that_is_shown_exists_with_its_options(name: str) -> None:
    known = {" ".join(path[1:]): command for path, command in commands()}
    general = _options(main)
    for line in _command_lines(PROSE[name]):
        words = shlex.split(line, comments=True)
        verb = next((known[" ".join(words[:n])] for n in (3, 2, 1) if " ".join(words[:n]) in known), None)
        assert verb is not None or words[0] in ("--help", "--version") or _is_group(words), f"{name}: {line}"
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert options <= general | (_options(verb) if verb else set()), f"{name}: {line}"


def test_every_command_is_mentioned_outside_the_reference() -> None:
    shown = "\n".join(line for text in PROSE.values() for line in _command_lines(text))
    assert [path for path, _ in commands() if " ".join(path[1:]) not in shown] == []


def _rules_in_code() -> Iterator[str]:
    for name, text in texts(".py").items():
        if name.startswith("edi_gateway/"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _RULE.fullmatch(node.value):
                    yield node.value
    # Two rooms number their rules, and write the name in front in one place.
    yield from (f"GW-CONTRACT-{number}" for number in _calls("documents/contract_rules.py", str))
    yield from (f"GW-DOC-{number:03}" for number in _calls("documents/ubl/rules.py", int))
    yield from (f"GW-DOC-{number:03}" for number in _numbered_rows("documents/ubl/rules.py"))


def _calls(module: str, kind: type) -> Iterator[int]:
    """The first argument of each call of `_finding`, where it is written out."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_finding":
            first = node.args[0]
            if isinstance(first, ast.Constant) and type(first.value) is kind:
                yield first.value


def _numbered_rows(module: str) -> Iterator[int]:
    for node in ast.walk(ast.parse((PACKAGE / module).read_text("utf-8"))):
        if isinstance(node, ast.Tuple) and len(node.elts) > 3:
            first = node.elts[0]
            if isinstance(first, ast.Constant) and type(first.value) is int:
                yield first.value


def _links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _inline_code(text: str) -> list[str]:
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)


def _is_path(text: str) -> bool:
    first = text.partition("/")[0]
    return "/" in text and not set(" <{…") & set(text) and first in (*_OWN_FOLDERS, *_ROOMS)


def _matches(path: str) -> Iterator[bool]:
    path = path.rstrip("/").partition("::")[0]
    for root in (ROOT, PACKAGE):
        yield any(root.glob(path))


def _command_lines(text: str) -> list[str]:
    """What follows `edi-gateway` in code, in a block or inline; a line that goes on after a backslash is one."""
    text = text.replace("\\\n", " ")
    blocks = re.findall(r"^(?: {4,}|\$ )?(?:\.venv/bin/)?edi-gateway (\S.*)$", text, re.MULTILINE)
    return blocks + re.findall(r"`edi-gateway ([^`\n]+)`", text)


def _is_group(words: list[str]) -> bool:
    return len(words) == 1 and any(path[1] == words[0] for path, _ in commands())


def _options(command: click.Command) -> set[str]:
    context = context_of(command)
    return {name for param in command.get_params(context) for name in (*param.opts, *param.secondary_opts)}
