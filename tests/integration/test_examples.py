"""The examples that a newcomer starts from: each is accepted as it stands, signed by whoever is to sign it."""

from pathlib import Path

import pytest

from tests.house.repository import ROOT, texts
from tests.support.client import Client, serving
from tests.support.shell import Shell

FOLDER = ROOT / "docs" / "examples"
SIGNERS = {
    "contract.json": ("acme", "contract", []),
    "credit-note.xml": ("acme", "credit-note", []),
    "invoice-en16931.xml": ("acme", "invoice", ["en16931"]),
    "invoice.xml": ("acme", "invoice", []),
    "order-response.xml": ("acme", "order-response", []),
    "order-x.xml": ("globex", "order", []),
    "order.xml": ("globex", "order", []),
}
"""Who signs each of them; its type; the rule sets that it claims."""
SMALL = 4000
"""Bytes: an example is read, and has no more than is needed."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("examples") / "data") as client:
        yield client


def test_each_example_is_tried() -> None:
    # What isn't a document is an example of partners, and tried with them.
    assert {file.name for file in FOLDER.iterdir() if file.suffix != ".toml"} == set(SIGNERS)


@pytest.mark.parametrize("name", SIGNERS)
def test_an_example_is_accepted_by_check(tmp_path: Path, name: str) -> None:
    told = Shell(tmp_path).json("check", FOLDER / name)
    _, type, rulesets = SIGNERS[name]
    assert (told["verdict"], told["findings"]) == ("accepted", [])
    assert type in told["format"]
    asked = {each["name"] for each in told["ruleset"]}
    assert ({"en16931"} & asked) == set(rulesets)


@pytest.mark.parametrize("name", SIGNERS)
def test_an_example_is_accepted_signed(client: Client, name: str) -> None:
    owner, type, _ = SIGNERS[name]
    answer = client.post_signed((FOLDER / name).read_bytes(), owner, "jws" if name.endswith("json") else "xmldsig")
    assert answer.status_code == 201, answer.text
    statement = answer.json()["statement"]
    assert (statement["sender"], statement["document"]["type"]) == (owner, type)


@pytest.mark.parametrize("name", SIGNERS)
def test_an_example_is_short_and_named_where_newcomers_look(name: str) -> None:
    assert (FOLDER / name).stat().st_size < SMALL
    assert f"docs/examples/{name}" in texts("README.md")["README.md"]
