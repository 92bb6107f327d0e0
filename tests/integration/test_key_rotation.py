"""The ledger exchanges its key: both sign for a while, and no document and no receipt is lost."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest

from edi_gateway.errors import Fault, Misuse, Taken
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.sequencer import Unavailable
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.rotate import add_key, keys_text, retire_key
from edi_gateway.workflows.verify import verify_ledger
from tests.support import rotation
from tests.support.gateway import ORIGIN, reopened
from tests.support.programs import PATIENCE, ROOT, python, running
from tests.support.rotation import record, signed_by


@pytest.fixture
def other(gateway: Gateway) -> Iterator[Gateway]:
    """Another process on the same ledger, opened before anything happens to the keys."""
    other = reopened(gateway)
    yield other
    other.close()


def entry(gateway: Gateway, index: int) -> dict:
    return json.loads(gateway.ledger.entry(index).statement)


def test_while_two_keys_sign_each_of_them_proves_the_receipt(gateway: Gateway):
    old = rotation.first(gateway)
    new = rotation.add(gateway)
    receipt = record(gateway, "PO-1")
    assert signed_by(receipt) == [old.id, new.id]
    for key in (old, new):
        assert check_receipt(receipt, key.key.verifier.vkey).trusted
    assert json.loads(receipt)["vkey"] == gateway.notary.verifier.vkey == new.key.verifier.vkey


def test_the_entry_that_adds_a_key_names_it_with_its_first_size_and_both_sign_for_it(gateway: Gateway):
    old = rotation.first(gateway)
    new = rotation.add(gateway)
    said = entry(gateway, 4)
    assert said["type"] == "ledger.key-added"
    assert said["chain"] == {"party": "@ledger", "sequence": 1}
    assert said["added"] == {"vkey": new.key.verifier.vkey, "from": 5}
    assert said["signing"] == [{"vkey": old.key.verifier.vkey, "from": 0}]
    assert signed_by(gateway.recorder.receipt_again(4)) == [old.id, new.id]


def test_the_entry_that_retires_a_key_names_its_last_size_and_is_the_last_that_it_signs(gateway: Gateway):
    old, new = rotation.first(gateway), rotation.add(gateway)
    retired = rotation.retire(gateway, old)
    said = entry(gateway, 5)
    assert said["type"] == "ledger.key-rotated"
    assert said["retired"] == {"vkey": old.key.verifier.vkey, "from": 0, "until": 6}
    assert said["signing"] == [{"vkey": new.key.verifier.vkey, "from": 5}]
    assert retired.key.until == 6
    assert signed_by(gateway.recorder.receipt_again(5)) == [old.id, new.id]
    assert signed_by(record(gateway, "PO-1")) == [new.id]


def test_another_process_notices_with_its_next_commit(gateway: Gateway, other: Gateway):
    old, new = rotation.first(gateway), rotation.add(gateway)
    assert signed_by(record(other, "PO-1")) == [old.id, new.id]
    rotation.retire(gateway, old)
    assert signed_by(record(other, "PO-2")) == [new.id]


def test_another_process_notices_when_it_is_asked_for_a_checkpoint_or_an_old_receipt(gateway: Gateway, other: Gateway):
    rotation.add(gateway)
    receipt = record(gateway, "PO-1")
    assert other.recorder.receipt_again(5) == receipt
    assert sign_head(other.notary, other.ledger.head()) == sign_head(gateway.notary, gateway.ledger.head())


def test_a_third_key_has_to_wait_until_one_is_retired(gateway: Gateway):
    rotation.add(gateway)
    with pytest.raises(Misuse, match="2 keys sign already"):
        rotation.add(gateway)


def test_the_only_key_that_signs_is_not_retired(gateway: Gateway):
    with pytest.raises(Misuse, match="is the only key that signs"):
        rotation.retire(gateway, rotation.first(gateway))


def test_a_key_that_was_there_does_not_come_again(gateway: Gateway):
    old = rotation.first(gateway)
    rotation.add(gateway)
    rotation.retire(gateway, old)
    with pytest.raises(Taken):
        add_key(old.key.verifier, old.source, gateway.key_office())


def test_the_newer_of_two_keys_can_be_withdrawn(gateway: Gateway):
    old, new = rotation.first(gateway), rotation.add(gateway)
    rotation.retire(gateway, new)
    assert signed_by(record(gateway, "PO-1")) == [old.id]
    assert gateway.notary.verifier == old.key.verifier


def test_of_two_changes_that_were_decided_on_the_same_keys_one_is_refused(gateway: Gateway, other: Gateway):
    old, _ = rotation.first(gateway), rotation.add(gateway)
    late = retire_key(rotation.again(other, old), other.key_office())
    rotation.retire(gateway, old)
    with pytest.raises(Fault, match="Somebody else changed the ledger's keys"):
        other.record(late)
    assert gateway.ledger.head().size == 6


def test_nothing_is_committed_where_a_key_in_force_cannot_be_had(gateway: Gateway, other: Gateway):
    new = rotation.add(gateway)
    file = gateway.settings.keys_dir / new.source.removeprefix("file:")
    elsewhere = file.rename(file.with_suffix(".away"))
    size = gateway.ledger.head().size
    with pytest.raises(Unavailable, match="keys in force can't be had"):
        record(other, "PO-1")
    assert gateway.ledger.head().size == size
    elsewhere.rename(file)
    assert len(signed_by(record(other, "PO-1"))) == 2


PROCESS = """
import sys
from pathlib import Path
from edi_gateway.gateway import build
from edi_gateway.settings import load
from tests.support.gateway import Ticking
from tests.support.recording import examined, one
gateway = build(load(data_dir=Path(sys.argv[1]), database_url=sys.argv[2]), Ticking())
number = 0
while not Path(sys.argv[1], "stop").exists():
    number += 1
    receipt = one(gateway.recorder, examined(f"{sys.argv[3]}-{number}")).receipt
    sys.stdout.buffer.write(receipt + b"\\n")
gateway.close()
"""


def test_a_rotation_under_load_loses_no_document_and_no_receipt(gateway: Gateway):
    """Two processes post all the while, and are never told: what they gave out holds, and is repeated as it was."""
    data, names = gateway.settings.data_dir, ("one", "two")
    old = rotation.first(gateway)

    def grown(by: int) -> None:
        goal, until = gateway.ledger.head().size + by, monotonic() + PATIENCE
        while gateway.ledger.head().size < goal:
            assert [process.returncode for process in started] == [None, None]
            assert monotonic() < until, "nothing is posted any more"

    with ExitStack() as stack:
        command = python(PROCESS, data, str(gateway.settings.database_url))
        started = [stack.enter_context(running([*command, name], ROOT)) for name in names]
        grown(20)
        new = rotation.add(gateway)
        grown(20)
        rotation.keep(gateway, rotation.retire(gateway, old))
        rotation.destroy(gateway, old)
        grown(20)
        (data / "stop").touch()
        given = {
            f"{name}-{number}": line.rstrip("\n").encode()
            for name, process in zip(names, started, strict=True)
            for number, line in enumerate(process.lines(), start=1)
        }
        assert [process.ended() for process in started] == [0, 0]

    trusted = keys_text(gateway.notary.keys)
    fresh = reopened(gateway)
    assert verify_ledger(fresh.ledger, ORIGIN, full=True).documents == len(given)
    seen = set()
    for number, receipt in given.items():
        assert check_receipt(receipt, trusted).trusted
        assert record(fresh, number) == receipt
        seen.add(tuple(signed_by(receipt)))
    assert seen == {(old.id,), (old.id, new.id), (new.id,)}
    fresh.close()
