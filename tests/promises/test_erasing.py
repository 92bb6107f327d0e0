"""Whatever is erased, in whatever order and between whatever else: every proof of everything else holds (P7)."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger import stored
from edi_gateway.ledger.proof import verify_consistency, verify_inclusion
from edi_gateway.ledger.tree import Head
from edi_gateway.model.record import Recorded
from edi_gateway.settings import load
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.verify import verify_ledger
from tests.support.custody import erase
from tests.support.gateway import ORIGIN, Ticking, make_gateway
from tests.support.promises import Keep
from tests.support.recording import examined

# One step: so many documents are recorded in one commit, and then one of those that are left is erased, or none.
DOCUMENT = st.tuples(st.sampled_from(["acme", "globex"]), st.sampled_from([None, "document-invalid"]))
STEPS = st.lists(st.tuples(st.lists(DOCUMENT, max_size=6), st.none() | st.integers(0, 100)), min_size=1, max_size=12)

Step = tuple[list[tuple[str, str | None]], int | None]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a gateway without entries, for each example to copy."""
    path = tmp_path_factory.mktemp("empty") / "home"
    make_gateway(path / "data").close()
    return path


def test_erasure_leaves_all_proofs_valid(empty: Path, soak: bool, kept: Keep) -> None:
    proofs = 0

    @settings(max_examples=500 if soak else 25, deadline=None)
    @given(steps=STEPS)
    def tried(steps: list[Step]) -> None:
        nonlocal proofs
        with TemporaryDirectory() as folder:
            home = shutil.copytree(empty, Path(folder) / "home")
            gateway = build(load(data_dir=home / "data"), Ticking())
            try:
                proofs += _try(gateway, steps)
            finally:
                gateway.close()

    tried()
    kept("P7", proofs)


def _try(gateway: Gateway, steps: list[Step]) -> int:
    there: dict[str, bytes] = {}
    erased: list[bytes] = []
    heads: list[Head] = []
    for number, (documents, chosen) in enumerate(steps):
        there |= _recorded(gateway, number, documents)
        if chosen is not None and there:
            id = sorted(there)[chosen % len(there)]
            erased += [there.pop(id), erase(gateway, id).receipt]
        heads.append(gateway.ledger.head())
    return _check(gateway, there, erased, heads) if erased else 0


def _recorded(gateway: Gateway, number: int, documents: list[tuple[str, str | None]]) -> dict[str, bytes]:
    batch = [examined(f"PO-{number}-{n}", sender=sender, code=code) for n, (sender, code) in enumerate(documents)]
    recorded = [one for one in gateway.recorder.record(batch) if isinstance(one, Recorded)] if batch else []
    return {one.id: one.receipt for one in recorded}


def _check(gateway: Gateway, there: dict[str, bytes], erased: list[bytes], heads: list[Head]) -> int:
    """How many proofs hold: receipts, inclusion of each entry, consistency with each head that there was."""
    head = gateway.ledger.head()
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).head == head
    for receipt in there.values():
        assert gateway.recorder.receipt_again(json.loads(receipt)["index"]) == receipt
    # The receipts that partners have are good for ever, those of erased documents too: they hold statement and salt.
    for receipt in (*there.values(), *erased):
        check_receipt(receipt, gateway.notary.vkey)
    for index, leaf in enumerate(gateway.ledger.leaves(0, head.size)):
        verify_inclusion(leaf, index, head.size, stored.inclusion_proof(gateway.ledger, index, head.size), head.root)
    grown = [old for old in heads if old.size]
    for old in grown:
        path = stored.consistency_proof(gateway.ledger, old.size, head.size)
        verify_consistency(old.size, head.size, old.root, head.root, path)
    return len(there) + len(erased) + head.size + len(grown)
