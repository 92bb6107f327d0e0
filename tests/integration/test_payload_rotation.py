"""One payload key takes over from another: data keys are wrapped anew, and documents stay as they are."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from edi_gateway.errors import Misuse, Taken, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.storage import wrapping_keys
from edi_gateway.storage.signers import key_access
from edi_gateway.workflows import rewrap
from edi_gateway.workflows.payload_ports import PayloadKeyUnavailable
from edi_gateway.workflows.verify import verify_ledger
from tests.support import sealing
from tests.support.custody import erase
from tests.support.gateway import ORIGIN
from tests.support.recording import examined


@pytest.fixture
def sealed(gateway: Gateway) -> Iterator[Gateway]:
    """A gateway that encrypts, with some documents, on each database in turn."""
    opened = sealing.encrypting(gateway)
    opened.recorder.record([examined(f"PO-{n}") for n in range(12)])
    yield opened
    opened.close()


def audited(gateway: Gateway) -> int:
    return verify_ledger(gateway.ledger, ORIGIN, full=True).documents


def wrapped_by(gateway: Gateway) -> set[str]:
    return {key for _, key, _ in sealing.rows(gateway, "data_keys")}


def test_afterwards_the_new_key_wraps_everything_and_no_document_was_written_anew(sealed: Gateway):
    old, stored, wrapped = (
        sealed.vault.keys.in_force(),
        *(sealing.rows(sealed, t) for t in ("sealed_payloads", "data_keys")),
    )
    new = sealing.put_in_force(sealed)
    assert sealing.finish_rotation(sealed) == 12
    assert wrapped_by(sealed) == {new}
    assert sealing.rows(sealed, "sealed_payloads") == stored
    assert not {row[2] for row in wrapped} & {row[2] for row in sealing.rows(sealed, "data_keys")}
    assert [(one.id, one.retired_at is None) for one in sealed.vault.keys.known()] == [(old, False), (new, True)]


def test_the_old_key_is_needed_no_more(sealed: Gateway):
    old = sealed.vault.keys.in_force()
    sealing.put_in_force(sealed)
    sealing.finish_rotation(sealed)
    wrapping_keys.destroy(f"file:payload-{old}.key", key_access(sealed.settings))
    opened = sealing.encrypting(sealed)
    opened.vault.ready()
    opened.recorder.record([examined("PO-NEXT")])
    assert audited(opened) == 13
    opened.close()


def test_while_it_lasts_both_are_read_and_what_comes_is_under_the_new_one(
    sealed: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rewrap, "PAGE", 5)
    old, new = sealed.vault.keys.in_force(), sealing.put_in_force(sealed)

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rewrap.rewrap(old, sealed.vault.keys, sealed.vault, sealed.clock(), interrupted)
    assert sealed.vault.keys.counts().sealed == {old: 7, new: 5}
    sealed.recorder.record([examined("PO-NEXT")])
    assert sealed.vault.keys.counts().sealed == {old: 7, new: 6}
    assert audited(sealed) == 13
    assert sealing.finish_rotation(sealed) == 7
    assert (wrapped_by(sealed), audited(sealed)) == ({new}, 13)


def test_another_worker_stores_under_the_new_key_from_the_next_commit_on(sealed: Gateway):
    other = sealing.encrypting(sealed, lambda: sealed.clock())
    batch = other.vault.protect([examined("PO-UNDER-WAY")])
    new = sealing.put_in_force(sealed)
    # Its data key was wrapped by the old one, before the lock was taken.
    assert batch[0].data_key.payload_key != new
    object.__setattr__(other.recorder, "protect", lambda _: batch)
    (recorded,) = other.recorder.record(batch)
    assert (recorded.id, new) in {row[:2] for row in sealing.rows(sealed, "data_keys")}
    assert sealed.archive.payload(recorded.id)
    other.close()


def test_a_worker_that_can_not_open_the_new_key_records_nothing_until_it_can(sealed: Gateway):
    other = sealing.encrypting(sealed, lambda: sealed.clock())
    other.recorder.record([examined("PO-BEFORE")])
    new = sealing.put_in_force(sealed)
    file = sealing.key_file(sealed, new)
    away = file.rename(file.with_suffix(".away"))
    size = sealed.ledger.head().size
    with pytest.raises(PayloadKeyUnavailable, match=new):
        other.recorder.record([examined("PO-AFTER")])
    assert sealed.ledger.head().size == size
    away.rename(file)
    other.vault._failed.clear()  # a second later
    other.recorder.record([examined("PO-AFTER")])
    assert audited(sealed) == 14
    other.close()


def test_a_document_that_is_erased_meanwhile_stays_erased(sealed: Gateway):
    old, new = sealed.vault.keys.in_force(), sealing.put_in_force(sealed)
    page = sealed.vault.keys.wrapped_by(old, "", 500)
    plain = sealing.encrypting(sealed, lambda: sealed.clock())
    erase(plain, page[3].document)
    sealed.vault.keys.rewrap(old, new, page)
    assert len(sealing.rows(sealed, "data_keys")) == 11
    plain.close()


def test_a_damaged_data_key_holds_up_no_other_and_keeps_the_old_key_from_being_retired(sealed: Gateway):
    old, new = sealed.vault.keys.in_force(), sealing.put_in_force(sealed)
    damaged = sealing.rows(sealed, "data_keys")[4][0]
    with sealed.engine.begin() as connection:
        sealing.unguarded(connection)
        changed = text("UPDATE data_keys SET wrapped = :changed WHERE id = :id")
        connection.execute(changed, {"changed": bytes(40), "id": damaged})
    with pytest.raises(Unproven, match=f"1 data keys don't unwrap.*{damaged}"):
        sealing.finish_rotation(sealed)
    assert sealed.vault.keys.counts().sealed == {old: 1, new: 11}
    with pytest.raises(Misuse, match="still wraps"):
        sealed.vault.keys.retire(old, sealed.clock())


def test_a_key_that_was_in_use_is_not_taken_again_nor_one_in_the_place_of_another(sealed: Gateway):
    first = f"file:payload-{sealed.vault.keys.in_force()}.key"
    with pytest.raises(Taken):
        sealing.put_in_force(sealed, first)
    sealing.put_in_force(sealed)
    sealing.finish_rotation(sealed)
    with pytest.raises(Taken):
        sealing.put_in_force(sealed, first)
    source = sealed.vault.keys.known()[-1].source
    sealing.key_file(sealed, sealed.vault.keys.in_force()).unlink()
    with pytest.raises(Taken, match="put it back"):
        sealing.put_in_force(sealed, source)


def test_the_key_in_force_is_never_retired(sealed: Gateway):
    with pytest.raises(Misuse, match="in force"):
        sealed.vault.keys.retire(sealed.vault.keys.in_force(), sealed.clock())
