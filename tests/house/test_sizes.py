"""Files and functions stay small enough to be read at one go. An exception is named here, with its reason."""

import ast
from collections.abc import Iterator

from tests.house.repository import texts

MAX_FILE = 300
MAX_FUNCTION = 40
"""Lines, without the docstring."""

LONG_FILES = {
    "edi_gateway/demo/documents.py": "five makers of documents that share their parts; nothing to follow across them",
    "tests/support/cii.py": "the parts of an invoice in another syntax, each by itself; nothing to follow across them",
    "tests/support/invoices.py": "the parts of an invoice, each drawn by itself",
    "tests/support/mutations.py": "one change after the other; nothing to follow across them",
}
_STORY = "one story, from its beginning to its end"

LONG_FUNCTIONS = {
    "migrations/versions/0001_first_tables.py::_ledger": "tables, column by column; a migration is never touched again",
    "tests/integration/cli/test_witnessed_receipts.py::test_a_stranger_learns_from_a_receipt_who_witnessed_it": _STORY,
    "tests/integration/test_continuing.py::test_an_interruption_at_any_step_is_made_good_by_the_same_command": _STORY,
    "tests/support/tsa.py::raw_token": "a token, member by member",
}

SOURCES = {
    name: text
    for name, text in texts(".py").items()
    if name.startswith(("edi_gateway/", "migrations/", "benchmarks/", "tools/", "tests/"))
}


def test_files_are_short_but_for_the_exceptions() -> None:
    long = {name for name, text in SOURCES.items() if len(text.splitlines()) > MAX_FILE}
    assert long == set(LONG_FILES)


def test_functions_are_short_but_for_the_exceptions() -> None:
    long = {function for name in SOURCES for function, lines in _functions(name) if lines > MAX_FUNCTION}
    assert long == set(LONG_FUNCTIONS)


def _functions(name: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(SOURCES[name])):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name}::{node.name}", (node.end_lineno or 0) - node.lineno + 1 - _docstring(node)


def _docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    return (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function, clean=False) is not None else 0
