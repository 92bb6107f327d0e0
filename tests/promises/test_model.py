"""The ledger beside a model of it, whatever is done to both: posts, repetitions, conflicts, refusals, faults."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from edi_gateway.errors import Fault
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.stored import head_at
from edi_gateway.ledger.tree import mth
from edi_gateway.model.record import Recorded
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.verify import verify_ledger
from tests.support.failing import failing
from tests.support.gateway import ORIGIN, enrol_both, make_gateway
from tests.support.promises import Keep
from tests.support.recording import examined

SENDERS = ("acme", "globex")


class LedgerMachine(RuleBasedStateMachine):
    """The model is what has been answered: receipts by sender and number, and the leaves in their order."""

    documents = Bundle("documents")
    counts: dict[str, int]

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="edi-gateway-model-"))
        self.gateway = make_gateway(self.folder / "data")
        enrol_both(self.gateway)
        self.answered: dict[tuple[str, str], bytes] = {}
        self.checkpoints: list[Checkpoint] = []
        self.number = 0
        self.failing = False

    def teardown(self) -> None:
        if hasattr(self, "gateway"):
            verify_ledger(self.gateway.ledger, ORIGIN, full=True)
            self.gateway.close()
            shutil.rmtree(self.folder)

    @rule(target=documents, count=st.integers(1, 5), sender=st.sampled_from(SENDERS))
    def post(self, count: int, sender: str) -> object:
        names = [(sender, f"PO-{self.number + n}") for n in range(count)]
        self.number += count
        self._record(names)
        return multiple(*names)

    @rule(names=st.lists(documents, min_size=1, max_size=4))
    def post_again(self, names: list[tuple[str, str]]) -> None:
        self._record(names)

    @rule(name=documents)
    def post_other_content_under_the_same_number(self, name: tuple[str, str]) -> None:
        sender, number = name
        if name in self.answered:
            (recorded,) = self.gateway.recorder.record([examined(number, b"something else", sender=sender)])
            assert isinstance(recorded, Recorded)
            assert b'"type":"document.conflict"' in recorded.receipt
            self._checked(recorded)

    @rule(sender=st.sampled_from(SENDERS), count=st.integers(1, 300))
    def refuse(self, sender: str, count: int) -> None:
        refused = [examined(None, sender=sender, code="document-invalid") for _ in range(count)]
        for recorded in self.gateway.recorder.record(refused):
            self._checked(recorded)

    @rule(names=st.lists(documents, max_size=3), at=st.integers(0, 14), moment=st.sampled_from(("before", "after")))
    def fail(self, names: list[tuple[str, str]], at: int, moment: Literal["before", "after"]) -> None:
        fresh = ("acme", f"PO-{self.number}")
        self.number += 1
        self.failing = True
        with failing(self.gateway.engine, at, moment), suppress(Fault):
            self._record([*names, fresh])
        self.failing = False
        self.gateway.recorder.reload()
        self._record([fresh])

    def _record(self, names: Sequence[tuple[str, str]]) -> None:
        batch = [examined(number, sender=sender) for sender, number in names]
        for name, recorded in zip(names, self.gateway.recorder.record(batch), strict=True):
            if isinstance(recorded, Fault):
                # The database failed while the receipt of an earlier one was made again: nobody was answered.
                assert self.failing
                continue
            self._checked(recorded)
            assert self.answered.setdefault(name, recorded.receipt) == recorded.receipt
            self.counts["P4"] += 1

    def _checked(self, recorded: object) -> None:
        assert isinstance(recorded, Recorded)
        check = check_receipt(recorded.receipt, self.gateway.notary.verifier.vkey)
        self.checkpoints.append(check.checkpoint)
        self.counts["P1"] += 1

    @invariant()
    def all_that_was_signed_is_of_one_tree(self) -> None:
        if not hasattr(self, "gateway"):
            return
        head = self.gateway.ledger.head()
        leaves = self.gateway.ledger.leaves(0, head.size)
        assert (len(leaves), mth(leaves)) == (head.size, head.root)
        self.counts["P2"] += 1
        # All receipts of a commit have the same one.
        for checkpoint, signed in Counter(self.checkpoints).items():
            assert (
                head_at(self.gateway.ledger, checkpoint.size).root == checkpoint.root == mth(leaves[: checkpoint.size])
            )
            self.counts["P3"] += signed
        self.checkpoints = self.checkpoints[-1:]


def test_the_ledger_agrees_with_a_model_of_it_whatever_happens(soak: bool, kept: Keep) -> None:
    LedgerMachine.counts = dict.fromkeys(("P1", "P2", "P3", "P4"), 0)
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=300 if soak else 8,
            stateful_step_count=30 if soak else 15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    for promise, count in LedgerMachine.counts.items():
        kept(promise, count)
