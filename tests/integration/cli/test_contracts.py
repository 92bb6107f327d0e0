"""`edi-gateway contract`: what there is, and where it stands."""

import pytest

from edi_gateway.gateway import build
from edi_gateway.settings import load
from tests.support.contracts import ID, sign
from tests.support.custody import erase
from tests.support.shell import Shell

ALWAYS = {"validFrom": "2020-01-01", "validUntil": "2990-12-31"}


@pytest.fixture
def signed(trading: Shell) -> Shell:
    """Where there is a contract that both signed, one of them with a record that was erased; and an offer."""
    gateway = build(load(data_dir=trading.folder / "data"))
    first, _ = sign(gateway, **ALWAYS)
    sign(gateway, "globex", contract_id="FC-2", **ALWAYS)
    erase(gateway, first.id)
    gateway.close()
    return trading


def test_contracts_are_listed(signed: Shell) -> None:
    told = signed.json("contract", "list")
    assert [(one["contractId"], one["state"]) for one in told] == [(ID, "in-force"), ("FC-2", "offered")]
    text = signed.ok("contract", "list", "--partner", "acme", "--state", "offered")
    assert text.splitlines()[1].split()[:3] == ["FC-2", "1", "offered"]
    assert "There are no such contracts." in signed.ok("contract", "list", "--partner", "nobody")


def test_a_contract_is_shown_with_its_signatures(signed: Shell) -> None:
    told = signed.json("contract", "show", ID)
    (version,) = told["contracts"][0]["versions"]
    assert [(one["party"], one["documentId"] is None) for one in version["signatures"]] == [
        ("acme", True),
        ("globex", False),
    ]
    text = signed.ok("contract", "show", ID, "--at", "2995-01-01T00:00:00Z")
    assert f"Version {ID}#1: expired" in text
    assert "document erased" in text
    assert "  not signed by acme" in signed.ok("contract", "show", "FC-2")


def test_a_contract_that_there_is_not_is_refused(signed: Shell) -> None:
    assert "There is no contract FC-3." in signed.refused("contract", "show", "FC-3")
