"""The program in docs/checking.md, run as it stands there; and the example of the README, examined."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from edi_gateway.gateway import Gateway
from edi_gateway.workflows import audit
from tests.house.repository import ROOT
from tests.support import programs
from tests.support.gateway import enrol_both, make_gateway, order, transmission

PROGRAMS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "checking.md").read_text("utf-8"), re.DOTALL)
PROGRAM = PROGRAMS[0]
COSE_PROGRAM = next(program for program in PROGRAMS if "scitt_cose" in program)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = make_gateway(tmp_path_factory.mktemp("gateway"))
    enrol_both(gateway)
    yield gateway
    gateway.close()


def _check(receipt: bytes, vkey: str, folder: Path) -> CompletedProcess[str]:
    file = folder / "receipt.json"
    file.write_bytes(receipt)
    command = [sys.executable, "-c", PROGRAM, str(file), vkey]
    return programs.run(command, text=True)


def test_the_program_proves_every_receipt_of_a_commit(gateway: Gateway, tmp_path: Path) -> None:
    batch = [gateway.examine(transmission(order(f"PO-{number}"), "globex")) for number in range(5)]
    for recorded in gateway.recorder.record(batch):
        checked = _check(recorded.receipt, gateway.notary.verifier.vkey, tmp_path)
        assert "proved: document.accepted" in checked.stdout, checked.stderr


def test_the_program_finds_a_statement_that_was_changed(gateway: Gateway, tmp_path: Path) -> None:
    receipt = json.loads(gateway.record(gateway.examine(transmission(order("PO-9"), "globex"))).receipt)
    receipt["statement"]["document"]["number"] = "PO-8"
    assert _check(json.dumps(receipt).encode(), gateway.notary.verifier.vkey, tmp_path).returncode == 1


def test_the_program_finds_a_ledger_that_somebody_else_signed(gateway: Gateway, tmp_path: Path) -> None:
    receipt = gateway.record(gateway.examine(transmission(order("PO-10"), "globex"))).receipt
    other = make_gateway(tmp_path / "other")
    vkey = other.notary.verifier.vkey
    other.close()
    assert _check(receipt, vkey, tmp_path).returncode == 1


def test_the_program_for_a_cose_receipt_proves_it_and_finds_another_statement(gateway: Gateway, tmp_path: Path) -> None:
    cose = tmp_path / "cose.receipt"
    first, second = (gateway.record(gateway.examine(transmission(order(f"PO-{n}"), "globex"))) for n in (11, 12))
    cose.write_bytes(audit.cose_receipt(gateway.archive, gateway.recorder, first.id) or b"")
    for recorded, code in ((first, 0), (second, 1)):
        (tmp_path / "receipt.json").write_bytes(recorded.receipt)
        words = [tmp_path / "receipt.json", cose, gateway.notary.verifier.vkey]
        command = [sys.executable, "-c", COSE_PROGRAM, *map(str, words)]
        assert programs.run(command).returncode == code


def test_the_example_order_is_accepted(gateway: Gateway) -> None:
    example = (ROOT / "docs" / "examples" / "order.xml").read_bytes()
    assert gateway.examine(transmission(example, "globex")).verdict == "accepted"
