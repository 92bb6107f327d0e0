"""Threads and processes that record at once: one entry for each document, and the same receipt for each of them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from edi_gateway.gateway import Gateway
from edi_gateway.workflows.verify import verify_ledger
from tests.support.gateway import ORIGIN, reopened
from tests.support.programs import ROOT, python, running
from tests.support.recording import check, examined, record


def post_alike(gateway: Gateway) -> list[bytes]:
    """What every thread and every process posts: five documents, each thrice, in batches and alone."""
    receipts = []
    for turn in range(3):
        receipts += [one.receipt for one in record(gateway, *(examined(f"PO-{n}") for n in range(turn, 5)))]
        receipts += [record(gateway, examined(f"PO-{n}"))[0].receipt for n in range(turn)]
    return receipts


def assert_one_entry_each(gateway: Gateway, receipts: list[bytes], refused: int = 0) -> None:
    assert len(set(receipts)) == 5
    assert {check(gateway, receipt).origin for receipt in receipts} == {ORIGIN}
    audit = verify_ledger(gateway.ledger, ORIGIN, full=True)
    assert audit.head.size == 4 + 5 + refused
    assert [gateway.ledger.entry(index).index for index in range(audit.head.size)] == list(range(audit.head.size))


def test_threads_with_a_gateway_each_make_one_entry_of_one_document(gateway: Gateway):
    def work(_: int) -> list[bytes]:
        own = reopened(gateway)
        try:
            record(own, examined("REFUSED", code="document-invalid"))
            return post_alike(own)
        finally:
            own.close()

    with ThreadPoolExecutor(6) as threads:
        receipts = [receipt for some in threads.map(work, range(6)) for receipt in some]
    assert_one_entry_each(gateway, receipts, refused=6)


def test_threads_that_share_a_gateway_make_one_entry_of_one_document(gateway: Gateway):
    with ThreadPoolExecutor(6) as threads:
        receipts = [receipt for some in threads.map(lambda _: post_alike(gateway), range(6)) for receipt in some]
    assert_one_entry_each(gateway, receipts)


PROCESS = """
import sys
from pathlib import Path
from edi_gateway.gateway import build
from edi_gateway.settings import load
from tests.integration.test_recording_together import post_alike
from tests.support.gateway import Ticking
gateway = build(load(data_dir=Path(sys.argv[1]), database_url=sys.argv[2]), Ticking())
sys.stdout.buffer.write(b"\\n".join(post_alike(gateway)))
gateway.close()
"""


def test_processes_make_one_entry_of_one_document(gateway: Gateway):
    command = python(PROCESS, gateway.settings.data_dir, str(gateway.settings.database_url))
    with ExitStack() as stack:
        started = [stack.enter_context(running(command, ROOT)) for _ in range(3)]
        outputs = [process.rest() for process in started]
        assert [process.ended() for process in started] == [0, 0, 0]
    assert_one_entry_each(gateway, [receipt.encode() for output in outputs for receipt in output.splitlines()])
