"""The ledger exchanges its key: both sign for a while, and whatever was given out stays good, byte for byte."""

import base64
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest
from sqlalchemy import text

from edi_gateway.errors import Fault, Misuse, Taken, Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.keys import LedgerKey, open_by, parse_keys
from edi_gateway.ledger.sequencer import Unavailable
from edi_gateway.settings import Settings, load
from edi_gateway.workflows import rotate
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.rotate import add_key, check_signatures, keys_text, retire_key
from edi_gateway.workflows.verify import Verification, verify_ledger
from edi_gateway.workflows.verify_state import from_state, to_state
from tests.support import rotation
from tests.support.gateway import Ticking
from tests.support.programs import PATIENCE, ROOT, running
from tests.support.recording import append_bulk, examined, one

ORIGIN = "localhost/ledger"


def reopened(gateway: Gateway) -> Gateway:
    """Another gateway on the same database, as another process has it."""
    settings: Settings = load(data_dir=gateway.settings.data_dir, database_url=gateway.settings.database_url)
    return build(settings, Ticking())


@pytest.fixture
def other(gateway: Gateway) -> Iterator[Gateway]:
    """Another process on the same ledger, opened before anything happens to the keys."""
    other = reopened(gateway)
    yield other
    other.close()


def record(gateway: Gateway, number: str) -> bytes:
    return one(gateway.recorder, examined(number)).receipt


def signed_by(receipt: bytes) -> list[str]:
    """The ids of the keys that signed, in the order of their lines."""
    lines = [line for line in json.loads(receipt)["proof"].splitlines() if line.startswith("— ")]
    return [base64.b64decode(line.rpartition(" ")[2])[:4].hex() for line in lines]


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


def kept_sizes(gateway: Gateway) -> list[int]:
    with gateway.engine.connect() as connection:
        return list(connection.scalars(text("SELECT size FROM head_signatures ORDER BY size")))


@pytest.fixture
def receipts(gateway: Gateway) -> dict[str, bytes]:
    """What was given out before, while and after two keys sign; the first key is retired."""
    given = {"before": record(gateway, "before")}
    rotation.add(gateway)
    given["while"] = record(gateway, "while")
    rotation.retire(gateway, rotation.first(gateway))
    return given | {"after": record(gateway, "after")}


def test_receipts_are_repeated_byte_for_byte_whatever_has_become_of_the_keys(gateway: Gateway, receipts):
    def repeated(by: Gateway) -> dict[str, bytes]:
        return {number: record(by, number) for number in receipts}

    assert repeated(gateway) == receipts
    kept = rotation.keep(gateway, rotation.first(gateway))
    assert kept.kept
    assert repeated(gateway) == receipts
    rotation.destroy(gateway, kept)
    fresh = reopened(gateway)
    assert fresh.notary.signer_of(kept) is None
    assert repeated(fresh) == receipts
    fresh.close()


def test_a_receipt_holds_under_the_key_of_its_size_and_no_other(gateway: Gateway, receipts):
    old, new = (one.key.verifier.vkey for one in gateway.notary.history.keys)
    assert check_receipt(receipts["before"], old).trusted
    with pytest.raises(Unproven, match="no signature of a known key"):
        check_receipt(receipts["before"], new)
    with pytest.raises(Unproven, match="no signature of a known key"):
        check_receipt(receipts["after"], old)
    trusted = keys_text(gateway.notary.keys)
    for receipt in receipts.values():
        assert check_receipt(receipt, trusted).trusted


def test_a_checkpoint_that_the_retired_key_signs_for_a_later_tree_does_not_hold(gateway: Gateway, receipts):
    old = rotation.first(gateway)
    signer = gateway.notary.signer_of(old)
    (_, new), head = gateway.notary.history.keys, gateway.ledger.head()
    said = checkpoint.marshal(checkpoint.Checkpoint(ORIGIN, head.size, head.root))
    forged = note.compose(said, [note.Signature(old.key.verifier, signer.sign(said.encode()))])
    with pytest.raises(Unproven, match=f"key not valid then: .* signs from size 0 to {old.key.until}"):
        open_by(forged, parse_keys(keys_text(gateway.notary.keys)))
    assert open_by(forged, [LedgerKey(old.key.verifier), new.key]).size == head.size


def test_the_whole_ledger_still_holds(gateway: Gateway, receipts):
    rotation.keep(gateway, rotation.first(gateway))
    assert verify_ledger(gateway.ledger, ORIGIN, full=True).head.size == 9


def test_keeping_goes_on_where_it_was_interrupted(gateway: Gateway, receipts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rotate, "PAGE", 2)
    old, kind = rotation.first(gateway), type(gateway.notary.kept)
    with monkeypatch.context() as patched:
        keep, pages = kind.keep, iter(range(2))

        def full_disk(self, key, signatures):
            if next(pages, None) is None:
                raise Fault("The disk is full.")
            keep(self, key, signatures)

        patched.setattr(kind, "keep", full_disk)
        with pytest.raises(Fault, match="disk is full"):
            rotation.keep(gateway, old)
    assert not rotation.again(gateway, old).kept
    assert gateway.notary.kept.newest_kept(old.id) == 2
    rotation.keep(gateway, old)
    assert kept_sizes(gateway) == [0, 1, 2, 3, 4, 5, 6, 7, 8]


def test_commits_larger_than_a_page_are_kept_once(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rotate, "PAGE", 3)
    append_bulk(gateway.ledger, 20)
    append_bulk(gateway.ledger, 2)
    receipt = record(gateway, "PO-1")
    old = rotation.first(gateway)
    rotation.add(gateway)
    rotation.keep(gateway, rotation.retire(gateway, old))
    assert kept_sizes(gateway) == [0, 1, 2, 3, 4, 24, 26, 27, 28, 29]
    assert record(gateway, "PO-1") == receipt


def test_what_was_not_kept_of_a_key_that_is_gone_is_a_fault(gateway: Gateway, receipts):
    old = rotation.first(gateway)
    gateway.notary.kept.all_kept(old.id)
    gateway.notary.refresh()
    with pytest.raises(Fault, match="is gone, and its signature of the tree of 5 was not kept"):
        gateway.recorder.receipt_again(4)


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
        command = [sys.executable, "-c", PROCESS, str(data), gateway.settings.database_url]
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


def damaged(gateway: Gateway, statement: str) -> None:
    with gateway.engine.begin() as connection:
        if gateway.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER head_signatures_no_{verb}"))
        connection.execute(text(statement))


def test_every_kept_signature_is_checked_and_counted(gateway: Gateway, receipts):
    old = rotation.keep(gateway, rotation.first(gateway))
    assert check_signatures(old, gateway.ledger, gateway.notary.kept) == len(kept_sizes(gateway)) == 9


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE head_signatures SET signature = (SELECT signature FROM head_signatures WHERE size = 2) WHERE size = 3",
         "for the tree of 3: .* does not verify"),
        ("DELETE FROM head_signatures WHERE size = 4", "of the trees from 1 to 8 not all signatures"),
    ],
    ids=["another signature", "a missing one"],
)  # fmt: skip
def test_what_is_kept_and_does_not_hold_is_found(gateway: Gateway, receipts, statement: str, said: str):
    old = rotation.keep(gateway, rotation.first(gateway))
    damaged(gateway, statement)
    with pytest.raises(Unproven, match=said):
        check_signatures(old, gateway.ledger, gateway.notary.kept)


@pytest.mark.parametrize("change", ["from_size = from_size + 1", "until_size = 5", "until_size = NULL"])
def test_sizes_of_keys_that_are_not_as_the_ledger_tells_are_found(gateway: Gateway, receipts, change: str):
    damaged(gateway, f"UPDATE ledger_keys SET {change}")
    with pytest.raises(Unproven, match="the ledger's own keys, or the sizes that they sign, are not as the ledger"):
        verify_ledger(gateway.ledger, ORIGIN, full=True)


def test_an_audit_that_was_interrupted_still_knows_the_keys(gateway: Gateway, receipts):
    begun = Verification(ORIGIN, full=True)
    with gateway.ledger.inspecting() as inspection:
        assert begun.take(inspection, 7)
    begun = from_state(to_state(begun), ORIGIN, True, gateway.ledger)
    assert verify_ledger(gateway.ledger, ORIGIN, full=True, begun=begun).head.size == 9
